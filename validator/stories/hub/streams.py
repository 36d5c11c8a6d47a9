"""The way from the hub to one connector: its buffer, credits, sequence numbers and packets without a receipt.

Source: story-run.md, B9. What follows from a full buffer was read in the source of the hub, not observed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from validator.findings import Json
from validator.stories.hub.packets import Envelope, Packet
from validator.stories.hub.profile import HubProfile


@dataclass(frozen=True, slots=True)
class Terms:
    """How packets are kept and sent on: settings of the receiver's transport."""

    messages: int
    bytes: int
    drops_oldest: bool = False
    max_age: float = 0.0
    """Seconds in the buffer; 0 for any."""
    lanes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Messages and bytes that the buffer takes of one kind."""
    flow: str = "none"
    credits: int = 0
    pause_at: float = 0.0
    """Part of the buffer; 0 for never."""
    resume_at: float = 0.0
    ordering: str = "none"
    at_least_once: bool = False
    durable: bool = False
    """Whether packets without a receipt outlive the stream: `replay.mode: durable`."""
    in_flight: int = 0
    """Packets without a receipt at once; 0 for any number."""

    @classmethod
    def of(cls, settings: Mapping[str, Json], profile: HubProfile) -> Terms:
        """From the settings of a transport; what is not understood is as if it were not there."""
        buffer = _block(settings, "backpressure", "buffer")
        messages = _count(buffer.get("maxMessages")) or profile.buffer_messages
        size = _count(buffer.get("maxBytes")) or profile.buffer_bytes
        flow = _block(settings, "flowControl")
        mode = _word(flow.get("mode"))
        delivery = _block(settings, "delivery")
        ordering, replay = _word(delivery.get("ordering")), _word(_block(delivery, "replay").get("mode"))
        once = _word(delivery.get("semantics")) == "at_least_once" or replay in ("memory", "durable")
        ordering = ordering if ordering in ("per_stream", "per_partition") else "none"
        controlled = mode in ("credits", "window")
        return cls(
            messages,
            size,
            _word(buffer.get("dropPolicy")) == "drop_oldest",
            float(_count(buffer.get("maxAgeSeconds"))),
            dict(_lanes(settings.get("lanes"))),
            mode if controlled else "none",
            _count(_block(flow, "initialCredits").get("messages")) or messages,
            *(_thresholds(flow) if controlled else (0.0, 0.0)),
            "per_stream" if once and ordering == "none" else ordering,
            once,
            replay == "durable",
            _count(_block(settings, "lifecycle").get("maxInFlight")),
        )


class Offer(Enum):
    """What becomes of a packet that is offered to a stream."""

    SENT = "sent"
    BUFFERED = "buffered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class BufferEntry:
    """A packet in a buffer."""

    packet: Packet
    source: str
    since: float
    companions: tuple[tuple[str, str], ...] = ()
    """The packets that were joined with it, each with its source."""
    size: int = 0
    """Bytes, as the buffer counts them."""


@dataclass(slots=True)
class Stream:
    """The way to one step."""

    step: str
    connected: bool = False
    buffer: deque[BufferEntry] = field(default_factory=deque)
    bytes: int = 0
    credits: int | None = None
    paused: bool = False
    last_active: float = 0.0
    sequences: dict[str, int] = field(default_factory=dict)
    """The last number given, by partition."""
    unacked: dict[tuple[str, int], BufferEntry] = field(default_factory=dict)

    def offer(
        self, entry: BufferEntry, terms: Terms, *, keeps: bool = True
    ) -> tuple[Offer, Packet, tuple[BufferEntry, ...]]:
        """Send a packet, or keep it: what became of it, as it is now, and what the buffer lost for it.

        Packets that wait are sent first; while some remain, a new one waits behind them.
        """
        packet = self._numbered(entry.packet, terms)
        entry = replace(entry, packet=packet, size=packet.size)
        if self.connected and not self.buffer and self._may_send(terms):
            self._sent(entry, terms)
            return Offer.SENT, entry.packet, ()
        return self._keep(entry, terms) if keeps else (Offer.REFUSED, entry.packet, ())

    def flush(self, terms: Terms) -> Iterator[BufferEntry]:
        """Send what waits, as far as credits reach."""
        while self.connected and self.buffer and self._may_send(terms):
            entry = self.buffer.popleft()
            self.bytes -= entry.size
            self._sent(entry, terms)
            yield entry
        self._set_pause(terms)

    def replay(self) -> tuple[BufferEntry, ...]:
        """The packets without a receipt, in order: they are sent again when the connector comes back."""
        return tuple(self.unacked[key] for key in sorted(self.unacked))

    def expire(self, now: float, terms: Terms, idle: float) -> tuple[BufferEntry, ...]:
        """Give up packets that have waited for too long, and the buffer when nothing has happened to it."""
        gone = []
        while self.buffer and terms.max_age and now - self.buffer[0].since > terms.max_age:
            gone.append(self.buffer.popleft())
        if self.buffer and now - self.last_active > idle:
            gone += self.buffer
            self.buffer.clear()
        self.bytes -= sum(one.size for one in gone)
        return tuple(gone)

    def acknowledge(self, sequence: int, partition: str = "") -> None:
        """All packets up to a number have arrived."""
        for key in [key for key in self.unacked if key[0] == partition and key[1] <= sequence]:
            del self.unacked[key]

    def _keep(self, entry: BufferEntry, terms: Terms) -> tuple[Offer, Packet, tuple[BufferEntry, ...]]:
        lost: list[BufferEntry] = []
        while not self._fits(entry, terms):
            if not terms.drops_oldest or not self.buffer:
                return Offer.REFUSED, entry.packet, tuple(lost)
            oldest = self.buffer.popleft()
            self.bytes -= oldest.size
            lost.append(oldest)
        self.buffer.append(entry)
        self.bytes += entry.size
        self.last_active = entry.since
        self._set_pause(terms)
        return Offer.BUFFERED, entry.packet, tuple(lost)

    def _fits(self, entry: BufferEntry, terms: Terms) -> bool:
        if len(self.buffer) >= terms.messages or self.bytes + entry.size > terms.bytes:
            return False
        lane = terms.lanes.get(entry.packet.lane)
        if lane is None:
            return True
        same = [one.size for one in self.buffer if one.packet.lane == entry.packet.lane]
        return len(same) < lane[0] and sum(same) + entry.size <= lane[1]

    def _set_pause(self, terms: Terms) -> None:
        """A buffer that is nearly full stops sending, and goes on when it has emptied: sending is what empties it."""
        filled = max(len(self.buffer) / terms.messages, self.bytes / terms.bytes)
        if terms.pause_at and not self.paused and filled >= terms.pause_at:
            self.paused = True
        elif self.paused and filled <= terms.resume_at:
            self.paused = False

    def _may_send(self, terms: Terms) -> bool:
        if self.paused or (terms.at_least_once and terms.in_flight and len(self.unacked) >= terms.in_flight):
            return False
        if terms.flow == "none":
            return True
        if self.credits is None:
            self.credits = terms.credits
        return self.credits > 0

    def _sent(self, entry: BufferEntry, terms: Terms) -> None:
        if self.credits is not None and terms.flow != "none":
            self.credits -= 1
        envelope = entry.packet.envelope
        if terms.at_least_once and envelope is not None and envelope.sequence:
            self.unacked[envelope.partition if terms.ordering == "per_partition" else "", envelope.sequence] = entry
        self.last_active = max(self.last_active, entry.since)

    def _numbered(self, packet: Packet, terms: Terms) -> Packet:
        ordered = terms.ordering != "none" or terms.at_least_once
        if not ordered and packet.envelope is None:
            return packet
        envelope = packet.envelope or Envelope()
        if ordered and not envelope.sequence:
            partition = envelope.partition if terms.ordering == "per_partition" else ""
            self.sequences[partition] = self.sequences.get(partition, 0) + 1
            envelope = replace(envelope, sequence=self.sequences[partition])
        return replace(packet, envelope=replace(envelope, stream_id=envelope.stream_id or self.step))


def _block(holder: Mapping[str, Json], *way: str) -> Mapping[str, Json]:
    for key in way:
        inner = holder.get(key)
        if not isinstance(inner, dict):
            return {}
        holder = inner
    return holder


def _word(value: Json) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _count(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _thresholds(flow: Mapping[str, Json]) -> tuple[float, float]:
    pause = min(100, _count(_block(flow, "pauseThreshold").get("bufferPct"))) / 100
    resume = min(100, _count(_block(flow, "resumeThreshold").get("bufferPct"))) / 100
    return pause, resume if 0 < resume <= pause else pause / 2


def _lanes(value: Json) -> Iterator[tuple[str, tuple[int, int]]]:
    for lane in value if isinstance(value, list) else ():
        if isinstance(lane, dict) and _word(lane.get("kind")):
            limits = _count(lane.get("maxMessages")), _count(lane.get("maxBytes"))
            yield _word(lane.get("kind")), (limits[0] or 1 << 31, limits[1] or 1 << 62)
