"""An engram by hand, as a story plays it: frames whole, receipts by name, and when it rests."""

from __future__ import annotations

import base64
import queue
from typing import Any

from tests.sandbox.streaming.test_stream import play
from validator.sandbox.stream import Talk
from validator.sandbox.stream_model import Entry, Packet, StreamCase


def test_a_talk_tells_receipts_rests_and_frames(bench: Any) -> None:
    inbox: queue.SimpleQueue[Packet | None] = queue.SimpleQueue()
    told: list[tuple[str, Any]] = []
    frames: list[bytes] = []

    def show(entry: Entry) -> None:
        frames.append(base64.b64decode(str(entry.body["content"])))
        told.append(("sent", None))

    def notice(name: str, data: Any) -> None:
        told.append((name, data))
        rests = [data["played"] for name, data in told if name == "rest"]
        if rests[-1:] == [0] and name == "rest":
            inbox.put(Packet(payload={"text": "x" * 5000}, label="one"))
        if rests[-1:] == [1] and name == "rest":
            inbox.put(None)

    run = play(bench, StreamCase("case"), talk=Talk(iter(inbox.get, None), show, notice))
    assert run.settled == "finished"
    assert told.count(("receipt", "one")) == 1
    assert told[-1] == ("rest", {"played": 1})
    assert told.index(("sent", None)) < len(told) - 1
    assert b'"text":"' + b"x" * 5000 in frames[0]
