"""Primitives that are under way: sleep, wait, gate, parallel and executeStory (story-run.md, A7).

Each function looks at the steps of one type and returns nothing: it changes states and asks for the next pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from validator.findings import Json
from validator.stories.engine import messages
from validator.stories.engine.definition import Step, ban
from validator.stories.engine.durations import DurationError, positive
from validator.stories.engine.passes import Pass
from validator.stories.engine.phases import ACTIVE, COMPLETED, FAILED, PAUSED, RUNNING, SKIPPED, SUCCEEDED, TIMEOUT
from validator.stories.engine.state import StepState
from validator.templates.errors import TemplateError
from validator.templates.evaluation import evaluate_condition

_GO_KINDS = {bool: "bool", int: "number", float: "number", list: "array", dict: "object"}


class ConfigError(ValueError):
    """The `with` of a primitive does not do; the message is the platform's."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How a wait or gate waits."""

    until: str = ""
    timeout: int | None = None
    poll: int = 0
    skips: bool = False
    """Whether it is skipped when the time is over, not failed."""


def check_primitives(work: Pass) -> None:
    """Look at all primitives that are under way, in the platform's order."""
    check_gates(work)
    check_sleeps(work)
    check_waits(work)
    check_parallels(work)


def check_gates(work: Pass) -> None:
    """Take over decisions and let the time of gates run out."""
    for step, current in _under_way(work, "gate"):
        try:
            timing = read_timing(step)
        except ConfigError as error:
            _put(work, step, current, FAILED, str(error))
            continue
        decision = work.run.gates.get(step.name)
        if decision is not None:
            phase, default = (SUCCEEDED, "Gate approved.") if decision.approved else (FAILED, "Gate rejected.")
            _put(work, step, current, phase, decision.message or default)
            continue
        after = _paused(work, step, current, timing, "gate", current.message or messages.AT_GATE)
        if after.phase == PAUSED and timing.poll > 0:
            work.ask(timing.poll)


def check_sleeps(work: Pass) -> None:
    """End the sleeps whose time has come."""
    for step, current in _under_way(work, "sleep"):
        try:
            duration = _sleep_duration(step)
        except ConfigError as error:
            _put(work, step, current, FAILED, str(error))
            continue
        if duration == 0:
            _put(work, step, current, SUCCEEDED, messages.SLEPT)
            continue
        remaining = _deadline(work, step, current, duration) - work.now
        if remaining <= 0:
            _put(work, step, current, SUCCEEDED, messages.SLEPT)
            continue
        work.ask(remaining)
        _put(work, step, current, PAUSED, current.message)


def check_waits(work: Pass) -> None:
    """Evaluate what waits wait for, and let their time run out."""
    for step, current in _under_way(work, "wait"):
        try:
            timing = read_timing(step)
        except ConfigError as error:
            _put(work, step, current, FAILED, str(error))
            continue
        if _holds(work, timing.until):
            _put(work, step, current, SUCCEEDED, messages.WAITED)
            continue
        message = current.message if current.message != messages.WAITED else ""
        after = _paused(work, step, current, timing, "wait", message or messages.WAITING)
        if after.phase == PAUSED:
            work.ask(timing.poll)


def check_parallels(work: Pass) -> None:
    """Complete the parallel steps whose branches are over, as far as the pass knows the branches (E2)."""
    for step in work.story.primitives.get("parallel", ()):
        state = work.states.get(step.name)
        if state is None or state.terminal or not work.branches.get(step.name):
            continue
        runs = [work.run.step_runs[name] for name in work.branches[step.name]]
        if all(run.terminal for run in runs):
            allowed = {branch.name for branch in step.branches if branch.allow_failure}
            failed = [run.step.name for run in runs if run.phase not in COMPLETED]
            _put(work, step, state, *_joined(failed, allowed))


def _joined(failed: list[str], allowed: set[str]) -> tuple[str, str]:
    """The phase and the message of a parallel step whose branches are over."""
    if counted := [name for name in failed if name not in allowed]:
        return FAILED, f"Parallel branches failed: {', '.join(counted)}"
    return SUCCEEDED, f"Parallel branches completed{' with allowed failures' if failed else ''}."


def check_children(work: Pass) -> bool:
    """Take over the ends of child runs that a step waits for; whether there was one."""
    found = False
    for step in work.story.primitives.get("executeStory", ()):
        state = work.states.get(step.name)
        if state is None or state.phase != RUNNING:
            continue
        waits = step.input.get("waitForCompletion") if isinstance(step.input, dict) else None
        if waits is not True and not (waits is None and not work.profile.omitted_wait_never_ends):
            continue
        child = work.run.children.get(state.child)
        if child is not None and child.phase:
            # The name of the child run gets lost here until the state is stored (K.4).
            after = StepState(
                child.phase, child.message, state.started, child="" if work.profile.only_steps_wake else state.child
            )
            work.states[step.name] = after.timed(work.now)
            work.changed = found = True
    return found


def _under_way(work: Pass, kind: str) -> Iterator[tuple[Step, StepState]]:
    for step in work.story.primitives.get(kind, ()):
        state = work.states.get(step.name)
        if state is not None and state.phase in ACTIVE:
            yield step, state


def _put(work: Pass, step: Step, before: StepState, phase: str, message: str) -> StepState:
    after = before.entered(phase, message, work.now)
    if after != before:
        work.states[step.name] = after
        work.changed = True
    return after


def _paused(work: Pass, step: Step, before: StepState, timing: Timing, kind: str, message: str) -> StepState:
    """The state of a wait or gate that waits on, or whose time is over."""
    if timing.timeout is not None and work.now >= _deadline(work, step, before, timing.timeout):
        if timing.skips:
            return _put(work, step, before, SKIPPED, f"{kind} step timed out and was skipped.")
        return _put(work, step, before, TIMEOUT, f"{kind} step timed out.")
    return _put(work, step, before, PAUSED, message)


def _deadline(work: Pass, step: Step, state: StepState, duration: int) -> int:
    """When the time of a step is over; remembered from the first look on."""
    started = work.now if state.started is None else state.started
    return work.timers.setdefault(step.name, started + duration)


def _holds(work: Pass, until: str) -> bool:
    try:
        return evaluate_condition(until, work.variables)
    except TemplateError:
        return False


def _sleep_duration(step: Step) -> int:
    """0 when there is nothing to wait for. Raises ConfigError."""
    given = _text(step, step.input, "duration", "sleep")
    return 0 if not given.strip() else _duration(step, given, "sleep duration")


def read_timing(step: Step) -> Timing:
    """The `with` of a wait or gate. Raises ConfigError."""
    kind = step.type
    if kind == "wait" and step.input is None:
        raise ConfigError(f"step '{step.name}' of type 'wait' requires a 'with' block")
    until = _text(step, step.input, "until", kind) if kind == "wait" else ""
    timeout, poll, action = (_text(step, step.input, key, kind) for key in ("timeout", "pollInterval", "onTimeout"))
    if kind == "wait" and not until.strip():
        raise ConfigError(f"step '{step.name}' of type 'wait' requires 'with.until' to be set")
    timing = Timing(
        until=until,
        timeout=_duration(step, timeout, f"{kind} timeout") if timeout else None,
        poll=_duration(step, poll, f"{kind} pollInterval") if poll else 0,
    )
    word = action.strip().lower()
    if word not in ("", "fail", "skip"):
        problem = f'unsupported value "{action}" (expected fail or skip)'
        raise ConfigError(f"step '{step.name}' has invalid {kind} onTimeout: {problem}")
    if refusal := ban(until):
        raise ConfigError(refusal)
    return replace(timing, skips=word == "skip")


def _duration(step: Step, text: str, what: str) -> int:
    try:
        return positive(text)
    except DurationError as error:
        raise ConfigError(f"step '{step.name}' has invalid {what}: {error}") from None


def _text(step: Step, given: Json, key: str, kind: str) -> str:
    if given is None:
        return ""
    if not isinstance(given, dict):
        raise ConfigError(f"step '{step.name}' has invalid 'with' for {kind}: json: cannot unmarshal")
    value = given.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        found = _GO_KINDS[type(value)]
        problem = f"json: cannot unmarshal {found} into Go struct field .{key} of type string"
        raise ConfigError(f"step '{step.name}' has invalid 'with' for {kind}: {problem}")
    return value
