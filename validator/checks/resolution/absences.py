"""EV252: outputs of steps that are not there yet, or never, when a batch story evaluates a template.

Compensations and `finally` start when the main steps are over, and a step that executes a story without waiting for it
is over before that story has an output. Source: story-run.md, sections A3.2, A7, A11 and K.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from validator.checks.resolution.consequences import of_missing
from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Severity, Suggestion
from validator.rules import resolution as rules
from validator.sources.manifests import Step
from validator.stories.graph import SILENT_TYPES, raw_json, waits_by_text
from validator.stories.sites import Field
from validator.templates.reach import Access, Sink
from validator.templates.references import dependency_names

_GUARDED = frozenset({Sink.TESTED, Sink.COMPARED, Sink.DROPPED})
LAUNCHED_ONLY = "it is over as soon as the other story is launched (`waitForCompletion: false`)"
_FOR_EVER = "this step waits for it forever"


@dataclass(frozen=True, slots=True)
class _Absence:
    """Why an output is not there."""

    reason: str
    advice: str
    severity: Severity = Severity.ERROR
    consequence: str = ""
    """What it means; by the sink of the access where it is empty."""


def check_absences(survey: Survey) -> Iterator[Finding]:
    """What the templates of a batch story read too early; each step once a template."""
    if survey.story.is_realtime:
        return
    for template in survey.templates:
        seen: set[str] = set()
        for access in template.inference.accesses if template.inference is not None else ():
            step = _read(access, survey)
            absence = _absence(template, survey, access, step) if step is not None else None
            if absence is not None and step is not None and step.name not in seen:
                seen.add(step.name)
                yield _finding(template, access, step, absence)


def _read(access: Access, survey: Survey) -> Step | None:
    named = access.rooted and access.names[0] == "steps" and len(access.names) > 1
    return survey.graph.named(access.names[1]) if named else None


def _absence(template: Template, survey: Survey, access: Access, step: Step) -> _Absence | None:
    here = template.site.step
    if step.type in SILENT_TYPES or template.site.field in (Field.POST, Field.LITERAL, Field.CACHE):
        return None
    waits = here is not None and _is_dependency(template, here, step)
    if not waits and access.sink in _GUARDED:
        return None
    late = here is not None and runs_later(here.home, step.home)
    if late or (here is None and step.home == "compensations"):
        return _of_section(step, _FOR_EVER if waits else "", reader=here)
    if here is not None and (here.home, step.home) == ("finally", "compensations"):
        reason = "compensations are skipped where the story succeeds"
        return _Absence(reason, "read a main step", Severity.WARNING, _FOR_EVER if waits else "")
    if here is not None and is_launched_only(step):
        consequence = "this step fails, or waits until that story has one" if waits else ""
        return _Absence(
            LAUNCHED_ONLY,
            "write `waitForCompletion: true`",
            Severity.WARNING,
            consequence,
        )
    return None


def _of_section(step: Step, consequence: str, *, reader: Step | None) -> _Absence:
    if reader is None:
        reason = "`output` is evaluated where the story succeeds, and compensations are skipped then"
        return _Absence(reason, "read a main step", consequence="the StoryRun stays Running forever")
    begins = "all other steps" if step.home == "finally" else "the main steps"
    reason = f"it is one of the story's `{step.home}`, which start when {begins} are over"
    return _Absence(reason, f"move `{step.name}` to the main steps, or read another one", consequence=consequence)


def runs_later(reader: str, read: str) -> bool:
    """Whether the steps of a section start when those of another are over (story-run.md, A3.2)."""
    order = ("steps", "compensations", "finally")
    return order.index(read) > order.index(reader)


def is_launched_only(step: Step) -> bool:
    """Whether a step executes a story and does not wait for its end."""
    waiting = step.node.find(("with", "waitForCompletion"))
    return step.type == "executeStory" and waiting is not None and waiting.value is False


def _is_dependency(template: Template, here: Step, step: Step) -> bool:
    """Whether the controller reads a dependency on the step out of this template."""
    if template.site.field is Field.IF:
        return step.name in dependency_names(template.text, (step.name,))
    if template.site.field not in (Field.WITH, Field.EXECUTE) or not waits_by_text(here):
        return False
    return step.name in dependency_names(raw_json(template.text), (step.name,))


def _finding(template: Template, access: Access, step: Step, absence: _Absence) -> Finding:
    return rules.UNAVAILABLE_OUTPUT.at(
        template.span(access.start, access.end),
        template.subject,
        anchor=template.anchor,
        severity=absence.severity,
        evidence={"expression": template.text[access.start : access.end]},
        suggestion=Suggestion(absence.advice),
        step=step.name,
        reason=absence.reason,
        consequence=absence.consequence or of_missing(template.site.field, access),
    )
