"""`requires`: plain paths that must not be null when a step starts (templating.md, section 8). Reports as EV211."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from validator.checks.resolution.absences import LAUNCHED_ONLY, is_launched_only
from validator.checks.resolution.templates import Survey
from validator.findings import Finding, Severity, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed, nearest
from validator.sources.manifests import Step
from validator.sources.node import Node
from validator.stories.graph import SILENT_TYPES
from validator.templates.lookups import Presence, field_names, look_up


def check_requirements(survey: Survey) -> Iterator[Finding]:
    """Fields that no output declares. Whether the steps exist and come before is the business of EV128."""
    if survey.story.is_realtime:
        return
    for step in survey.story.all_steps:
        for index, node in enumerate(step.node.get("requires") or ()):
            finding = _finding_of(survey, step, node, index)
            if finding is not None:
                yield finding


def _finding_of(survey: Survey, step: Step, node: Node, index: int) -> Finding | None:
    parts = (node.text or "").split(".")
    target = survey.graph.by_name.get(parts[1]) if len(parts) > 2 and parts[0] == "steps" else None
    if target is None:
        return None
    if target.type in SILENT_TYPES or is_launched_only(target):
        return _without_output(survey, step, node, index, target)
    owner = look_up(look_up(survey.scopes.batch.type, "steps").type, target.name).type
    at = len(parts[0]) + len(parts[1]) + 2
    for depth, name in enumerate(parts[2:], 2):
        found = look_up(owner.present, name)
        if found.never:
            known = field_names(owner)
            close = nearest(name, known)
            location = node.span(at, at + len(name))
            certain = Presence.UNDECLARED not in found.presences
            return rules.UNKNOWN_FIELD.at(
                location,
                replace(survey.story.subject, step=step.name),
                anchor=("spec", step.section, step.name, "requires", index),
                severity=Severity.ERROR if certain or close else Severity.WARNING,
                evidence={"known": [*known], "witness": survey.scopes.schemas.sample(owner)},
                suggestion=Suggestion(f"write `{close}`", location, close) if close else None,
                owner=f"`{'.'.join(parts[:depth])}`",
                found=name,
                consequence="the StepRun fails",
                known=listed(known),
            )
        owner = found.type
        at += len(name) + 1
    return None


def _without_output(survey: Survey, step: Step, node: Node, index: int, target: Step) -> Finding:
    """A requirement that nothing ever satisfies."""
    location, subject = node.location, replace(survey.story.subject, step=step.name)
    anchor = ("spec", step.section, step.name, "requires", index)
    if target.type in SILENT_TYPES:
        return rules.STEP_WITHOUT_OUTPUT.at(
            location,
            subject,
            anchor=anchor,
            suggestion=Suggestion("require a field of a step that runs an engram, or `needs` alone"),
            step=target.name,
            type=target.type,
            consequence="the StepRun fails",
        )
    return rules.UNAVAILABLE_OUTPUT.at(
        location,
        subject,
        anchor=anchor,
        severity=Severity.WARNING,
        suggestion=Suggestion("write `waitForCompletion: true`"),
        step=target.name,
        reason=LAUNCHED_ONLY,
        consequence="the StepRun fails unless that story has ended by chance",
    )
