"""EV250: keys that nothing declares and that are hardly anything but a slip for one that is. EV258: all others.

Objects are open on the platform: an undeclared key passes admission, and the engram never looks at it
(templating.md, section 13.3). Closed ones are the business of EV242. No step's input is compared with the schema in a
realtime story, so what an Engram's `with` gives is looked at whether the inputs are closed or not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from validator.checks.manifests.crds import PRIMITIVES
from validator.checks.resolution.templates import Survey
from validator.findings import Finding, Json, Location, Path, Related, Subject, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed, slip
from validator.sources.manifests import Engram, Step
from validator.sources.node import Node
from validator.stories.called import called_story
from validator.stories.schemas import SchemaReader
from validator.templates.lookups import Presence, field_names, item_type, look_up
from validator.templates.types import Type, from_schema

_READ = {
    "wait": (),
    "gate": (),
    "sleep": ("for",),
    "executeStory": ("waitForCompletion", "with"),
    "stop": ("phase", "message"),
    "parallel": ("steps",),
}
"""What the controllers read of a primitive's `with` beside what has a shape (templating.md, section 8)."""
_MOST_RELATED = 8
"""Keys that a note points to."""
_MOST_STRANGERS = 200
"""Undeclared keys after which others are taken for data, and not looked at for slips."""
_REFERENCE = frozenset({"name", "namespace", "version"})


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose keys are looked at."""

    subject: Subject
    anchor: Path
    receiver: str
    """Who passes an undeclared key over."""
    reported: frozenset[str] = frozenset()
    """Required fields that are missing, of which EV242 says what they were misspelt as."""
    undeclared: frozenset[Presence] = frozenset({Presence.UNDECLARED})
    """What a lookup says of a key that is the business of these rules."""


def check_misspellings(survey: Survey) -> Iterator[Finding]:
    """The keys of every step's input."""
    for step in survey.graph.steps:
        subject = Subject(survey.story.subject.kind, survey.story.subject.name, step.name)
        anchor: Path = ("spec", step.section, step.name)
        if step.type:
            yield from _primitive(survey, step, subject, anchor)
            continue
        template = survey.scopes.schemas.template(survey.story, step)
        if template is None or template.input_schema is None:
            continue
        inputs = _type(survey.scopes.schemas, template.input_schema)
        configs = [] if template.config_schema is None else [_type(survey.scopes.schemas, template.config_schema)]
        blocks = [node for node in (step.with_, step.runtime) if node is not None and node.is_mapping]
        given = {name for node in blocks for name, _ in node.items()}
        owner = _Owner(subject, anchor, f"template `{template.name}`", _required(inputs) - given)
        for node in blocks:
            yield from _keys(node, [inputs, *configs], owner, ())


def check_engram(engram: Engram, survey: SchemaReader) -> Iterator[Finding]:
    """The keys of an Engram's `with`."""
    template = survey.workspace.template_of(engram)
    if template is None or template.config_schema is None or engram.with_ is None:
        return
    configs = _type(survey, template.config_schema)
    types = [configs] if template.input_schema is None else [configs, _type(survey, template.input_schema)]
    given = {name for name, _ in engram.with_.items()}
    owner = _Owner(
        engram.subject,
        ("spec", "with"),
        f"template `{template.name}`",
        _required(configs) - given,
        frozenset({Presence.UNDECLARED, Presence.CLOSED}),
    )
    yield from _keys(engram.with_, types, owner, ())


def _type(schemas: SchemaReader, node: Node) -> Type:
    return from_schema(schemas.read(node, "").schema)


def _required(type_: Type) -> frozenset[str]:
    return frozenset(name for name in field_names(type_) if look_up(type_, name).presences == {Presence.SURE})


def _keys(node: Node, types: Sequence[Type], owner: _Owner, path: Path) -> Iterator[Finding]:
    """Keys of an object and of those below it, which any of the types may declare; strangers are told once."""
    strangers: list[_Stranger] = []
    for stranger in _strangers(node, types, path, owner.undeclared):
        meant = [field for field in stranger.known if field not in stranger.beside]
        close = slip(stranger.name, meant) if len(strangers) < _MOST_STRANGERS else None
        if close is None:
            strangers.append(stranger)
        elif stranger.path[:-1] or close not in owner.reported:
            yield _misspelt(stranger.location, owner, stranger.path, stranger.name, close, stranger.known)
    if strangers and not (owner.reported and all(len(stranger.path) == 1 for stranger in strangers)):
        yield _undeclared(strangers, owner)  # else EV242 shows them beside what is missing


@dataclass(frozen=True, slots=True)
class _Stranger:
    """A key that nothing declares."""

    path: Path
    location: Location
    known: Sequence[str]
    """What is declared in its place."""
    beside: frozenset[str]
    """All keys of the object that it stands in."""

    @property
    def name(self) -> str:
        return str(self.path[-1])


def _strangers(node: Node, types: Sequence[Type], path: Path, undeclared: frozenset[Presence]) -> Iterator[_Stranger]:
    for index, element in enumerate(node.elements or ()):
        yield from _strangers(element, [item_type(each) for each in types], (*path, index), undeclared)
    members: Mapping[str, Node] = node.members or {}
    if any(name.startswith("$") for name in members):
        return
    known = [field for each in types for field in field_names(each)]
    beside = frozenset(members)
    for name, member in members.items():
        found = [look_up(each, name) for each in types]
        if any(each.presences and each.presences.isdisjoint(undeclared) for each in found) or not all(
            each.never for each in found
        ):
            below = [each.type for each in found if not each.never]
            yield from _strangers(member, below, (*path, name), undeclared) if below else ()
            continue
        yield _Stranger((*path, name), node.key_location(name), known, beside)


@lru_cache(maxsize=1024)
def _declared(names: tuple[str, ...]) -> Mapping[str, Json]:
    """The evidence of a finding: one for all steps that run the same template."""
    return {"known": [*names]}


def _undeclared(
    strangers: Sequence[_Stranger],
    owner: _Owner,
    advice: str = "drop what the engram does not read, or declare it in the schema",
) -> Finding:
    """Keys that are like none that is declared: they pass admission, and are looked at by who wrote the engram only."""
    first = strangers[0]
    return rules.UNDECLARED_INPUTS.at(
        first.location,
        owner.subject,
        anchor=owner.anchor,
        evidence=_declared(tuple(sorted(set(first.known)))),
        suggestion=Suggestion(advice),
        related=[
            Related(other.location, sys.intern(f"`{other.name}` is not declared either"))
            for other in strangers[1:_MOST_RELATED]
        ],
        found=listed({stranger.name for stranger in strangers}),
        receiver=owner.receiver,
        known=listed(set(first.known)),
    )


def _misspelt(location: Location, owner: _Owner, path: Path, name: str, close: str, known: Sequence[str]) -> Finding:
    return rules.MISSPELT_INPUT.at(
        location,
        owner.subject,
        anchor=(*owner.anchor, *path),
        evidence={"known": [*sorted(set(known))]},
        suggestion=Suggestion(f"write `{close}`", location, close),
        found=name,
        receiver=owner.receiver,
        close=close,
        known=listed(set(known)),
    )


def _primitive(survey: Survey, step: Step, subject: Subject, anchor: Path) -> Iterator[Finding]:
    settings = step.with_
    if step.type not in _READ or settings is None or not settings.is_mapping:
        return
    shape = PRIMITIVES.get(step.type)
    known = [*(shape.fields if shape is not None else ()), *_READ[step.type]]
    required = frozenset(shape.required if shape is not None else ())
    owner = _Owner(subject, anchor, f"type `{step.type}`", required)
    yield from _among(settings, known, owner, ())
    reference = settings.get("storyRef")
    if step.type == "executeStory" and reference is not None and reference.is_mapping:
        yield from _among(reference, sorted(_REFERENCE), replace(owner, reported=frozenset({"name"})), ("storyRef",))
    given = settings.get("with")
    called = called_story(survey.scopes.schemas.workspace, survey.story, step)
    if called is not None and called.inputs_schema is not None and given is not None:
        inputs = _type(survey.scopes.schemas, called.inputs_schema)
        receiver = _Owner(subject, (*anchor, "with"), f"story `{called.name}`")
        yield from _keys(given, [inputs], receiver, ())


def _among(node: Node, known: Sequence[str], owner: _Owner, path: Path) -> Iterator[Finding]:
    names = [name for name, _ in node.items()]
    strangers: list[_Stranger] = []
    for name in names:
        if name in known:
            continue
        close = slip(name, [field for field in known if field not in names])
        if close is None:
            strangers.append(_Stranger((*path, name), node.key_location(name), known, frozenset(names)))
        elif close not in owner.reported:
            yield _misspelt(node.key_location(name), owner, (*path, name), name, close, known)
    unread = [one for one in strangers if not _has_template(node.get(one.name))]  # EV235 tells those
    if unread and not path:
        yield _undeclared(unread, owner, "drop it: the controller reads nothing else")


def _has_template(node: Node | None) -> bool:
    return node is not None and any("{{" in (inner.text or "") for _, inner in node.walk())
