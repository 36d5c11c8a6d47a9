"""Packets that come in parts (story-run.md, B10)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from validator.stories.hub.packets import Envelope, Frame, Packet
from validator.stories.hub.profile import HubProfile


class ChunkError(Exception):
    """A part that the hub refuses; it closes the stream."""


@dataclass(slots=True)
class Assembly:
    """The parts that have come of one packet."""

    first: Packet
    count: int
    seen: float
    parts: dict[int, Frame] = field(default_factory=dict)
    packets: list[str] = field(default_factory=list)

    @property
    def missing(self) -> tuple[int, ...]:
        """The indices that have not come."""
        return tuple(index for index in range(self.count) if index not in self.parts)

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return sum(part.size for part in self.parts.values())


class Assembler:
    """The parts of one stream."""

    def __init__(self, profile: HubProfile) -> None:
        self._profile = profile
        self._assemblies: dict[tuple[str, str, str], Assembly] = {}

    @property
    def pending(self) -> tuple[Assembly, ...]:
        """The packets that are not whole."""
        return tuple(self._assemblies.values())

    def expired(self, now: float) -> tuple[Assembly, ...]:
        """Give up the packets of which nothing has come for too long."""
        limit = self._profile.chunk_seconds
        old = [key for key, assembly in self._assemblies.items() if now - assembly.seen > limit]
        return tuple(self._assemblies.pop(key) for key in old)

    def add(self, packet: Packet, now: float) -> Packet | None:
        """The whole packet when this was its last part; one that comes in no parts is whole. Raises ChunkError."""
        envelope = packet.envelope
        if envelope is None or not envelope.is_chunk:
            return packet
        frame = _checked(packet, envelope, self._profile)
        key = (envelope.stream_id.strip(), envelope.partition, envelope.chunk_id.strip())
        assembly = self._assemblies.get(key) or self._begun(packet, envelope, now)
        if assembly.count != envelope.chunk_count:
            raise ChunkError(f"chunk_count {envelope.chunk_count}, and {assembly.count} before")
        assembly.seen = now
        if envelope.chunk_index in assembly.parts:
            return None
        if sum(one.size for one in self.pending) + frame.size > self._profile.chunk_bytes:
            raise ChunkError(f"more than {self._profile.chunk_bytes} bytes wait for their last part")
        self._assemblies[key] = assembly
        assembly.parts[envelope.chunk_index] = frame
        assembly.packets.append(packet.id)
        if assembly.missing:
            return None
        del self._assemblies[key]
        return _joined(assembly, packet.id)

    def _begun(self, packet: Packet, envelope: Envelope, now: float) -> Assembly:
        if len(self._assemblies) >= self._profile.chunk_assemblies:
            raise ChunkError(f"more than {self._profile.chunk_assemblies} packets wait for their last part")
        return Assembly(packet, envelope.chunk_count, now)


def _checked(packet: Packet, envelope: Envelope, profile: HubProfile) -> Frame:
    """The frame of a part that is well formed. Raises ChunkError."""
    frame = packet.frame
    wrong = {
        "a part has no chunk_id": not envelope.chunk_id.strip(),
        "a part has no stream_id": not envelope.stream_id.strip(),
        "a part has no chunk_count": not envelope.chunk_count,
        f"chunk_index {envelope.chunk_index} of {envelope.chunk_count}": envelope.chunk_index >= envelope.chunk_count,
        "a part has no binary frame": frame is None or frame.kind != "binary",
        f"a part is larger than {profile.chunk_size} bytes": frame is not None and frame.size > profile.chunk_size,
        "chunk_bytes is not the size of the part": frame is not None and envelope.chunk_bytes not in (0, frame.size),
    }
    for problem, holds in wrong.items():
        if holds:
            raise ChunkError(problem)
    assert frame is not None
    return frame


def _joined(assembly: Assembly, packet: str) -> Packet:
    first, parts = assembly.first, [assembly.parts[index] for index in range(assembly.count)]
    size = sum(part.size for part in parts)
    envelope, frame = first.envelope, first.frame
    assert envelope is not None
    assert frame is not None
    if envelope.total_bytes and envelope.total_bytes != size:
        raise ChunkError(f"total_bytes {envelope.total_bytes}, and {size} bytes came")
    whole = replace(envelope, chunk_id="", chunk_index=0, chunk_count=0, chunk_bytes=0, total_bytes=0)
    joined = replace(frame, size=size, data=b"".join(part.data for part in parts))
    return replace(first, id=packet, frame=joined, envelope=whole)
