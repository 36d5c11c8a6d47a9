"""Results of steps in files, one file a case: what `--record` writes and `--replay` reads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from validator.engine.options import UsageError
from validator.engine.stories.memory import Memory
from validator.findings import Json
from validator.stories.runs.performers import Ended, Evidence, Task

_LONGEST = 60
"""Characters of a file's name that come from the case's."""


@dataclass(slots=True)
class Record:
    """What the steps of a case gave (`runs.performers.Performer`)."""

    inputs: Mapping[str, Json]
    """Of the run."""
    ends: Mapping[tuple[str, str, str, int], tuple[Json, Ended]]
    """By case, story, step and attempt: the inputs of the step, and its end."""
    wanted: Callable[[Task], bool]
    """Whether a step is replayed."""
    others: dict[str, str] = field(default_factory=dict)
    """Steps that were asked for with other inputs, and the first that differs."""

    def begin(self, task: Task) -> Callable[[], Ended] | None:
        """What was recorded; None when nothing was, or for other inputs."""
        known = self.ends.get((task.case, task.story.name, task.step.name, task.attempt))
        if known is None or not self.wanted(task):
            return None
        given, ended = known
        if given != dict(task.inputs):
            self.others[task.step.name] = _differing(given, task.inputs)
            return None
        return lambda: ended


def write(folder: Path, story: str, case: str, inputs: Json, memory: Memory) -> None:
    """Keep what the steps of a case gave. Raises UsageError when the file cannot be written."""
    document = {"story": story, "case": case, "inputs": inputs, "steps": list(_written(memory))}
    path = file_of(folder, story, case)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--record {folder}: {error}") from error


def read(folder: Path, story: str, case: str, wanted: Callable[[Task], bool]) -> Record | None:
    """What is kept of a case; None when nothing is. Raises UsageError for a file that cannot be used."""
    path = file_of(folder, story, case)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Record(document["inputs"], dict(map(_read, document["steps"])), wanted)
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
        yield {
            "case": case,
            "story": story,
            "step": step,
            "attempt": attempt,
            "inputs": json.loads(given),
            "phase": ended.phase,
            "output": ended.output,
            "message": ended.message,
            "exitClass": ended.exit_class,
            "exitCode": ended.exit_code,
            "seconds": round(ended.seconds, 3),
            "services": list(ended.calls),
        }


def _read(entry: Mapping[str, Any]) -> tuple[tuple[str, str, str, int], tuple[Json, Ended]]:
    ended = Ended(
        Evidence.RECORDED,
        str(entry["phase"]),
        entry["output"],
        str(entry["message"]),
        str(entry["exitClass"]),
        int(entry["exitCode"]),
        calls=tuple(entry.get("services", ())),
    )
    key = (str(entry["case"]), str(entry["story"]), str(entry["step"]), int(entry["attempt"]))
    return key, (entry["inputs"], ended)


def _differing(recorded: Json, given: Mapping[str, Json]) -> str:
    before = recorded if isinstance(recorded, dict) else {}
    name = next((name for name in (*given, *before) if before.get(name) != given.get(name)), "")
    return f"`{name}` is {json.dumps(given.get(name))} and was {json.dumps(before.get(name))}"
