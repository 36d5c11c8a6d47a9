"""Templates and paths outside the steps of a story: in engrams, impulses, templates, transports, and story policies.

What is done with the text of each field is said in `stories/places.py`. Reports by the rules of templates, as EV235
where nobody evaluates one, and as EV256 for paths into packets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from validator.checks.manifests.places import Place
from validator.checks.resolution.templates import Template, anchor_of, examine
from validator.findings import Finding, Json, Path, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed, nearest
from validator.sources.manifests import Engram, EngramTemplate, Impulse, Manifest, Step, Story
from validator.sources.node import Node
from validator.sources.workspace import Workspace
from validator.stories.analysis import Inferences
from validator.stories.places import Treatment, texts
from validator.stories.schemas import SchemaReader
from validator.stories.scopes import Scope, anything, cache_key, dedupe
from validator.stories.sites import Field, Site
from validator.stories.topology import transport_of
from validator.templates.lookups import Presence, field_names, look_up
from validator.templates.types import from_schema

HEADS = ("metadata", "payload", "inputs", "audio", "video", "binary")
"""What paths into a packet begin with (templating.md, section 12)."""
_FOREIGN_HEADS = ("packet", "steps")
"""Roots of templates, which paths do not have."""
_KINDS = ("Story", "Engram", "EngramTemplate", "Impulse", "ImpulseTemplate", "Transport")


def templates_of(manifest: Manifest, workspace: Workspace, schemas: SchemaReader) -> Iterator[Template]:
    """The templates of an object's fields that are evaluated; those of a story have their survey."""
    if manifest.spec is None or manifest.kind not in _KINDS or isinstance(manifest, Story):
        return
    inferences = Inferences()
    for place, node, path in texts(manifest.spec, manifest.kind):
        where = ("spec", *path)
        if place.treatment is Treatment.DEFAULTS:
            for default, way in _defaults(node, where):
                yield from examine(Site(Field.DEFAULT, default, way, anything("inputs", "steps")), manifest, inferences)
        elif place.treatment is Treatment.EVALUATED and place.field is not None:
            if place.field is Field.CONFIG and isinstance(manifest, Engram) and _is_run(manifest, workspace):
                continue  # told in the scope of each step
            scope = _scope(place.field, manifest, workspace, schemas)
            yield from examine(Site(place.field, node, where, scope), manifest, inferences)


def _scope(field: Field, manifest: Manifest, workspace: Workspace, schemas: SchemaReader) -> Scope:
    match field:
        case Field.DEDUPE:
            story = workspace.story_of(manifest) if isinstance(manifest, Impulse) else None
            return dedupe(story, schemas)
        case Field.CACHE:
            template = manifest if isinstance(manifest, EngramTemplate) else None
            if isinstance(manifest, Engram):
                template = workspace.template_of(manifest)
            described = schemas.read(template.input_schema, "", defaults=True) if template is not None else None
            return cache_key(described)
        case Field.ROUTING:
            return anything("inputs", "steps", "packet")
        case _:
            return anything("inputs", "steps")


def _is_run(engram: Engram, workspace: Workspace) -> bool:
    return any(
        workspace.engram_of(story, step) is engram
        for story in workspace.stories
        if story.own
        for step in story.all_steps
        if step.ref is not None and step.ref.name == engram.name
    )


def _defaults(node: Node, path: Path) -> Iterator[tuple[Node, Path]]:
    """The defaults of a schema, at any depth."""
    for key, member in node.items():
        if key == "default" and path[-1] != "properties":
            yield member, (*path, key)
        elif key not in ("enum", "const", "examples"):
            yield from _defaults(member, (*path, key))
    for index, element in enumerate(node.elements or ()):
        yield from _defaults(element, (*path, index))


def check_places(manifest: Manifest, schemas: SchemaReader) -> Iterator[Finding]:
    """Templates that nobody evaluates, and paths that lead nowhere."""
    if manifest.spec is None or manifest.kind not in _KINDS:
        return
    for place, node, path in texts(manifest.spec, manifest.kind):
        text, where = node.text, Place(manifest, ("spec", *path))
        if place.treatment is Treatment.LITERAL and text is not None and "{{" in text:
            yield rules.UNEVALUATED_TEMPLATE.at(
                node.span(0, len(text)),
                where.subject,
                anchor=where.anchor,
                evidence={"text": text[:200]},
                problem=f"the platform does not evaluate `{_name(path)}`: the braces are taken literally",
            )
        elif place.treatment is Treatment.DOTTED and text:
            yield from _path(manifest, node, text, path, schemas)


def _name(path: Path) -> str:
    """The field, for people: names only."""
    return ".".join(part for part in path if isinstance(part, str)).rpartition("steps.")[2]


def _path(manifest: Manifest, node: Node, text: str, path: Path, schemas: SchemaReader) -> Iterator[Finding]:
    parts = text.split(".")
    advice, edit = "write names with dots between them, such as `metadata.user_id` or `payload.session`", None
    start, end = 0, len(text)
    if "{{" in text or any(part.strip() != part or not part for part in parts):
        problem = f"`{text[:80]}` is no path: it is taken as it stands, and never evaluated"
    elif parts[0] not in HEADS:
        close = nearest(parts[0], HEADS)
        if not close and parts[0] not in _FOREIGN_HEADS:
            return  # no source lists all that packets have
        problem = f"`{parts[0]}` is no part of a packet, which has {listed(HEADS)}"
        end = len(parts[0])
        if close:
            advice, edit = f"write `{close}`", close
    elif (lost := _lost(manifest, parts, path, schemas)) is not None:
        name, known = lost
        close = nearest(name, known)
        problem = f"no payload on this transport has `{name}`: they have {listed(known)}"
        start = text.index(name, len(parts[0]))
        end = start + len(name)
        advice, edit = (
            (f"write `{close}`", close) if close else ("declare it in the outputSchema, if it is there", None)
        )
    else:
        return
    location = node.span(start, end)
    yield rules.WRONG_PACKET_PATH.at(
        location,
        manifest.subject,
        anchor=anchor_of(manifest.node, ("spec", *path)),
        evidence={"path": text[:200]},
        suggestion=Suggestion(advice, location, edit) if edit is not None else Suggestion(advice),
        field=_name(path),
        problem=problem,
    )


def _lost(
    manifest: Manifest, parts: Sequence[str], path: Path, schemas: SchemaReader
) -> tuple[str, tuple[str, ...]] | None:
    """The first name of a path into the payload that no step on the transport sends, and the names that they send."""
    if parts[0] != "payload" or not isinstance(manifest, Story) or path[0] != "transports":
        return None
    name = manifest.transports[int(path[1])].name if isinstance(path[1], int) else ""
    senders = [step for step in manifest.steps if step.ref is not None and transport_of(step) == name]
    payload = _payload(manifest, senders, schemas)
    if payload is None:
        return None
    type_ = from_schema(payload)
    for part in parts[1:]:
        found = look_up(type_.present, part)
        if found.never and found.presences:
            return part, field_names(type_)
        if found.presences & {Presence.FREE}:
            return None
        type_ = found.type
    return None


def _payload(story: Story, senders: Sequence[Step], schemas: SchemaReader) -> Json | None:
    """What any of some steps sends; None where one of them is not described."""
    described = [schemas.output(story, step) for step in senders]
    if not described or any(one.reason for one in described):
        return None
    return {"anyOf": [one.schema for one in described]}
