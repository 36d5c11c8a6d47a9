"""Which steps can start: dependencies, then `if`, then the outputs that the step mentions (story-run.md, A4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from validator.stories.engine import messages
from validator.stories.engine.definition import Step
from validator.stories.engine.dependencies import Edges, without_output
from validator.stories.engine.passes import Counts, Obstacle, Pass
from validator.stories.engine.phases import ACTIVE, COMPLETED, FAILED, SKIPPED, SUCCEEDED
from validator.templates.errors import TemplateError
from validator.templates.evaluation import evaluate_condition


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a failed dependency means for a step."""

    accepts_failed: bool
    """It counts as done: compensations and finally."""
    skips_on_failed: bool
    """The step is skipped: main steps when the story continues after a failure."""


@dataclass(slots=True)
class Readiness:
    """What can be done with the steps of a section."""

    ready: list[Step] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    """Names with the message."""


def find_ready(work: Pass, steps: Iterable[Step], edges: Edges, counts: Counts, tolerance: Tolerance) -> Readiness:
    """The steps that can start, and those that will not."""
    found = Readiness()
    for step in steps:
        if step.name in counts.completed or step.name in counts.running or work.state(step.name).terminal:
            continue
        unmet, reason = _dependencies(work, edges[step.name], counts, tolerance)
        if reason:
            found.skipped[step.name] = reason
        elif unmet:
            work.obstacles[step.name] = Obstacle("dependency", unmet)
        else:
            _consider(work, step, counts, found)
    return found


def _dependencies(work: Pass, names: tuple[str, ...], counts: Counts, tolerance: Tolerance) -> tuple[str, str]:
    """A dependency that is not met, and why the step is skipped because of one; both empty when all are met."""
    unmet = ""
    for name in names:
        state = work.state(name)
        if name in counts.completed:
            if reason := _passed_on(work, name, tolerance):
                return "", reason
            continue
        if work.story.realtime and (state.phase == SUCCEEDED or state.phase in ACTIVE):
            continue
        if tolerance.accepts_failed and state.terminal:
            continue
        if tolerance.skips_on_failed and state.terminal and state.phase not in COMPLETED:
            return "", messages.FAILED_DEPENDENCY + name
        unmet = unmet or name
    return unmet, ""


def _passed_on(work: Pass, name: str, tolerance: Tolerance) -> str:
    """Why a skipped dependency skips the step as well, where the platform does as documented (E13, E22)."""
    state = work.state(name)
    if state.phase != SKIPPED:
        return ""
    failed = state.message.startswith(messages.FAILED_DEPENDENCY)
    if failed and tolerance.skips_on_failed and not work.profile.skip_is_not_transitive:
        return messages.FAILED_DEPENDENCY + name
    passed_on = state.message.startswith(messages.FALSE_CONDITION_STEP)
    gates = state.message == messages.CONDITION_FALSE and work.story.by_name[name].type == "condition"
    if (gates or passed_on) and not work.profile.condition_gates_itself:
        return messages.FALSE_CONDITION_STEP + name
    return ""


def _consider(work: Pass, step: Step, counts: Counts, found: Readiness) -> None:
    """Decide about a step whose dependencies are met."""
    guarded = work.profile.empty_output_blocks
    if step.condition and not work.story.realtime:
        if step.condition_ban:
            work.states[step.name] = work.state(step.name).entered(FAILED, step.condition_ban, work.now)
            work.changed = work.changed or not work.profile.condition_error_waits
            return
        try:
            holds = evaluate_condition(step.condition, work.variables)
        except TemplateError as error:
            _cannot_tell(work, step, error)
            return
        if not holds:
            empty = without_output(step.condition, counts.completed, work.outputs) if guarded else ""
            if empty:
                work.obstacles[step.name] = Obstacle("output", empty)
            else:
                found.skipped[step.name] = messages.CONDITION_FALSE
            return
    empty = without_output(step.input_text, counts.completed, work.outputs) if guarded else ""
    if empty:
        work.obstacles[step.name] = Obstacle("output", empty)
    else:
        found.ready.append(step)


def _cannot_tell(work: Pass, step: Step, error: TemplateError) -> None:
    work.obstacles[step.name] = Obstacle("condition", error.message, error)
    if not work.profile.condition_error_waits:
        work.mark(step.name, FAILED, f"the 'if' condition failed: {error.message}")
        work.changed = True
