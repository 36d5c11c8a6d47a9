"""Every template of a story, parsed, judged by admission and inferred: what the rule families look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from validator.checks.resolution.proofs import Proofs
from validator.findings import Json, Location, Path, Subject
from validator.sources.manifests import Manifest, Story
from validator.sources.node import Node
from validator.stories.analysis import Inferences, StoryAnalysis, planned
from validator.stories.graph import Graph
from validator.stories.scopes import Scope, Scopes
from validator.stories.sites import CONDITIONS, Site, sites
from validator.templates.admission import SCOPES, Refusal, check, check_parsed
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import TEMPLATE_KEY, VARIABLES_KEY, Plan
from validator.templates.inference import Inference
from validator.templates.narrowing import Paths
from validator.templates.other_braces import BRACE
from validator.templates.types import Type, from_schema, unknown


@dataclass(frozen=True, slots=True)
class Template:
    """One string of a field, with all that is known of it."""

    site: Site
    owner: Manifest
    node: Node
    path: Path
    text: str
    refusals: tuple[Refusal, ...] = ()
    """What admission says against it."""
    error: TemplateError | None = None
    """Why it does not parse."""
    plan: Plan | None = None
    inference: Inference | None = None
    """None where it does not parse, or nobody evaluates it."""
    unsupported: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it is text without a brace of any language, and no condition, so that nothing is evaluated."""
        return BRACE.search(self.text) is None and self.site.field not in CONDITIONS

    @property
    def whole(self) -> bool:
        """Whether it stands alone in its field, and not somewhere within a tree."""
        return self.node is self.site.node

    @property
    def subject(self) -> Subject:
        """Whom findings name."""
        subject = self.owner.subject
        step = self.site.step
        if step is None or subject.kind != "story":
            return subject
        return Subject(subject.kind, subject.name, step.name)

    @property
    def anchor(self) -> Path:
        """The place in names: those of steps instead of their indices."""
        return anchor_of(self.owner.node, self.path)

    def span(self, start: int, end: int) -> Location:
        """Characters of the text, in the file; all of it where they are not known."""
        return self.node.location if start < 0 else self.node.span(start, end)


def anchor_of(document: Node, path: Path) -> Path:
    """A place of a document in names: those of steps instead of their indices."""
    names: list[str | int] = []
    node: Node | None = document
    for step in path:
        if isinstance(step, str):
            node = node.members.get(step) if node is not None and node.members else None
            names.append(step)
            continue
        node = node.child(step) if node is not None else None
        name = node.get("name") if node is not None else None
        names.append(name.text if name is not None and name.text else step)
    return tuple(names)


@dataclass(slots=True)
class Survey:
    """The templates of one story."""

    analysis: StoryAnalysis
    proofs: Proofs = field(default_factory=Proofs)
    """What searches for counterexamples have found; shared by the stories of a run."""
    sites: tuple[Site, ...] = ()
    templates: list[Template] = field(default_factory=list)

    @property
    def story(self) -> Story:
        """The story."""
        return self.analysis.story

    @property
    def scopes(self) -> Scopes:
        """What its fields see."""
        return self.analysis.scopes

    @property
    def graph(self) -> Graph:
        """The steps and what joins them."""
        return self.scopes.graph


def survey_of(analysis: StoryAnalysis, proofs: Proofs | None = None) -> Survey:
    """Look at every field of a story; `proofs` is what stories before it have in store for it."""
    survey = Survey(analysis, proofs if proofs is not None else Proofs(), tuple(sites(analysis.scopes)))
    for site in survey.sites:
        survey.templates += examine(site, analysis.story, analysis.inferences)
    return survey


def examine(site: Site, owner: Manifest, inferences: Inferences) -> Iterator[Template]:
    """The strings of one field."""
    known = _guarded(site, inferences)
    for path, node, variables in _strings(site.node, site.path):
        text = node.value
        if isinstance(text, str):
            yield _template(inferences, Template(site, owner, node, path, text), known, variables)


def _strings(node: Node, path: Path, variables: Node | None = None) -> Iterator[tuple[Path, Node, Node | None]]:
    """Every string, and the variables of a wrapper that are added to its context."""
    if node.members is not None:
        own = node.members.get(VARIABLES_KEY) or variables
        for key, member in node.members.items():
            yield from _strings(member, (*path, key), own if key == TEMPLATE_KEY else variables)
    elif node.elements is not None:
        for index, element in enumerate(node.elements):
            yield from _strings(element, (*path, index), variables)
    elif isinstance(node.value, str):
        yield path, node, variables


def _opened(scope: Scope, variables: Node) -> Type:
    """The context with variables over it: its roots and theirs, any of which may be another value than before."""
    if not variables.is_mapping or TEMPLATE_KEY in (variables.members or {}):
        return unknown("variables may replace it")
    names = [*scope.roots, *(name for name, _ in variables.items())]
    roots: dict[str, Json] = {name: {} for name in names}
    return from_schema({"type": "object", "properties": roots, "required": [*roots], "additionalProperties": False})


def _template(inferences: Inferences, bare: Template, known: Paths, variables: Node | None) -> Template:
    """A string with what is known of it, which variables may have been added to."""
    text, site = bare.text, bare.site
    if "{{" not in text:
        return bare
    scope = site.scope
    parsed = planned(text, deterministic=scope.deterministic)
    try:
        refusals = _refusals(text, scope.admission.name, scope.deterministic) if scope.admission is not None else ()
    except UnsupportedError as reason:
        parsed = reason
    if isinstance(parsed, UnsupportedError):
        return replace(bare, unsupported=parsed.reason)
    if isinstance(parsed, TemplateError):
        return replace(bare, refusals=refusals, error=parsed)
    inferred = None
    if not site.reason and not any("not defined" in refusal.message for refusal in refusals):
        opened = _opened(scope, variables) if variables is not None else None
        inferred = inferences.infer(text, scope, known, opened)
    inference = inferred if isinstance(inferred, Inference) else None
    return Template(site, bare.owner, bare.node, bare.path, text, refusals, None, parsed, inference)


@lru_cache(maxsize=4096)
def _refusals(text: str, scope: str, deterministic: bool) -> tuple[Refusal, ...]:
    parsed = planned(text, deterministic=deterministic)
    if isinstance(parsed, Plan) and parsed.template is not None:
        return check_parsed(text, parsed.template, SCOPES[scope])
    return check(text, SCOPES[scope])


def _guarded(site: Site, inferences: Inferences) -> Paths:
    """What the condition of a step has found to be there."""
    text = site.guard.text if site.guard is not None else None
    if text is None or "{{" not in text:
        return frozenset()
    inference = inferences.infer(text, site.scope)
    return inference.established if isinstance(inference, Inference) else frozenset()


def roots(scope: Scope) -> tuple[str, ...]:
    """What a scope holds."""
    return tuple(scope.roots)
