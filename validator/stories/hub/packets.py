"""A packet on its way through the hub. Source: transport-wire.md; hub.md, "What `packet` and `steps` hold"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from validator.findings import Json

HEARTBEAT = "bubu-heartbeat"
JOIN_KEY = "bubu.join.key"
MESSAGE_ID = "bubu.envelope.message_id"

Kind = Literal["audio", "video", "binary"]


@dataclass(frozen=True, slots=True)
class Frame:
    """Audio, video or opaque bytes beside the JSON of a packet."""

    kind: Kind
    size: int
    """Bytes."""
    data: bytes = b""
    """May be left out where only the way of a packet matters."""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The place of a packet in its stream. Zero and empty mean unset, as on the wire."""

    stream_id: str = ""
    sequence: int = 0
    partition: str = ""
    chunk_id: str = ""
    chunk_index: int = 0
    chunk_count: int = 0
    chunk_bytes: int = 0
    total_bytes: int = 0

    @property
    def is_chunk(self) -> bool:
        """Whether this is a part of a packet."""
        return bool(self.chunk_id or self.chunk_count or self.chunk_index or self.chunk_bytes or self.total_bytes)


@dataclass(frozen=True, slots=True)
class Packet:
    """What an engram sends, or is sent."""

    id: str
    """Ours, not the platform's: it stays the same from the source to the last step."""
    payload: Mapping[str, Json] | None = None
    inputs: Mapping[str, Json] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    frame: Frame | None = None
    envelope: Envelope | None = None

    @property
    def is_heartbeat(self) -> bool:
        """Whether it only says that the sender lives."""
        return self.metadata.get(HEARTBEAT) == "true"

    @property
    def outputs(self) -> dict[str, Json]:
        """What the step has put out: `inputs` with `payload` over them (B4.6)."""
        return {**(self.inputs or {}), **(self.payload or {})}

    @property
    def join_id(self) -> str:
        """By what the hub joins it with packets of other steps; empty for nothing (B6.3)."""
        return self.metadata.get(JOIN_KEY, "").strip() or self.metadata.get(MESSAGE_ID, "").strip()

    @property
    def sequence(self) -> int:
        """Its number in the stream of the receiver; 0 for none."""
        return self.envelope.sequence if self.envelope is not None else 0

    @property
    def lane(self) -> str:
        """The lane whose limits hold in a buffer."""
        return self.frame.kind if self.frame is not None else "payload"

    @property
    def size(self) -> int:
        """About as many bytes as on the wire: the length of its JSON and of its frame."""
        body = sum(len(json.dumps(part)) for part in (self.payload, self.inputs, dict(self.metadata)) if part)
        return body + (self.frame.size if self.frame is not None else 0)

    def corrupted(self) -> Packet:
        """The packet with bytes that nobody can read in place of its frame and its JSON."""
        return replace(self, payload=None, inputs=None, frame=Frame("binary", 1, b"\xff", "application/octet-stream"))

    def forwarded(self, step: str, run: str, namespace: str, **parts: Mapping[str, Json] | None) -> Packet:
        """The packet as the hub hands it on: addressed, in a stream of the receiver's (B6.10)."""
        address = {"storyrun-name": run, "storyrun-namespace": namespace, "current-step-id": step}
        envelope = replace(self.envelope, stream_id="", sequence=0) if self.envelope is not None else None
        payload, inputs = parts.get("payload", self.payload), parts.get("inputs", self.inputs)
        metadata = {**self.metadata, **{key: value for key, value in address.items() if value}}
        return replace(self, payload=payload, inputs=inputs, metadata=metadata, envelope=envelope)
