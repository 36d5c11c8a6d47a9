"""Runs made by hand: what a judge sees, without an engram."""

from __future__ import annotations

from typing import Any

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding, Json, Location, Subject
from validator.sandbox.harness import decoding
from validator.sandbox.harness.wire import transport_pb2 as wire
from validator.sandbox.harness.wire_names import PACKET_MIME
from validator.sandbox.model import Exit
from validator.sandbox.stream_model import Entry, Sent, StreamCase, StreamRun

BENCH = StreamContext(Subject("template", "echo"), Location("Engram.yaml"))


def opened() -> list[Entry]:
    """Both streams, as the SDK opens them."""
    about: dict[str, Json] = {"metadata": {"bubu-transport-protocol": "1.0.0"}, "header_bytes": 100}
    return [Entry(0.1, "engram", stream, "open", 1, body=about) for stream in ("data", "control")]


def message(body: dict[str, Any], at: float = 1.0) -> Entry:
    """A message of the engram on its Data stream."""
    return Entry(at, "engram", "data", "message", 1, size=100, body=body)


def packet(at: float = 1.0, *, copies: bool = True, **envelope: Any) -> Entry:
    """A structured packet, as the SDK sends it."""
    body: dict[str, Any] = {
        "frame": "binary",
        "mime": PACKET_MIME,
        "bytes": 10,
        "packet": {"version": "v1", **envelope},
    }
    if copies:
        body |= {name: envelope[name] for name in ("payload", "inputs") if name in envelope}
    return message(body, at)


def raw(text: str, mime: str, **more: Any) -> Entry:
    """A binary message."""
    sent = wire.DataRequest()
    sent.binary.payload, sent.binary.mime_type = text.encode(), mime
    return message(decoding.data(sent.SerializeToString(), outbound=False)[1] | more)


def run(*outputs: Entry, case: StreamCase | None = None, sent: tuple[Sent, ...] = (), **more: Any) -> StreamRun:
    """A session with these messages that we ended."""
    facts: dict[str, Any] = {"signalled": True, "exit": Exit(0), "sdk_version": "v0.1.5", **more}
    return StreamRun(case or StreamCase("by hand"), (*opened(), *outputs), sent, **facts)


def codes(found: Any) -> list[str]:
    """The rules of findings."""
    return [each.rule.code for each in found if isinstance(each, Finding)]
