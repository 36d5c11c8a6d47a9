"""A streaming case as the script that the harness plays, and its record as a run: the words on both ends."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from validator.sandbox.stream_model import (
    Await,
    Control,
    Disconnect,
    Entry,
    Mark,
    Packet,
    Reading,
    Send,
    Sent,
    Step,
    StreamCase,
    Violation,
)

PROBE_DOCUMENT = 16 << 10
"""Bytes of a message that a probe's transcript has whole: hundreds of large ones only have to be counted."""


def script(case: StreamCase) -> dict[str, Any]:
    """The JSON document of `stream.open`."""
    handshake = case.handshake
    return {
        "steps": list(_steps(case.steps)),
        "expected": case.expect.least,
        "exact": case.expect.count is not None,
        "within": case.expect.within,
        "time_limit": case.time_limit,
        "startup": case.startup,
        "quiet": case.quiet,
        "patience": case.patience,
        "window": case.window,
        "delivery": case.delivery,
        "document_limit": PROBE_DOCUMENT if case.probe not in {"", "plain"} else None,
        "handshake": {
            "capabilities": handshake.capabilities,
            "snapshot": dict(handshake.snapshot),
            "ready": handshake.ready,
            "send_snapshot": handshake.send_snapshot,
            "early": handshake.early,
        },
    }


def _steps(steps: Iterable[Step]) -> Iterator[dict[str, Any]]:
    number = 0
    for step in steps:
        match step:
            case Send(packet, times, background):
                number += 1
                document = send(packet, packet.label or f"packet {number}")
                yield document | {"times": times, "background": background}
            case Control(action, metadata, flow):
                yield {"do": "control", "action": action, "metadata": dict(metadata), "flow": flow}
            case Await(what, count, name, within):
                yield {"do": "await", "what": what, "count": count, "name": name, "within": within}
            case Disconnect(code, refuse, streams):
                yield {"do": "disconnect", "code": code, "refuse": refuse, "streams": streams}
            case Reading(on):
                yield {"do": "reading", "on": on}
            case Mark(name):
                yield {"do": "mark", "name": name}


def by_hand(step: Packet | Step, number: int) -> dict[str, Any]:
    """The document of one packet or step that is played by hand."""
    if isinstance(step, Packet):
        return send(step, step.label or f"packet {number}")
    return next(_steps((step,)))


def send(packet: Packet, label: str) -> dict[str, Any]:
    """A step that sends one packet."""
    return {"do": "send", "packet": _packet(packet, label)}


def _packet(packet: Packet, label: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "label": label,
        "payload": packet.payload,
        "inputs": packet.inputs,
        "metadata": dict(packet.metadata),
        "kind": packet.kind,
        "id": packet.id,
        "transports": [dict(transport) for transport in packet.transports],
        "delay": packet.delay,
        "hook": packet.hook,
        "sequenced": packet.sequenced,
        "answered": packet.answered,
        "repeats": packet.repeats,
        "chunks": list(packet.chunks),
        "chunk_count": packet.chunk_count,
        "chunk_lies": [dict(lie) for lie in packet.chunk_lies],
    }
    if packet.raw is not None:
        document["raw"] = _base64(packet.raw)
    if packet.binary is not None:
        document["binary"] = {"base64": _base64(packet.binary.content), "mime": packet.binary.mime}
    if packet.audio is not None:
        audio = packet.audio
        document["audio"] = {
            "base64": _base64(audio.content),
            "sample_rate_hz": audio.sample_rate_hz,
            "channels": audio.channels,
            "codec": audio.codec,
        }
    return document


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def transcript(documents: Iterable[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """The entries of a record."""
    return tuple(
        Entry(**{**document, "violations": tuple(Violation(**each) for each in document["violations"])})
        for document in documents
    )


def sent(documents: Iterable[Mapping[str, Any]]) -> tuple[Sent, ...]:
    """The fate of the packets of a record."""
    return tuple(Sent(**{**document, "receipts": tuple(document["receipts"])}) for document in documents)
