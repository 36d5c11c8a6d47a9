"""Results of steps in files, one file a case: what `--record` writes and `--replay` reads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from validator.engine.options import UsageError
from validator.engine.stories.launches import case_below, request_by
from validator.engine.stories.memory import Memory
from validator.findings import Json
from validator.sources.manifests import Story
from validator.sources.workspace import Workspace
from validator.stories.engine.phases import FINISHED
from validator.stories.runs.performers import Ended, Evidence, Started, Task
from validator.stories.runs.running import run_story
from validator.stories.runs.traces import StoryTrace
from validator.stories.runs.triggers import Outcome
from validator.stories.schemas import SchemaReader

_LONGEST = 60
"""Characters of a file's name that come from the case's."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A story that an engram had started."""

    started: Started
    played: bool
    cancel: int | None
    """When the engram cancelled it: nanoseconds since it began."""


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """What one attempt was given, and its end."""

    inputs: Json
    ended: Ended
    launches: tuple[Launch, ...] = ()


@dataclass(slots=True)
class Record:
    """What the steps of a case gave (`runs.performers.Performer`)."""

    inputs: Mapping[str, Json]
    """Of the run."""
    ends: Mapping[tuple[str, str, str, int], AttemptRecord]
    """By case, story, step and attempt."""
    wanted: Callable[[Task], bool]
    """Whether a step is replayed."""
    workspace: Workspace
    """Where the stories are that engrams started: they are played again."""
    others: dict[str, str] = field(default_factory=dict)
    """Steps that were asked for with other inputs, and the first that differs."""

    def begin(self, task: Task) -> Callable[[], Ended] | None:
        """What was recorded; None when nothing was, or for other inputs."""
        known = self.ends.get((task.case, task.story.name, task.step.name, task.attempt))
        if known is None or not self.wanted(task):
            return None
        if known.inputs != dict(task.inputs):
            self.others[task.step.name] = _differing(known.inputs, task.inputs)
            return None
        if not known.launches:
            return lambda: known.ended
        return lambda: replace(known.ended, stories=tuple(self._stories(task, known.launches)))

    def _stories(self, task: Task, launches: tuple[Launch, ...]) -> Iterator[Started]:
        """The stories that the engram had started, played with what their own steps gave then."""
        number = 0
        for one in launches:
            story = self.workspace.find(Story, one.started.story, task.story.namespace) if one.played else None
            number += one.played
            if story is None:  # one that the engram had made itself is not there any more
                yield one.started
                continue
            request = request_by(task, story, one.started.inputs, number)
            request = replace(request, script=replace(request.script, cancel=one.cancel))
            yield replace(one.started, trace=run_story(request, SchemaReader(self.workspace), (self,)))


def write(folder: Path, story: str, case: str, inputs: Json, memory: Memory) -> None:
    """Keep what the steps of a case gave. Raises UsageError when the file cannot be written."""
    document = {"story": story, "case": case, "inputs": inputs, "steps": list(_written(memory))}
    path = file_of(folder, story, case)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--record {folder}: {error}") from error


def read(folder: Path, story: str, case: str, wanted: Callable[[Task], bool], workspace: Workspace) -> Record | None:
    """What is kept of a case; None when nothing is. Raises UsageError for a file that cannot be used."""
    path = file_of(folder, story, case)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Record(document["inputs"], dict(map(_read, document["steps"])), wanted, workspace)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--replay {folder}: {path.name} is no record of a story ({error!r})") from error


def file_of(folder: Path, story: str, case: str) -> Path:
    """The file of a case: its name as far as a file's can have it, and a few digits that tell it from others."""
    digits = hashlib.sha256(case.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return folder / _plain(story) / f"{_plain(case)}-{digits}.json"


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:_LONGEST] or "case"


def _written(memory: Memory) -> Iterator[dict[str, Json]]:
    for (case, story, step, attempt, given), ended in memory.ends.items():
        yield from _entries((case, story, step, attempt), json.loads(given), ended)


def _entries(key: tuple[str, str, str, int], given: Json, ended: Ended) -> Iterator[dict[str, Json]]:
    """One attempt, then those of the stories that it started."""
    case, story, step, attempt = key
    entry: dict[str, Json] = {
        "case": case,
        "story": story,
        "step": step,
        "attempt": attempt,
        "inputs": given,
        "phase": ended.phase,
        "output": ended.output,
        "message": ended.message,
        "exitClass": ended.exit_class,
        "exitCode": ended.exit_code,
        "seconds": round(ended.seconds, 3),
        "services": list(ended.calls),
    }
    if ended.stories:
        entry |= {"waited": ended.waited, "stories": [_launch(one) for one in ended.stories]}
    yield entry
    played = [one.trace for one in ended.stories if one.trace is not None]
    for number, trace in enumerate(played, 1):
        yield from _below(case_below(case, step, attempt, number), trace)


def _below(case: str, trace: StoryTrace) -> Iterator[dict[str, Json]]:
    """What images gave to a story, and to those that it executed."""
    for step in trace.steps:
        if step.child is not None:
            yield from _below(f"{case}/{step.name}", step.child)
            continue
        for number, begun in enumerate(step.attempts, 1):
            if begun.ended is not None and begun.ended.evidence in {Evidence.REAL, Evidence.RECORDED}:
                yield from _entries((case, trace.story, step.name, number), step.given or {}, begun.ended)


def _launch(one: Started) -> dict[str, Json]:
    cancelled = one.trace is not None and one.trace.phase == FINISHED
    return {
        "story": one.story,
        "run": one.run,
        "decision": str(one.outcome),
        "reason": one.reason,
        "message": one.message,
        "inputs": one.inputs,
        "began": one.began,
        "awaited": one.awaited,
        "deleted": one.deleted,
        "played": one.trace is not None,
        "cancelled": one.trace.ended if cancelled and one.trace is not None else None,
    }


def _read_launch(entry: Mapping[str, Any]) -> Launch:
    started = Started(
        str(entry["story"]),
        str(entry["run"]),
        Outcome(entry["decision"]),
        str(entry["reason"]),
        str(entry["message"]),
        entry["inputs"],
        int(entry["began"]),
        bool(entry["awaited"]),
        bool(entry["deleted"]),
    )
    return Launch(started, bool(entry["played"]), None if entry["cancelled"] is None else int(entry["cancelled"]))


def _read(entry: Mapping[str, Any]) -> tuple[tuple[str, str, str, int], AttemptRecord]:
    launches = tuple(map(_read_launch, entry.get("stories", ())))
    ended = Ended(
        Evidence.RECORDED,
        str(entry["phase"]),
        entry["output"],
        str(entry["message"]),
        str(entry["exitClass"]),
        int(entry["exitCode"]),
        calls=tuple(entry.get("services", ())),
        stories=tuple(one.started for one in launches),
        waited=int(entry.get("waited", 0)),
    )
    key = (str(entry["case"]), str(entry["story"]), str(entry["step"]), int(entry["attempt"]))
    return key, AttemptRecord(entry["inputs"], ended, launches)


def _differing(recorded: Json, given: Mapping[str, Json]) -> str:
    before = recorded if isinstance(recorded, dict) else {}
    name = next((name for name in (*given, *before) if before.get(name) != given.get(name)), "")
    return f"`{name}` is {json.dumps(given.get(name))} and was {json.dumps(before.get(name))}"
