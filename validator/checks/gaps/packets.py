"""What the hub evaluates otherwise than the controllers: `runtime`, and defaults (story-run.md, B4.3 and B6.8)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.gaps.wording import gap, verb
from validator.checks.resolution.consequences import of_missing
from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Json, Suggestion
from validator.rules import gaps as rules
from validator.rules.names import listed
from validator.schemas.defaults import apply_defaults
from validator.schemas.validation import check_definition
from validator.sources.manifests import Step
from validator.stories.sites import Field
from validator.templates.reach import Sink

_HUB = frozenset({Field.RUNTIME, Field.PACKET_IF})
_GUARDED = frozenset({Sink.TESTED, Sink.COMPARED, Sink.SWALLOWED, Sink.DROPPED})


def check_packets(survey: Survey) -> Iterator[Finding]:
    """The inputs that the hub makes for each packet."""
    for step in survey.story.steps:
        if step.ref is not None and step.runtime is not None and step.runtime.is_mapping:
            yield from _replaced(survey, step)
    defaults = _defaults(survey)
    reported: set[str] = set()
    for template in survey.templates if defaults else ():
        for finding in _unfilled(template, defaults):
            key = f"{template.subject}{finding.message}"
            if key not in reported:
                reported.add(key)
                yield finding


def _replaced(survey: Survey, step: Step) -> Iterator[Finding]:
    """Required inputs that only `with`, of the step or of its engram, gives."""
    template = survey.scopes.schemas.template(survey.story, step)
    engram = survey.scopes.schemas.engram(survey.story, step)
    schema = template.input_schema.value if template is not None and template.input_schema is not None else None
    if not isinstance(schema, dict) or check_definition(schema) or step.runtime is None:
        return
    given = dict(step.runtime.value) if isinstance(step.runtime.value, dict) else {}
    filled = apply_defaults(schema, dict(given))
    required = schema.get("required")
    elsewhere: set[str] = set()
    for node in (step.with_, engram.with_ if engram is not None else None):
        elsewhere |= set(node.members or ()) if node is not None else set()
    names: list[Json] = required if isinstance(required, list) else []
    fields = [
        name
        for name in names
        if isinstance(name, str) and isinstance(filled, dict) and name not in filled and name in elsewhere
    ]
    if fields:
        shown = listed(fields)
        yield gap(
            rules.RUNTIME_REPLACES_WITH,
            survey.story,
            (*step.path, "runtime"),
            step.node.key_location("runtime"),
            f"repeat {shown} in `runtime`",
            fields=shown,
            verb=verb(fields, "is", "are"),
        )


def _defaults(survey: Survey) -> frozenset[str]:
    """Inputs of the story that are there by their defaults only."""
    node = survey.story.inputs_schema
    schema = node.value if node is not None else None
    if not isinstance(schema, dict):
        return frozenset()
    properties, required = schema.get("properties"), schema.get("required")
    declared = properties if isinstance(properties, dict) else {}
    given = required if isinstance(required, list) else []
    return frozenset(
        name
        for name, child in declared.items()
        if isinstance(child, dict) and "default" in child and child.get("required") is not True and name not in given
    )


def _unfilled(template: Template, defaults: frozenset[str]) -> Iterator[Finding]:
    if template.site.field not in _HUB or template.inference is None:
        return
    for access in template.inference.accesses:
        known = access.rooted and access.names[0] == "inputs" and len(access.names) > 1 and access.names[1] in defaults
        if not known or access.sink in _GUARDED:
            continue
        yield rules.DEFAULT_UNKNOWN_TO_HUB.at(
            template.span(access.start, access.end),
            template.subject,
            anchor=template.anchor,
            evidence={"expression": template.text[access.start : access.end]},
            suggestion=Suggestion("require the input, or write its default here: `default`"),
            found=access.names[1],
            consequence=of_missing(template.site.field, access),
        )
