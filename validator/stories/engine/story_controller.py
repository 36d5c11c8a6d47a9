"""The StoryRun controller: one pass over the graph (story-run.md, A3)."""

from __future__ import annotations

from validator.findings import Json
from validator.schemas.defaults import apply_defaults
from validator.schemas.validation import validate_inputs
from validator.stories.engine import messages
from validator.stories.engine.definition import COMPENSATIONS, FINALLY, MAIN, Step, Story, byte_length, json_text
from validator.stories.engine.dependencies import Dependencies
from validator.stories.engine.durations import DurationError, positive
from validator.stories.engine.finishing import end_cancelled, finish
from validator.stories.engine.launching import launch
from validator.stories.engine.passes import Counts, Pass, StalledError, is_queued, running_step_runs
from validator.stories.engine.phases import FAILED, PENDING, RUNNING, SKIPPED, TERMINAL, TIMEOUT
from validator.stories.engine.primitives import check_children, check_primitives
from validator.stories.engine.profile import Profile
from validator.stories.engine.readiness import Tolerance, find_ready
from validator.stories.engine.state import Run
from validator.templates.clock import format_duration
from validator.templates.values import Value

MOST_INPUTS = 1024
"""Bytes of a run's inputs."""


def with_defaults(story: Story, inputs: Json) -> Json:
    """The run's inputs with the defaults of the inputsSchema."""
    given = {} if inputs is None else inputs
    return given if story.inputs_schema is None else apply_defaults(story.inputs_schema, given)


def admit(run: Run, story: Story) -> None:
    """Take a run in: it is running afterwards, or failed because of its inputs (A1)."""
    size = 0 if run.inputs is None else byte_length(json_text(run.inputs))
    if size > MOST_INPUTS:
        run.phase, run.reason = FAILED, "InputTooLarge"
        run.message = f"spec.inputs size {size} bytes exceeds maximum of {MOST_INPUTS}"
        return
    schema = story.inputs_schema
    given = with_defaults(story, run.inputs)
    if schema is not None and (violations := validate_inputs(schema, given)):
        run.phase, run.reason = FAILED, "InputSchemaFailed"
        run.message = f"StoryRun inputs failed schema validation: {violations[0].message}"
        return
    run.phase, run.reason, run.message = RUNNING, "StartingExecution", messages.STARTED


def story_pass(run: Run, story: Story, edges: Dependencies, profile: Profile, inputs: Value, now: int) -> Pass:
    """One pass over a run that is not over; what it changes is in the run afterwards."""
    work = Pass(run, story, edges, profile, inputs, now)
    try:
        work.read_step_runs()
        _iterate(work)
    except StalledError as error:
        work.error = error
        return work
    work.store()
    return work


def _iterate(work: Pass) -> None:
    story = work.story
    if work.edges.problem:
        work.finish(FAILED, "InvalidConfiguration", f"Invalid story dependency graph: {work.edges.problem}")
        return
    if work.run.cancel_by is not None:
        end_cancelled(work)
        return
    for _ in range(len(story.every) + 1):
        if _time_is_over(work):
            return
        if check_children(work):
            work.read_outputs()
        check_primitives(work)
        main = work.count(story.steps)
        if story.fail_fast and main.failed:
            _skip_rest(work, main)
            main = work.count(story.steps)
        if not _advance(work, main):
            return


def _advance(work: Pass, main: Counts) -> bool:
    """Start what can start in the phase that the run is in; whether it is worth to look again."""
    story = work.story
    main_done = len(main.completed) + len(main.failed) == len(story.steps)
    if main_done and not main.failed:
        _skip_compensations(work)
    compensations, finally_ = work.count(story.compensations), work.count(story.finally_)
    work.allowed = _allowed_failures(work)
    if not main_done:
        section = MAIN
    elif main.failed and not _done(story.compensations, compensations):
        section = COMPENSATIONS
    elif not _done(story.finally_, finally_):
        section = FINALLY
    else:
        finish(work, main.failed, compensations.failed, finally_.failed)
        return False
    work.read_step_runs()
    return _start(work, section)


def _start(work: Pass, section: str) -> bool:
    story, run = work.story, work.run
    tolerance = Tolerance(section != MAIN, section == MAIN and not story.fail_fast)
    counts = work.count(story.every)
    found = find_ready(work, story.section(section), work.edges.by_section[section], counts, tolerance)
    ready = _within_limit(work, found.ready)
    for name, message in found.skipped.items():
        if work.state(name).phase != SKIPPED:
            work.mark(name, SKIPPED, message)
    for step in ready:
        if not launch(work, step):
            continue
        if work.stopped and not work.profile.stop_is_local:
            _stop_story(work)
            return False
        state = work.state(step.name)
        if not state.phase or is_queued(state):
            work.states[step.name] = work.state(step.name).entered(RUNNING, "", work.now)
    work.changed = work.changed or bool(ready or found.skipped or len(ready) < len(found.ready))
    return bool(ready or found.skipped) and not run.terminal


def _stop_story(work: Pass) -> None:
    """As documented: the step ends the story (E1)."""
    state = work.state(work.stopped)
    for step in work.story.every:
        if not work.state(step.name).terminal:
            work.mark(step.name, SKIPPED, f"Skipped because step '{work.stopped}' stopped the story")
    work.changed = True
    work.finish(state.phase if state.phase in TERMINAL else FAILED, "Stopped", state.message)


def _within_limit(work: Pass, ready: list[Step]) -> list[Step]:
    """The steps for which there is a free place; the others are queued (A5.1)."""
    limit = work.story.concurrency
    if limit <= 0 or not ready:
        return ready
    running = running_step_runs(work.run, work.profile)
    places = max(limit - running, 0)
    message = f"{messages.QUEUED} ({running} running, limit {limit})"
    for step in ready[places:]:
        state = work.state(step.name)
        if state.phase != PENDING or state.message != message:
            work.mark(step.name, PENDING, message)
    return ready[:places]


def _time_is_over(work: Pass) -> bool:
    """End the run when the story's timeout has passed (A3.6)."""
    timeout = story_timeout(work.story)
    if timeout is None or work.now - work.run.started < timeout or work.run.overdue:
        return False
    message = f"StoryRun exceeded timeout of {format_duration(timeout)}."
    if work.profile.timeout_skips_finally:
        work.finish(TIMEOUT, "TimedOut", message)
        return True
    work.run.overdue = message
    work.run.version += 1
    for step_run in work.run.step_runs.values():
        if not step_run.terminal:
            step_run.enter(TIMEOUT, work.now)
            step_run.message, step_run.job = message, ""
    for step in work.story.steps:
        if not work.state(step.name).terminal:
            work.mark(step.name, TIMEOUT, message)
    work.changed = True
    return False


def story_timeout(story: Story) -> int | None:
    """The story's timeout; None when there is none that counts."""
    try:
        return positive(story.timeout.strip()) if story.timeout.strip() else None
    except DurationError:
        return None


def _done(steps: tuple[Step, ...], counts: Counts) -> bool:
    return len(counts.completed) + len(counts.failed) == len(steps)


def _skip_rest(work: Pass, main: Counts) -> None:
    for step in work.story.steps:
        known = step.name in main.completed or step.name in main.running
        if not known and not work.state(step.name).terminal:
            work.mark(step.name, SKIPPED, messages.FAIL_FAST)
            work.changed = True


def _skip_compensations(work: Pass) -> None:
    counts = work.count(work.story.compensations, queued=True)
    for step in work.story.compensations:
        if step.name not in counts.running and not work.state(step.name).terminal:
            work.mark(step.name, SKIPPED, messages.NO_COMPENSATION)
            work.changed = True


def _allowed_failures(work: Pass) -> tuple[str, ...]:
    names = (
        step.name
        for step in work.story.every
        if step.allow_failure
        and (state := work.states.get(step.name)) is not None
        and state.terminal
        and state.phase not in ("Succeeded", SKIPPED)
    )
    return tuple(sorted(names))
