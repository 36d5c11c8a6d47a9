"""Settings of a Transport that the defaults of each story's own `streaming` cover (story-run.md, B5.6 and B9.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from validator.checks.gaps.wording import gap
from validator.checks.resolution.templates import Survey
from validator.findings import Finding, Json, Related
from validator.rules import deliveries as rules
from validator.sources.manifests import Transport
from validator.sources.node import Node
from validator.stories.transports import declared_transports, merged

_FILLED = ("routing.maxDownstreams", "flowControl.mode", "flowControl.initialCredits", "lanes")
"""What the controller fills in, with defaults, where a story says nothing."""


def check_settings(survey: Survey) -> Iterator[Finding]:
    """Each setting of a Transport that a story replaces by a default without saying so."""
    known = {transport.name: transport for transport in survey.scopes.schemas.workspace.transports}
    for index, entry in enumerate(survey.story.node.find(("spec", "transports")) or ()):
        reference = entry.get("transportRef")
        transport = known.get((reference.text or "").strip()) if reference is not None else None
        if reference is not None and transport is not None and isinstance(entry.value, dict):
            yield from _covered(survey, index, entry.value, reference, transport)


def _covered(
    survey: Survey, index: int, entry: Mapping[str, Json], reference: Node, transport: Transport
) -> Iterator[Finding]:
    body = transport.node.get("spec")
    spec = body.value if body is not None and isinstance(body.value, dict) else {}
    written, own = _written(spec, "defaultSettings"), _written(entry, "settings")
    (declared,) = declared_transports({"transports": [dict(entry)]}, {transport.name: spec})
    for setting in _FILLED:
        wanted, given = _at(written, setting), _at(declared.settings, setting)
        if wanted is None or wanted == given or _at(own, setting) is not None:
            continue
        found = gap(
            rules.COVERED_SETTING,
            survey.story,
            ("spec", "transports", index, "transportRef"),
            reference.location,
            f"write it in the story: `streaming.{setting}`",
            setting=setting,
            transport=transport.name,
            wanted=_shown(wanted),
            given="nothing" if given is None else _shown(given),
        )
        place = _node(transport, setting)
        related = (Related(place.location, "it is set here"),) if place is not None else ()
        yield replace(found, related=related)


def _written(holder: Mapping[str, Json], settings: str) -> dict[str, Json]:
    """What stands in the manifest, without defaults."""
    raw, typed = holder.get(settings), holder.get("streaming")
    return merged(raw if isinstance(raw, dict) else {}, typed if isinstance(typed, dict) else {})


def _at(settings: Json | Mapping[str, Json], path: str) -> Json:
    value: Json | Mapping[str, Json] = settings
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if not isinstance(value, Mapping) else dict(value)


def _node(transport: Transport, path: str) -> Node | None:
    names = path.split(".")
    holders = ("streaming", "defaultSettings")
    return next((node for holder in holders if (node := transport.node.find(("spec", holder, *names)))), None)


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]
