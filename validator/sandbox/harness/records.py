"""What is remembered of the requests that belong to one StepRun, bounded whatever an engram does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from validator.sandbox.harness.http import HttpRequest
from validator.sandbox.harness.wire_names import ERROR_TYPES, EXIT_CLASSES

REQUEST_LIMIT = 1000
"""Requests kept in full; the others are counted."""
BODY_LIMIT = 64 << 10
"""Bytes of a body shown with its request."""
BODY_BYTES = 8 << 20
"""Of all bodies shown; documents take many times as much in memory."""
PATCH_BYTES = 8 << 20
"""Of the patches that are kept whole; the last with a phase always is."""
UNKNOWN_LIMIT = 100
EVENTS_LIMIT = 256
"""Items of `signalEvents` and of `effects` (definition of StepRun, bobrapet 0.1.13)."""
NAME = 64
"""Characters of a signal's name that are shown."""
PHASES = frozenset({
    "Pending", "Running", "Succeeded", "Failed", "Finished", "Canceled", "Compensated", "Paused", "Blocked",
    "Scheduling", "Timeout", "Aborted", "Skipped",
})  # fmt: skip
"""What the StepRun's definition allows as `status.phase`."""


@dataclass(slots=True)
class Record:
    """The traffic of one case."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    body_bytes: int = 0
    patches: list[dict[str, Any]] = field(default_factory=list)
    patch_bytes: int = 0
    unknown: list[str] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    knows_error: bool = False
    """Whether a patch has said what `error` is."""
    result: dict[str, Any] | None = None

    def add(self, entry: dict[str, Any]) -> None:
        """Remember a request."""
        self.total += 1
        if len(self.requests) < REQUEST_LIMIT:
            self.body_bytes += entry.pop("size", 0)
            self.requests.append(entry if self.body_bytes <= BODY_BYTES else entry | {"body": None})

    def add_unknown(self, what: str) -> None:
        """Remember a request that nothing here answers."""
        if len(self.unknown) < UNKNOWN_LIMIT and what not in self.unknown:
            self.unknown.append(what)

    def object_to(self, what: str) -> None:
        """Remember why a real API server refuses something."""
        if len(self.objections) < UNKNOWN_LIMIT and what not in self.objections:
            self.objections.append(what)

    def add_patch(self, status: dict[str, Any], size: int) -> bool:
        """Remember the status of a patch; whether it is a result, that is, carries a phase."""
        for objection in objections(status, knows_error=self.knows_error):
            self.object_to(objection)
        self.knows_error = self.knows_error or bool(status.get("error"))
        if self.patch_bytes + size <= PATCH_BYTES:
            self.patch_bytes += size
            self.patches.append(status)
        if not status.get("phase"):
            return False
        self.result = status
        return True


def entry(request: HttpRequest, status: int, body: Any) -> dict[str, Any]:
    """A request as it is reported."""
    shown = body if len(request.body) <= BODY_LIMIT else json.dumps(body)[:BODY_LIMIT] + "…"
    content_type = request.headers.get("content-type", "")
    target = request.target[:2048]
    return {
        "method": request.method,
        "path": target,
        "status": status,
        "content_type": content_type,
        "body": shown,
        "size": min(len(request.body), BODY_LIMIT),
    }


def objections(status: dict[str, Any], *, knows_error: bool = False) -> list[str]:
    """Why a real API server would refuse this status: what the definition of StepRun says (bobrapet 0.1.13).

    A patch need not repeat what an earlier one has said of the error.
    """
    found = []
    if "output" in status and not isinstance(status["output"], dict | None):
        found.append(f"status.output must be an object, and this is {_kind(status['output'])}")
    if status.get("phase") and status["phase"] not in PHASES:
        found.append(f"status.phase must be one of {', '.join(sorted(PHASES))}, and this is {status['phase']!r}")
    found += _error(status.get("error"), knows_error)
    return [*found, *_signals(status.get("signals")), *_events(status)]


def _error(error: Any, is_known: bool) -> Iterator[str]:
    """`error` is an object with a `message` and a `type` that there is; null takes it away."""
    if not isinstance(error, dict):
        if error is not None:
            yield f"status.error must be an object, and this is {_kind(error)}"
        return
    for name in ("message", "type"):
        if isinstance(error.get(name), str):
            continue
        if error.get(name) is not None:
            yield f"status.error.{name} must be a text, and this is {_kind(error[name])}"
        elif not is_known:
            yield f"status.error must have a `{name}`, and this has none"
    for name, known in (("type", ERROR_TYPES), ("exitClass", EXIT_CLASSES)):
        if isinstance(error.get(name), str) and error[name] not in known:
            yield f"status.error.{name} must be one of {', '.join(sorted(known))}, and this is {error[name][:NAME]!r}"


def _signals(signals: Any) -> Iterator[str]:
    """`signals` is an object of objects; null takes one away."""
    if isinstance(signals, dict):
        for key, value in signals.items():
            if not isinstance(value, dict | None):
                yield f"status.signals.{key[:NAME]} must be an object, and this is {_kind(value)}"
    elif signals is not None:
        yield f"status.signals must be an object, and this is {_kind(signals)}"


def _events(status: dict[str, Any]) -> Iterator[str]:
    """`signalEvents` and `effects` are lists of at most 256 objects with `seq` and `key`."""
    for name in ("signalEvents", "effects"):
        events = status.get(name)
        if not isinstance(events, list):
            if events is not None:
                yield f"status.{name} must be an array, and this is {_kind(events)}"
            continue
        if len(events) > EVENTS_LIMIT:
            yield f"status.{name} must have at most {EVENTS_LIMIT} items, and this has {len(events)}"
        for event in events[:EVENTS_LIMIT]:
            wrong = [] if isinstance(event, dict) else ["an object"]
            if isinstance(event, dict):
                wrong += [] if type(event.get("seq")) is int else ["an integer `seq`"]
                wrong += [] if isinstance(event.get("key"), str) else ["a text `key`"]
            if wrong:
                yield f"each of status.{name} must be an object with `seq` and `key`: there is one without {wrong[0]}"
                break


def _kind(value: Any) -> str:
    return "array" if isinstance(value, list) else type(value).__name__
