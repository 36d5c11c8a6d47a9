"""Why a run never ends: for each step that is not over, what it waits for, by which expression, in which field.

A run hangs when nothing runs, no timer is due, looking again changes nothing, and it is not over (story-run.md, A13).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from validator.findings import Json
from validator.stories.engine.definition import COMPENSATIONS, FINALLY, MAIN, Step
from validator.stories.engine.execution import Execution
from validator.stories.engine.passes import Obstacle
from validator.stories.engine.phases import BLOCKED, PAUSED, PENDING, RUNNING
from validator.stories.engine.state import StepState
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one step, or the story's output, is not over."""

    step: str
    """Empty for the story's output."""
    kind: str
    """`dependency`, `condition`, `output`, `blocked`, `input`, `launch`, `stalled`, `engram`, `parallel`, `child`,
    `wait`, `gate`, `sleep`, `queue`, `running` or `section`."""
    path: Path
    """The field of the story that says so."""
    on: str = ""
    """The step that it waits for; empty when it waits for none."""
    expression: str = ""
    message: str = ""
    row: str = ""
    """The row of story-run.md, section E, where the platform should do otherwise; empty for none."""

    def __str__(self) -> str:
        """One sentence without its end."""
        return _SENTENCES[self.kind].format(
            who=f"step {self.step}" if self.step else "the story's output",
            on=self.on,
            expression=self.expression,
            message=self.message,
        )


_SENTENCES = {
    "dependency": "{who} waits for step {on}",
    "condition": "{who} waits for its `if`, which fails each time: {message}",
    "output": "{who} waits for an output of step {on}, which is over and has none",
    "blocked": "{who} waits for a value that never comes: {message}",
    "input": "{who} waits for its input, which cannot be evaluated: {message}",
    "launch": "{who} cannot be started: {message}",
    "stalled": "{who} is not looked at, because step {on} cannot be started",
    "engram": "{who} cannot run: {message}",
    "parallel": "{who} never completes: the platform forgets the branches of a parallel",
    "child": "{who} never looks at its child run: `waitForCompletion` is not written",
    "wait": "{who} waits until `{expression}` holds, and has no timeout that is noticed",
    "gate": "{who} waits for a decision",
    "sleep": "{who} sleeps, and nothing wakes the run: a `stop` ended its polling",
    "queue": "{who} waits for a free place",
    "running": "{who} is running",
    "section": "{who} is not reached",
}


def causes(execution: Execution) -> tuple[Cause, ...]:
    """Why each step that is not over is not over, in the story's order; empty for a run that is."""
    if execution.run.terminal:
        return ()
    found = [cause for step, path in _steps(execution) if (cause := _cause(execution, step, path)) is not None]
    error = execution.last.error if execution.last is not None else None
    if error is not None and not error.step:
        expression, place = _failing(execution, execution.story.output, ("output",), error.message)
        found.append(Cause("", "blocked", place, expression=expression, message=error.message))
    return tuple(found)


def chain(found: tuple[Cause, ...], start: Cause) -> tuple[Cause, ...]:
    """A cause, that of the step it waits for, and so on to the one that waits for no other."""
    by_step = {cause.step: cause for cause in found if cause.step}
    links = [start]
    while (after := by_step.get(links[-1].on)) is not None and after not in links:
        links.append(after)
    return tuple(links)


def roots(found: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes that are not explained by another one."""
    by_step = {cause.step for cause in found}
    return tuple(cause for cause in found if cause.on not in by_step and cause.kind != "section")


def _steps(execution: Execution) -> Iterator[tuple[Step, Path]]:
    for section in (MAIN, COMPENSATIONS, FINALLY):
        for index, step in enumerate(execution.story.section(section)):
            yield step, (section, index)
            for number, branch in enumerate(step.branches):
                if branch.name in execution.run.states:
                    yield branch, (section, index, "with", "steps", number)


def _cause(execution: Execution, step: Step, path: Path) -> Cause | None:
    state = execution.run.states.get(step.name)
    if state is not None and state.terminal:
        return None
    obstacle = execution.last.obstacles.get(step.name) if execution.last is not None else None
    if obstacle is not None:
        return _of_obstacle(execution, step, path, obstacle)
    if state is None:
        return _unseen(execution, step, path)
    return _of_state(execution, step, path, state)


def _of_obstacle(execution: Execution, step: Step, path: Path, obstacle: Obstacle) -> Cause:
    cause = Cause(step.name, obstacle.kind, path, message=obstacle.detail)
    match obstacle.kind:
        case "dependency":
            return replace(cause, path=_field(step, path, obstacle.detail), on=obstacle.detail, message="")
        case "condition":
            return replace(cause, path=(*path, "if"), expression=step.condition, row="E8")
        case "output":
            place = _mention(step, path, obstacle.detail)
            return replace(cause, path=place, on=obstacle.detail, message="", row="E7")
        case "launch":
            return replace(cause, path=(*path, "ref" if step.ref else "with"), row="E9")
        case _:
            expression, place = _failing(execution, step.input, (*path, "with"), obstacle.detail)
            return replace(cause, path=place, expression=expression)


def _field(step: Step, path: Path, name: str) -> Path:
    """Where a step says that it needs another."""
    return (*path, "needs", step.needs.index(name)) if name in step.needs else _mention(step, path, name)


def _mention(step: Step, path: Path, name: str) -> Path:
    """The first text of a step that mentions another."""
    for text, place in texts(step.input, (*path, "with")):
        if name in text or name.replace("-", "_") in text:
            return place
    return (*path, "if") if step.condition else path


def _unseen(execution: Execution, step: Step, path: Path) -> Cause:
    error = execution.last.error if execution.last is not None else None
    if error is not None and error.step:
        return Cause(step.name, "stalled", path, on=error.step, row="E9")
    return Cause(step.name, "section", path)


def _of_state(execution: Execution, step: Step, path: Path, state: StepState) -> Cause:
    runs = [one for one in execution.run.step_runs.values() if one.step is step]
    if runs:
        return _of_step_run(execution, step, path, state, runs[0].why)
    match step.type:
        case "parallel":
            return Cause(step.name, "parallel", (*path, "type"), row="E2")
        case "executeStory":
            waits = step.input.get("waitForCompletion") if isinstance(step.input, dict) else None
            return Cause(step.name, "running" if waits else "child", (*path, "with"), row="" if waits else "E3")
        case "wait":
            until = step.input.get("until") if isinstance(step.input, dict) else ""
            return Cause(step.name, "wait", (*path, "with", "until"), expression=str(until))
        case "gate" | "sleep":
            return Cause(step.name, step.type, (*path, "type"), row="E1" if step.type == "sleep" else "")
        case _:
            return Cause(step.name, "queue" if state.phase in (PENDING, PAUSED) else "running", path)


def _of_step_run(execution: Execution, step: Step, path: Path, state: StepState, why: str) -> Cause:
    if state.phase == BLOCKED:
        return Cause(step.name, "engram", (*path, "ref"), message=why)
    if state.phase == RUNNING:
        return Cause(step.name, "running", path)
    expression, place = _failing(execution, step.input, (*path, "with"), why)
    return Cause(step.name, "input", place, expression=expression, message=why)


def _failing(execution: Execution, value: Json, path: Path, message: str) -> tuple[str, Path]:
    """The text in a block that fails with a message, and its place; the block itself when none does."""
    variables = execution.last.variables if execution.last is not None else {}
    for text, place in texts(value, path):
        try:
            evaluate(text, variables)
        except TemplateError as error:
            if error.message in message:
                return text, place
        except UnsupportedError:
            continue
    return "", path


def texts(value: Json, path: Path) -> Iterator[tuple[str, Path]]:
    """The texts with templates in a block, with their places."""
    if isinstance(value, str):
        if "{{" in value:
            yield value, path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, (*path, index))
