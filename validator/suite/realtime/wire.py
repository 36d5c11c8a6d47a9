"""Packets of the hub as the sandbox delivers them, and what an engram has sent as a packet of the hub.

Source: runtime.md, sections 2.6, 2.7 and 2.10. A packet with a frame keeps it, byte for byte, from sender to receiver.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from validator.findings import Json
from validator.sandbox.stream_model import Audio, Binary, Entry
from validator.sandbox.stream_model import Packet as Parcel
from validator.stories.hub.packets import Envelope, Frame, Kind, Packet

TRACE = "traceparent"
"""W3C trace context: engrams that hand metadata on tell by it which packet they answer."""
_AUDIO = ("sample_rate_hz", "channels", "codec")


def traced(packet: Packet) -> Packet:
    """The packet with a trace of its own, where it has none."""
    if TRACE in packet.metadata:
        return packet
    digest = hashlib.sha256(packet.id.encode()).hexdigest()
    metadata = {**packet.metadata, TRACE: f"00-{digest[:32]}-{digest[32:48]}-01"}
    return Packet(packet.id, packet.payload, packet.inputs, metadata, packet.frame, packet.envelope)


def trace_of(metadata: Mapping[str, str]) -> str:
    """The id of the trace; empty for none."""
    parts = metadata.get(TRACE, "").split("-")
    return parts[1] if len(parts) == 4 else ""


def parcel(packet: Packet, label: str) -> Parcel:
    """What the engram's connector delivers for a packet of the hub.

    Always numbered: the receipt tells when the engram is done with it.
    """
    payload = dict(packet.payload) if packet.payload is not None else None
    inputs = dict(packet.inputs) if packet.inputs is not None else None
    kind = packet.metadata.get("kind", "data")
    plain = Parcel(payload, inputs, packet.metadata, kind, label=label)
    frame = packet.frame
    if frame is None:
        return plain
    if frame.kind == "audio":
        parameters = json.loads(frame.mime) if frame.mime else {}
        return replace(plain, audio=Audio(frame.data, **parameters))
    return replace(plain, binary=Binary(frame.data, frame.mime))


def packet_of(entry: Entry, name: str) -> Packet:
    """What an engram has sent. Payload and inputs are the Structs: the hub reads nothing else."""
    body = entry.body
    envelope = body.get("envelope")
    return Packet(
        name,
        _object(body.get("payload")),
        _object(body.get("inputs")),
        {key: str(value) for key, value in (_object(body.get("metadata")) or {}).items()},
        _frame(body),
        _envelope(envelope) if isinstance(envelope, dict) else None,
    )


def _object(value: Json) -> dict[str, Json] | None:
    return value if isinstance(value, dict) else None


def _frame(body: Mapping[str, Json]) -> Frame | None:
    kinds: dict[Json, Kind] = {"audio": "audio", "video": "video", "binary": "binary"}
    named = body.get("frame")
    kind = kinds.get(named) if isinstance(named, str) else None
    if kind is None:
        return None
    data = base64.b64decode(str(body.get("content", "")))
    if kind == "audio":
        # The form of the sound travels where other frames have their MIME type.
        return Frame(kind, len(data), data, json.dumps({key: body[key] for key in _AUDIO if key in body}))
    return Frame(kind, len(data), data, str(body.get("mime", "")))


def _envelope(fields: Mapping[str, Json]) -> Envelope:
    def number(key: str) -> int:
        value = fields.get(key)
        return value if isinstance(value, int) else 0

    return Envelope(
        str(fields.get("stream_id", "")),
        number("sequence"),
        str(fields.get("partition", "")),
        str(fields.get("chunk_id", "")),
        *(number(key) for key in ("chunk_index", "chunk_count", "chunk_bytes", "total_bytes")),
    )
