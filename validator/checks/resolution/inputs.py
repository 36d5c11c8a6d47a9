"""EV228 and EV242: what a step is given has the types that its engram takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Json, Location, Path, Severity, Subject, Suggestion
from validator.rules import resolution as rules
from validator.schemas.defaults import apply_defaults
from validator.schemas.normalisation import TEMPLATE_PATTERN
from validator.schemas.validation import check_definition, validate
from validator.schemas.violations import Violation
from validator.sources.manifests import EngramTemplate, Step
from validator.stories.sites import Field
from validator.templates.inference import REPARSED
from validator.templates.lookups import item_type, look_up
from validator.templates.types import Type, describe, from_schema

_WHOLE = re.compile(TEMPLATE_PATTERN)
_FIELDS = frozenset({Field.WITH, Field.STATIC, Field.RUNTIME})


def check_inputs(survey: Survey) -> Iterator[Finding]:
    """The inputs of every step of a story."""
    for step in survey.story.all_steps:
        template = survey.scopes.schemas.template(survey.story, step)
        if template is not None and template.input_schema is not None:
            yield from _refused(survey, step, template)
    for template_ in survey.templates:
        if template_.inference is not None and template_.site.field in _FIELDS:
            yield from _mistyped(template_, survey)


def _refused(survey: Survey, step: Step, template: EngramTemplate) -> Iterator[Finding]:
    """What the webhook says of the unevaluated input (templating.md, sections 10 and 13.3)."""
    schema = template.input_schema
    given = [node for node in (step.with_, step.runtime) if node is not None]
    if schema is None or not isinstance(schema.value, dict) or any(not node.is_mapping for node in given):
        return
    if check_definition(schema.value):
        return
    merged: dict[str, Json] = {}
    for node in given:
        assert isinstance(node.value, dict)
        merged.update(node.value)
    for violation in validate(schema.value, apply_defaults(schema.value, merged)):
        path = ".".join(map(str, violation.instance_path))
        problem = f"`{path}`: {violation.message}" if path else violation.message
        yield rules.REFUSED_INPUT.at(
            _place(step, violation),
            _subject(survey, step),
            anchor=(*_anchor(step), *violation.instance_path),
            evidence={"schema path": "/".join(map(str, violation.schema_path)), "value": violation.found},
            step=step.name,
            problem=problem,
        )


def _place(step: Step, violation: Violation) -> Location:
    for node in (step.runtime, step.with_):
        if node is None:
            continue
        if not violation.instance_path:
            return step.node.key_location("with" if step.with_ is not None else "runtime")
        if violation.instance_path and node.get(str(violation.instance_path[0])) is not None:
            found = node.find(violation.instance_path)
            return found.location if found is not None else node.at(violation.instance_path).location
    return step.name_location


def _anchor(step: Step) -> Path:
    return ("spec", step.section, step.name)


def _subject(survey: Survey, step: Step) -> Subject:
    return replace(survey.story.subject, step=step.name)


def _mistyped(template: Template, survey: Survey) -> Iterator[Finding]:
    """A result that has another type than the input, whatever the data (S15)."""
    inference, step = template.inference, template.site.step
    assert inference is not None
    if step is None or inference.mode not in ("single", "text") or not _WHOLE.search(template.text):
        return
    expected = _expected(template, survey, step)
    if expected is None or expected.unknown or not expected.alternatives or template.refusals:
        return
    found = inference.type
    wanted = describe(expected)
    if found.unknown == REPARSED and expected.only("string"):
        yield _finding(
            template,
            "a number, boolean or object where the text reads as JSON",
            wanted,
            Severity.WARNING,
            {"witness": "12345"},
        )
    elif not found.unknown and found.alternatives and not found.kinds & expected.kinds:
        yield _finding(template, _article(describe(found)), wanted, Severity.ERROR, {})


def _finding(template: Template, found: str, wanted: str, severity: Severity, evidence: dict[str, Json]) -> Finding:
    advice = "pass the reference alone: only then it keeps its type"
    if template.inference is not None and template.inference.mode == "text":
        advice += ", and put a default into the schema"
    return rules.WRONG_RESULT_TYPE.at(
        template.span(0, len(template.text)),
        template.subject,
        anchor=template.anchor,
        severity=severity,
        evidence={"template": template.text[:200], **evidence},
        suggestion=Suggestion(advice),
        found=found,
        field=".".join(str(part) for part in template.path[len(template.site.path) :]),
        expected=_article(wanted),
        consequence="the input is refused and the StepRun fails (`InputSchemaFailed`)"
        if template.site.field is Field.WITH
        else "the input is refused and the step fails",
    )


def _expected(template: Template, survey: Survey, step: Step) -> Type | None:
    """What the input schema says of the place where a template stands."""
    described = survey.scopes.schemas.input(survey.story, step)
    if described.reason:
        return None
    type_ = from_schema(described.schema)
    for part in template.path[len(template.site.path) :]:
        if type_.unknown:
            return None
        type_ = look_up(type_, part).type if isinstance(part, str) else item_type(type_)
    return type_


def _article(words: str) -> str:
    return f"an {words}" if words[:1] in "aeiou" else f"a {words}"
