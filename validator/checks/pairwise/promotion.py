"""Can a new version be promoted? What it breaks by itself, and in the stories of the workspace that use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from validator.checks import manifests, pairwise, resolution
from validator.checks.pairwise.evolution import Evolution
from validator.findings import Finding, Json, Severity, Unchecked
from validator.sources.manifests import EngramTemplate
from validator.sources.workspace import Workspace, assemble

CHECKS: tuple[Callable[[Workspace], Iterator[Finding | Unchecked]], ...] = (
    manifests.check,
    resolution.check,
    pairwise.check,
)
"""The checks that a story or an engram can begin to fail because of a template."""


@dataclass(frozen=True, slots=True)
class Change:
    """One template in both versions."""

    old: EngramTemplate
    new: EngramTemplate
    verdicts: tuple[Finding | Unchecked, ...]
    stories: tuple[str, ...]
    """The stories that use it."""
    broken: tuple[str, ...]
    """Those of them, such as `story intake`, in which the new version makes an error that the old one did not, and
    engrams likewise."""

    @property
    def breaking(self) -> bool:
        """Whether it breaks a promise that its version does not announce to break."""
        return any(isinstance(one, Finding) and one.severity is Severity.ERROR for one in self.verdicts)

    @property
    def undecided(self) -> bool:
        """Whether something could not be compared, and nothing else speaks against it."""
        unknown = any(isinstance(one, Unchecked) for one in self.verdicts)
        return unknown and not self.breaking and not self.broken

    @property
    def promotable(self) -> bool:
        """Whether nothing speaks against it here."""
        return not self.breaking and not self.broken and not self.undecided

    def sentence(self) -> str:
        """The verdict in one line."""
        name = f"`{self.new.name}` {self.old.version} -> {self.new.version}"
        users = len(self.stories)
        used = f"{users} stories here use it" if users > 1 else f"{'one' if users else 'no'} story here uses it"
        if self.broken:
            return f"{name}: must not be promoted: it breaks {', '.join(self.broken)}"
        if self.breaking:
            return f"{name}: must not be promoted: it breaks promises of the released version; {used}"
        if self.undecided:
            return f"{name}: unknown whether it may be promoted; {used}"
        return f"{name}: can be promoted; {used}"


@dataclass(frozen=True, slots=True)
class Promotion:
    """All templates that changed, and what changes with them."""

    changes: tuple[Change, ...]
    consequences: tuple[Finding, ...]
    """Findings about stories and engrams that are there with the new versions only."""

    @property
    def status(self) -> int:
        """The exit status: 0 all can be promoted, 1 some must not, 4 it cannot be told of some."""
        if any(change.breaking or change.broken for change in self.changes):
            return 1
        return 4 if any(change.undecided for change in self.changes) else 0

    def verdicts(self) -> Iterator[Finding | Unchecked]:
        """Everything that is to be said."""
        for change in self.changes:
            yield from change.verdicts
        yield from self.consequences

    def document(self) -> Json:
        """The answer for each template, as JSON."""
        return [
            {
                "template": change.new.name,
                "released": change.old.version,
                "new": change.new.version,
                "promotable": change.promotable,
                "stories": [*change.stories],
                "broken": [one.partition("`")[2].rstrip("`") for one in change.broken if one.startswith("story ")],
            }
            for change in self.changes
        ]


def promote(workspace: Workspace, released: Mapping[str, EngramTemplate]) -> Promotion:
    """Compare the templates of a workspace with their released versions, by name."""
    pairs = [
        (released[template.name], template)
        for template in workspace.templates
        if template.own and template.name in released and workspace.template(template.name) is template
    ]
    evolution = Evolution()
    before = {finding.fingerprint for finding in _findings(_as_released(workspace, released))}
    consequences = tuple(
        finding
        for finding in _findings(workspace)
        if finding.fingerprint not in before and finding.subject.kind != "template" and finding.severity.rank
    )
    broken = [finding.subject for finding in consequences if finding.severity is Severity.ERROR]
    users = [{*_engrams(workspace, new), *_stories(workspace, new)} for _, new in pairs]
    known = set[tuple[str, str]]().union(*users)
    changes = []
    for (old, new), own in zip(pairs, users, strict=True):
        # What no template is known to be behind speaks against all that change.
        here = [each for each in broken if (each.kind, each.name) not in known - own]
        subjects = tuple(dict.fromkeys(f"{each.kind} `{each.name}`" for each in here))
        stories = tuple(name for _, name in _stories(workspace, new))
        changes.append(Change(old, new, tuple(evolution.verdicts(old, new)), stories, subjects))
    return Promotion(tuple(changes), consequences)


def _engrams(workspace: Workspace, template: EngramTemplate) -> Iterator[tuple[str, str]]:
    """The engrams of a template: `engram` and the name."""
    return (("engram", each.name) for each in workspace.engrams if workspace.template_of(each) is template)


def _stories(workspace: Workspace, template: EngramTemplate) -> dict[tuple[str, str], None]:
    """The stories that run a template: `story` and the name."""
    return dict.fromkeys(("story", story.name) for story, _, _ in workspace.uses_of(template))


def _findings(workspace: Workspace) -> Iterator[Finding]:
    for check in CHECKS:
        yield from (verdict for verdict in check(workspace) if isinstance(verdict, Finding))


def _as_released(workspace: Workspace, released: Mapping[str, EngramTemplate]) -> Workspace:
    """The same workspace with the released templates in place of the new ones."""
    documents = [
        replace(document, manifest=replace(released[document.manifest.name], provided=document.manifest.provided))
        if isinstance(document.manifest, EngramTemplate) and document.manifest.name in released
        else document
        for document in workspace.everything
    ]
    return assemble(workspace.root, workspace.files, documents, workspace.problems)
