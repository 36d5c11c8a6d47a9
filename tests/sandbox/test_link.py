"""The driver's end of the harness: answers find their callers, events their subscribers, losses everybody."""

from __future__ import annotations

import json
import os
import threading
from typing import Any

import pytest

from validator.rules import sandbox as rules
from validator.sandbox.harness import protocol
from validator.sandbox.link import CallError, Link
from validator.sandbox.model import SandboxError
from validator.sandbox.pods.process import writer


class Echo:
    """A harness that answers at once, with what it was asked."""

    def __init__(self) -> None:
        self.link = Link(self.write)
        self.asked: list[dict[str, Any]] = []

    def write(self, line: bytes) -> None:
        message = protocol.decode(line)
        self.asked.append(message)
        answer = protocol.encode({"id": message["id"], **self.reply(message)})

        # Over a pipe the answer comes from another thread, in pieces of any size.
        def feed() -> None:
            for at in range(0, len(answer), 3):
                self.link.feed(answer[at : at + 3])

        threading.Thread(target=feed).start()

    def reply(self, message: dict[str, Any]) -> dict[str, Any]:
        if message["op"] == "batch.fail":
            return {"error": {"type": "KeyError", "message": "no such case"}}
        return {"result": message["args"]}


def test_a_call_gets_its_own_answer() -> None:
    echo = Echo()
    assert echo.link.call("batch.open", steprun="a", text="grüße \ud800") == {"steprun": "a", "text": "grüße \ud800"}
    assert echo.asked[0]["op"] == "batch.open"


def test_a_call_that_fails_says_so() -> None:
    with pytest.raises(CallError, match=r"batch\.fail: KeyError: no such case") as raised:
        Echo().link.call("batch.fail")
    assert raised.value.kind == "KeyError"


def test_events_reach_the_subscriber_of_their_case_in_order() -> None:
    link = Link(lambda line: None)
    with link.subscribed("a") as events:
        for key, data in (("a", 1), ("b", 2), ("a", 3)):
            link.feed(protocol.encode({"event": "batch.result", "key": key, "data": data}))
        assert [events.get_nowait() for _ in range(2)] == [("batch.result", 1), ("batch.result", 3)]
        assert events.empty()
    link.feed(protocol.encode({"event": "batch.result", "key": "a", "data": 4}))


def test_everybody_learns_of_a_loss() -> None:
    link = Link(lambda line: threading.Thread(target=link.lose, args=("it ended: boom",)).start())
    with link.subscribed("a") as events:
        for attempt in (lambda: link.call("batch.open"), link.ready, lambda: link.call("batch.open")):
            with pytest.raises(SandboxError, match="it ended: boom") as raised:
                attempt()
            assert raised.value.rule is rules.HARNESS_FAILED
        assert events.get(timeout=5) == ("lost", "it ended: boom")
    with link.subscribed("late") as late:
        assert late.get_nowait() == ("lost", "it ended: boom")


def test_a_harness_that_is_up_only_after_its_pod_was_closed_is_no_trouble() -> None:
    link = Link(lambda line: None)
    link.lose("the pod was closed")
    link.feed(protocol.encode({"event": "ready", "data": {}}))
    with pytest.raises(SandboxError, match="the pod was closed"):
        link.ready()


@pytest.mark.parametrize(
    ("status", "stderr", "reason"),
    [
        (None, "", "it ended"),
        (0, "", "it ended with exit status 0"),
        (1, "Traceback\nOSError: no\n", "it ended with exit status 1: OSError: no"),
        (-9, "", "it ended by SIGKILL"),
        (137, "", "it ended by SIGKILL"),
    ],
)
def test_how_a_harness_ended_is_told(status: int | None, stderr: str, reason: str) -> None:
    link = Link(lambda line: None)
    link.ended(status, stderr)
    with pytest.raises(SandboxError) as raised:
        link.ready()
    assert raised.value.facts["reason"] == reason


@pytest.mark.parametrize("line", [b"words\n", b"[1]\n", b"[" * 200_000 + b"\n"], ids=["text", "list", "deep"])
def test_what_is_no_message_ends_the_link(line: bytes) -> None:
    link = Link(lambda line: None)
    link.feed(line)
    with pytest.raises(SandboxError, match="it wrote"):
        link.call("batch.open")


def test_silence_is_not_waited_for_without_end() -> None:
    link = Link(lambda line: None)
    for timeout in (0.05, 60):  # the second time nobody waits
        with pytest.raises(SandboxError, match=r"no answer to batch\.open after 0\.05 s"):
            link.call("batch.open", timeout=timeout)


def test_what_a_harness_writes_is_taken_while_it_does_not_read() -> None:
    """Both have more to say than a pipe holds, and the harness does not read while it writes."""
    theirs, ours = os.pipe()
    answers, out = os.pipe()
    large = "x" * (1 << 20)

    def harness() -> None:
        with os.fdopen(theirs, "rb", buffering=0) as calls, os.fdopen(out, "wb", buffering=0) as events:
            begin = calls.read(1)
            writer(events)(protocol.encode({"event": "large", "key": "a", "data": large}))
            message = protocol.decode(begin + b"".join(iter(lambda: calls.read(1 << 16), b"")))
            writer(events)(protocol.encode({"id": message["id"], "result": len(message["args"]["text"])}))

    def listen() -> None:
        with os.fdopen(answers, "rb", buffering=0) as read:
            while chunk := read.read(1 << 16):
                link.feed(chunk)

    with os.fdopen(ours, "wb", buffering=0) as calls:

        def write(line: bytes) -> None:
            writer(calls)(line)
            calls.close()

        link = Link(write)
        sides = [threading.Thread(target=one, daemon=True) for one in (harness, listen)]
        for side in sides:
            side.start()
        with link.subscribed("a") as events:
            assert link.call("batch.open", timeout=10, text=large) == len(large)
            assert events.get_nowait() == ("large", large)
        link.lose("over")
        for side in sides:
            side.join(10)


def test_a_harness_that_reads_nothing_is_not_waited_for_without_end() -> None:
    unread, ours = os.pipe()
    with os.fdopen(ours, "wb", buffering=0) as calls:
        link = Link(writer(calls))
        with pytest.raises(SandboxError, match=r"no answer to batch\.open after 0\.05 s"):
            link.call("batch.open", timeout=0.05, text="x" * (1 << 20))
        os.close(unread)


def test_who_cannot_be_written_to_is_told_at_once() -> None:
    unread, ours = os.pipe()
    os.close(unread)
    with os.fdopen(ours, "wb", buffering=0) as calls:
        link = Link(writer(calls))
        with pytest.raises(SandboxError, match="Broken pipe"):
            link.call("batch.open")
        calls.close()
        with pytest.raises(SandboxError, match="closed file"):
            link.call("batch.open")
        link.lose("over")


def test_answers_to_nobody_are_ignored() -> None:
    link = Link(lambda line: None)
    link.feed(
        b'{"id": 99, "result": null}\n{"event": "news", "key": "nobody"}\n' + json.dumps({"id": None}).encode() + b"\n"
    )
    link.lose("over")
