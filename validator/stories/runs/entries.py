"""A script in the words of `story simulate`: how each step ends, by name."""

from __future__ import annotations

from collections.abc import Mapping

from validator.findings import Json
from validator.stories.engine.durations import SECOND
from validator.stories.engine.phases import TERMINAL
from validator.stories.runs.script import Attempt, Decision, Script
from validator.stories.simulation import MalformedError


def script_of(entries: Mapping[str, Json]) -> Script:
    """The script that the entries mean. Raises MalformedError."""
    attempts: dict[str, tuple[Attempt, ...]] = {}
    gates: dict[str, Decision] = {}
    for step, entry in entries.items():
        if isinstance(entry, dict) and "gate" in entry:
            gates[step] = Decision(entry["gate"] == "Approved", _nanos(entry, "at", step), _text(entry, "message"))
        else:
            listed = entry if isinstance(entry, list) else [entry]
            attempts[step] = tuple(_attempt(one, step) for one in listed)
    return Script(attempts, gates)


def _attempt(entry: Json, step: str) -> Attempt:
    if not isinstance(entry, dict):
        raise MalformedError(f"{step}: expected an object, or a list of objects")
    delay = _nanos(entry, "after", step)
    message, exit_class = _text(entry, "error") or _text(entry, "message"), _text(entry, "exitClass")
    if entry.get("never") is True:
        return Attempt("never")
    if phase := _text(entry, "phase"):
        if phase not in TERMINAL:
            raise MalformedError(f"{step}.phase: expected one of {', '.join(sorted(TERMINAL))}, found {phase}")
        end = "output" if phase == "Succeeded" else "error"
        return Attempt(end, entry.get("output"), phase, message, exit_class, delay=delay)
    code = -1 if entry.get("lost") is True else entry.get("exit")
    if isinstance(code, bool) or not isinstance(code, int):
        raise MalformedError(f"{step}: says neither phase, nor exit, nor lost, nor never")
    return Attempt("exit", entry.get("output"), "", message, exit_class, code, delay)


def _nanos(entry: Mapping[str, Json], key: str, step: str) -> int:
    value = entry.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise MalformedError(f"{step}.{key}: expected seconds")
    return round(value * SECOND)


def _text(entry: Mapping[str, Json], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""
