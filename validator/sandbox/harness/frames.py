"""Packets as a connector delivers them: the bytes of `DataResponse` (contract/runtime.md 2.6 and 2.10)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from validator.sandbox.harness.wire import transport_pb2 as wire
from validator.sandbox.harness.wire_names import PACKET_MIME

STREAM_ID = "st-1"
PARTITION = "p0"
MESSAGE_ID = "bubu.envelope.message_id"


class Frames:
    """One packet, serialised once: `at(sequence)` gives what to write, without serialising again."""

    def __init__(self, packet: Mapping[str, Any], delivery: str = "evaluated") -> None:
        self.label = str(packet.get("label", ""))
        self.due = bool(packet.get("sequenced", True)) and bool(packet.get("answered", True))
        self.sequenced = bool(packet.get("sequenced", True))
        self._pieces: list[tuple[bytes, dict[str, Any]]]
        if packet.get("raw") is not None:
            self._pieces = [(base64.b64decode(packet["raw"]), {})]
            self.sequenced = self.due = False
            return
        message = _message(packet, delivery)
        indices = packet.get("chunks") or ()
        if indices:
            lies = packet.get("chunk_lies") or ()
            self._pieces = _chunks(message, indices, int(packet.get("chunk_count") or 0), self.label, lies)
        else:
            self._pieces = [(message.SerializeToString(), {})]

    def at(self, sequence: int) -> list[bytes]:
        """The messages of this packet with a sequence number; 0 for none."""
        return [body + _envelope(sequence, extra) for body, extra in self._pieces]

    @property
    def size(self) -> int:
        """Bytes of all messages, without the stream envelope."""
        return sum(len(body) for body, _ in self._pieces)


def _envelope(sequence: int, extra: Mapping[str, Any]) -> bytes:
    """Field 8 of a data message, to be put behind the rest: protobuf fields may come in any order."""
    if not sequence and not extra:
        return b""
    if sequence and not extra:
        body = _STREAM + b"\x10" + _varint(sequence) + _PARTITION
    else:
        identity: dict[str, Any] = {"stream_id": STREAM_ID, "partition": PARTITION, "sequence": sequence}
        body = wire.StreamEnvelope(**identity, **extra).SerializeToString()
    return b"\x42" + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_STREAM = wire.StreamEnvelope(stream_id=STREAM_ID).SerializeToString()
_PARTITION = wire.StreamEnvelope(partition=PARTITION).SerializeToString()


def _message(packet: Mapping[str, Any], delivery: str) -> Any:
    metadata = dict(packet.get("metadata") or {})
    payload, kind = packet.get("payload"), str(packet.get("kind") or "data")
    if packet.get("hook"):
        payload, kind, metadata = _hook(str(packet["hook"]), payload, metadata)
    inputs = packet.get("inputs")
    message = wire.DataResponse()
    if packet.get("audio"):
        audio = packet["audio"]
        message.audio.pcm = base64.b64decode(audio["base64"])
        message.audio.sample_rate_hz = audio["sample_rate_hz"]
        message.audio.channels = audio["channels"]
        message.audio.codec = audio["codec"]
        _structs(message, payload, inputs)
    elif packet.get("binary"):
        message.binary.payload = base64.b64decode(packet["binary"]["base64"])
        message.binary.mime_type = packet["binary"]["mime"]
        _structs(message, payload, inputs)
    else:
        forwarded = delivery == "forwarded"
        members = {"messageId": packet.get("id") or None, "metadata": metadata or None, "payload": payload}
        members |= {"inputs": None if forwarded else inputs, "transports": packet.get("transports") or None}
        document = {"version": "v1", "kind": kind, **{key: each for key, each in members.items() if each is not None}}
        message.binary.payload = json.dumps(document, separators=(",", ":")).encode("ascii")
        message.binary.mime_type = PACKET_MIME
        if forwarded:
            _structs(message, payload, inputs)
    for descriptor in packet.get("transports") or ():
        message.transports.add(**descriptor)
    if packet.get("id"):
        metadata[MESSAGE_ID] = packet["id"]
    message.metadata.update(metadata)
    return message


def _structs(message: Any, payload: Any, inputs: Any) -> None:
    for name, value in (("payload", payload), ("inputs", inputs)):
        if isinstance(value, dict):
            getattr(message, name).update(value)


def _hook(event: str, data: Any, metadata: dict[str, str]) -> tuple[Any, str, dict[str, str]]:
    """A lifecycle hook as the hub makes it (streaming contract, section 11)."""
    hook = {"version": "v1", "event": event, "source": "hub", "data": data if isinstance(data, dict) else {}}
    about = {"source": "hub", "provider": "hub", "kind": "hook", "type": event}
    return (
        {"kind": "hook", "type": event, "hook": hook},
        "hook",
        {**about, "hook.event": event, "hook.source": "hub", **metadata},
    )


def _chunks(message: Any, indices: Any, count: int, label: str, lies: Any) -> list[tuple[bytes, dict[str, Any]]]:
    """The message's binary frame in pieces, in the order of `indices` (streaming contract, section 4).

    `lies` holds, for each piece, what it says of itself instead of the truth.
    """
    count = count or max(indices) + 1
    payload = message.binary.payload
    if len(payload) < count:
        # The SDK refuses an empty chunk (runtime.md 2.6), and one in place of an audio frame would be our own fault.
        raise ValueError(f"a binary frame of {len(payload)} bytes cannot be cut into {count} chunks")
    cuts = [index * len(payload) // count for index in range(count + 1)]
    pieces = []
    for position, index in enumerate(indices):
        part = wire.DataResponse()
        part.CopyFrom(message)
        part.binary.payload = payload[cuts[index] : cuts[index + 1]]
        extra = {
            "chunk_id": f"chunk-{label or 'packet'}",
            "chunk_index": index,
            "chunk_count": count,
            "chunk_bytes": len(part.binary.payload),
            "total_bytes": len(payload),
            **(lies[position] if position < len(lies) else {}),
        }
        pieces.append((part.SerializeToString(), extra))
    return pieces
