"""What the driver of a streaming case does in which order, and what it hands on: with a pod that only remembers."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

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
        self.env: dict[str, str] = {}
        self.storage = ""
        self.harness = self
        self._events: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def call(self, op: str, *, storage: bool = False, **_: Any) -> dict[str, Any]:
        self.done.append(op)
        return ANSWERS[op] | ({"storage": "/files"} if storage else {})

    def tell(self, op: str, **_: Any) -> None:
        self.done.append(op)
        if op == "stream.started":
            self._events.put(("stream.settled", {"why": "finished", "where": ""}))

    @contextmanager
    def subscribed(self, _: str) -> Iterator[queue.SimpleQueue[tuple[str, Any]]]:
        yield self._events

    def spawn(self, env: dict[str, str], *_: Any, storage: str = "", **__: Any) -> Pod:
        self.done.append("spawn")
        self.env, self.storage = env, storage
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


@pytest.mark.parametrize(("storage", "folder"), [(True, "/files"), (False, "")])
def test_a_case_with_storage_has_its_folder_and_is_told_of_it(storage: bool, folder: str) -> None:
    pod = Pod()
    run_stream(pod, StreamCase("one", storage=storage))  # type: ignore[arg-type]
    assert pod.storage == folder
    assert ("/files" in str(pod.env)) is storage
