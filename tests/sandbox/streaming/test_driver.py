"""What the driver of a streaming case does in which order, and what it hands on: with a pod that only remembers."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from validator.sandbox.model import Exit
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import StreamCase

ANSWERS: dict[str, dict[str, Any]] = {
    "batch.open": {"steprun": "s", "home": "/home", "storage": ""},
    "batch.close": {
        "status": {}, "requests": [], "objections": [], "unknown": [], "limits": ["no room at the API"],
        "files": {}, "unread": [],
    },
    "stream.open": {"endpoint": "127.0.0.1:1", "epoch": 0.0},
    "stream.close": {
        "transcript": [], "sent": [], "counts": {}, "limits": ["no stream left"], "lookups": [], "unrouted": 0,
    },
}  # fmt: skip


class Pod:
    """As much of a pod, its harness and its program as a case needs; a case is over as soon as it has begun."""

    image = SimpleNamespace(sdk_version="v0.1.5")

    def __init__(self) -> None:
        self.done: list[str] = []
        self.harness = self
        self._events: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def call(self, op: str, **_: Any) -> dict[str, Any]:
        self.done.append(op)
        return ANSWERS[op]

    def tell(self, op: str, **_: Any) -> None:
        self.done.append(op)
        if op == "stream.started":
            self._events.put(("stream.settled", {"why": "finished", "where": ""}))

    @contextmanager
    def subscribed(self, _: str) -> Iterator[queue.SimpleQueue[tuple[str, Any]]]:
        yield self._events

    def spawn(self, *_: Any, **__: Any) -> Pod:
        self.done.append("spawn")
        return self

    def wait(self, _: float | None = None) -> Exit:
        return Exit(0)

    def kill(self) -> Exit:
        return Exit(0)


def test_the_time_of_an_engram_begins_when_its_program_runs_and_no_earlier() -> None:
    pod = Pod()
    run_stream(pod, StreamCase("one"))  # type: ignore[arg-type]
    assert pod.done.index("stream.open") < pod.done.index("spawn") < pod.done.index("stream.started")


def test_limits_of_the_api_and_of_the_connector_are_on_record() -> None:
    run = run_stream(Pod(), StreamCase("one"))  # type: ignore[arg-type]
    assert run.limits == ("no room at the API", "no stream left")
