"""Answers about batch stories: the story is executed with the ends of its steps given by a script.

Source: the README of the vectors (`dag.jsonl`, `steprun.jsonl`); story-run.md, section H.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from validator.findings import Json
from validator.stories.engine.definition import DefinitionError, read_story
from validator.stories.engine.durations import SECOND
from validator.stories.engine.events import ChildEnded, Event, GateDecided, JobEnded, SignalSent
from validator.stories.engine.execution import Execution
from validator.stories.engine.phases import PAUSED, TERMINAL
from validator.stories.engine.profile import IMPLEMENTED, PROFILES
from validator.stories.engine.state import ChildRun, StepRun
from validator.stories.simulation import MalformedError, Question
from validator.templates.errors import UnsupportedError

RECORDED_LOOKS = 350
"""How many polls without a change the recordings waited for; what comes after them was never seen."""


@dataclass(frozen=True, slots=True)
class Script:
    """How each step ends, as the question says it."""

    entries: dict[str, Json]

    def decisions(self) -> Iterator[tuple[int, GateDecided]]:
        """The decisions at gates."""
        for step, entry in self.entries.items():
            if isinstance(entry, dict) and "gate" in entry:
                time = _time(entry, "at", f"script.{step}")
                yield time, GateDecided(step, entry["gate"] == "Approved", _text(entry, "message"))

    def job_started(self, step_run: StepRun, now: int) -> Iterator[tuple[int, Event]]:
        """The signals and the end of one attempt."""
        attempts = self.entries.get(step_run.step.name)
        entry = (
            attempts[min(len(step_run.jobs), len(attempts)) - 1]
            if isinstance(attempts, list) and attempts
            else attempts
        )
        where = f"script.{step_run.step.name}"
        if entry is None:
            return
        if not isinstance(entry, dict):
            raise MalformedError(f"{where}: expected an object, or a list of objects")
        signals = entry.get("signals") or []
        if not isinstance(signals, list):
            raise MalformedError(f"{where}.signals: expected a list")
        for signal in signals:
            if not isinstance(signal, dict) or not isinstance(name := signal.get("name"), str):
                raise MalformedError(f"{where}.signals: a signal is an object with a name")
            yield now + _time(signal, "after", where), SignalSent(step_run.name, name, signal.get("value"))
        if entry.get("never") is not True:
            yield now + _time(entry, "after", where), _end(step_run.name, entry, where)

    def child_started(self, child: ChildRun, now: int) -> Iterator[tuple[int, Event]]:
        """The end of a child run."""
        entry = self.entries.get(child.step)
        if isinstance(entry, dict) and entry.get("never") is not True and "phase" in entry:
            time = now + _time(entry, "after", f"script.{child.step}")
            phase = _text(entry, "phase")
            yield time, ChildEnded(child.name, phase, _text(entry, "message"), entry.get("output"))


def _end(name: str, entry: dict[str, Json], where: str) -> JobEnded:
    exit_class, message = _text(entry, "exitClass"), _text(entry, "error")
    if phase := _text(entry, "phase"):
        if phase not in TERMINAL:
            raise MalformedError(f"{where}.phase: expected one of {', '.join(sorted(TERMINAL))}, found {phase}")
        return JobEnded(name, phase, 0, exit_class, message, entry.get("output"))
    code = -1 if entry.get("lost") is True else entry.get("exit")
    if isinstance(code, bool) or not isinstance(code, int):
        raise MalformedError(f"{where}: says neither phase, nor exit, nor lost, nor never")
    return JobEnded(name, "", code, exit_class, message, entry.get("output"))


def answer(question: Question) -> dict[str, Json]:
    """How the story runs. Raises MalformedError and UnsupportedError."""
    profile = PROFILES.get(str(question.get("profile") or IMPLEMENTED.name))
    if profile is None:
        raise MalformedError(f"profile: expected one of {', '.join(PROFILES)}")
    script = question.get("script") or {}
    if not isinstance(script, dict):
        raise MalformedError("script: expected an object")
    try:
        story = read_story(question.get("story"), question.get("engrams"), question.get("stories"))
    except DefinitionError as error:
        raise MalformedError(str(error)) from None
    execution = Execution(story, Script(script), question.get("inputs"), profile)
    execution.play()
    if execution.skipped > RECORDED_LOOKS:
        raise UnsupportedError(f"a timeout more than {RECORDED_LOOKS} polls ahead, beyond the end of the recordings")
    return {"final": _final(execution), "launched": list(_launches(execution))}


def _final(execution: Execution) -> dict[str, Json]:
    run = execution.run
    steps: dict[str, Json] = {}
    for name, state in run.states.items():
        steps[name] = {"phase": state.phase, "message": state.message} if state.message else {"phase": state.phase}
    return {
        "phase": run.phase,
        "reason": run.reason,
        "message": run.message,
        "output": run.output,
        "steps": steps,
        "quiescent": _quiescence(execution),
        "stepRuns": {
            one.branch_name: {"phase": one.phase, "retries": one.retries, "jobs": [_seconds(time) for time in one.jobs]}
            for one in run.step_runs.values()
        },
        "t": _seconds(execution.now),
    }


def _quiescence(execution: Execution) -> str:
    run = execution.run
    if run.terminal:
        return "terminal"
    works = any(one.job == "running" for one in run.step_runs.values())
    works = works or any(not child.phase for child in run.children.values())
    gates = (step.name for step in execution.story.every if step.type == "gate")
    undecided = any(name in run.states and run.states[name].phase == PAUSED for name in gates if name not in run.gates)
    return "waiting" if works or undecided else "hang"


def _launches(execution: Execution) -> Iterator[dict[str, Json]]:
    run = execution.run
    for name in (name for trace in execution.traces for name in trace.launched):
        if name in run.step_runs:
            yield _launch(run.step_runs[name])
        else:
            child = run.children[name]
            yield {"step": child.step, "childStory": child.story, "childRun": child.name, "inputs": child.inputs}


def _launch(one: StepRun) -> dict[str, Json]:
    fields: dict[str, Json] = {"step": one.step.name, "input": one.input, "idempotencyKey": one.key}
    if one.parent:
        fields["parent"] = one.parent
    if one.jobs:
        fields["resolved"] = one.resolved
    return fields


def _seconds(nanos: int) -> int | float:
    whole, rest = divmod(nanos, SECOND)
    return nanos / SECOND if rest else whole


def _time(entry: dict[str, Json], key: str, where: str) -> int:
    value = entry.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise MalformedError(f"{where}.{key}: expected seconds")
    return round(value * SECOND)


def _text(entry: dict[str, Json], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""
