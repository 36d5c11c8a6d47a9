"""What became of a packet, and the causes by which it can be lost (story-run.md, table B12)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from validator.stories.hub.packets import Packet
from validator.stories.hub.places import Place


class HopStatus(StrEnum):
    """Where a packet ended on its way to one step."""

    DELIVERED = "delivered"
    FILTERED = "filtered by if"
    BLOCKED = "blocked"
    DROPPED = "dropped"
    STREAM_CLOSED = "stream closed"
    BUFFERED = "buffered"
    JOINING = "in a join"
    UNKNOWN = "unknown"
    """A template that is not evaluated exactly here: a guess would be worse than no answer."""


class Cause(Enum):
    """Why. The number is the row of table B12; causes beyond the table have none."""

    OUTPUT_SCHEMA = (1, "B4.6", "the output breaks the outputSchema of its engram")
    INPUT_SCHEMA = (2, "B6.8", "the input breaks the inputSchema of the receiver")
    EVALUATION = (3, "B6.1", "a template cannot be evaluated")
    MISSING_STEP = (4, "B6.1", "a template is exactly a path to a step that the packet does not come from")
    CONDITION = (5, "B6.1", "`if` is false")
    ROUTING_RULE = (6, "B6.4", "a routing rule keeps it away")
    OTHER_TRANSPORT = (7, "B5.2", "the receiver is on another transport")
    NEEDS_PRIMITIVE = (8, "B5.3", "the receiver needs only primitives, which send nothing")
    STOP = (9, "B5.4", "a `stop` stands before the receiver")
    JOIN_INCOMPLETE = (10, "B6.3", "the packets that it is joined with did not come")
    NO_JOIN_KEY = (11, "B6.3", "without a join key the receiver runs once for each packet")
    ID_IS_NOT_NAME = (12, "B4.4", "the hub knows the sender by its id, and the connector says its name")
    BUFFER_FULL = (13, "B9.1", "the buffer of the receiver is full")
    CONNECTOR = (14, "B3.2", "the connector of the sender dropped it")
    EMPTY = (15, "B4.5", "it has neither payload, inputs nor media")
    CHUNK = (16, "B10", "a part of it never came")
    HOOK = (17, "B8.2", "no step takes the hook")
    READY_NEVER_SENT = (18, "B2.5", "a step sends directly and never registers at the hub")
    PEER_WITHOUT_ADDRESS = (19, "B2.3a", "the only receiver is a primitive, which has no connector")
    PEER_TO_PEER = (20, "B2.4", "peer to peer: nothing looks at it")
    LISTED_EARLIER = (0, "B5.1", "the receiver is listed before the sender")
    MAX_DOWNSTREAMS = (0, "B5.6", "the transport allows no more receivers")
    ENGRAM_UNKNOWN = (0, "B6.5", "the engram of the receiver is not in the namespace of the run")
    PRIMITIVE_FAILED = (0, "B5.4", "a primitive before the receiver failed")
    STEP_FAILED = (0, "B7", "the receiver runs as a job, and it failed")
    NO_STREAM = (0, "B4.1", "the sender has no stream at the hub")
    NO_RECEIPT = (0, "B9.3", "the receiver went away before its receipt, and nothing is sent again")
    EVICTED = (0, "B9.1", "it waited in the buffer for too long")
    FAULT = (0, "B9.1", "a fault of the case took it")
    ENGRAM_ENDED = (0, "B3.3", "the engram ended before it was done with it")
    NOT_DONE = (0, "B3.5", "the engram never said that it is done with it")

    def __init__(self, row: int, section: str, text: str) -> None:
        self.row = row
        self.section = section
        """Of story-run.md."""
        self.text = text

    @property
    def is_inferred(self) -> bool:
        """Whether it was concluded from the source and never observed."""
        return self in (Cause.ID_IS_NOT_NAME, Cause.READY_NEVER_SENT, Cause.PEER_WITHOUT_ADDRESS, Cause.NO_RECEIPT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One packet on its way from one step to another. The last outcome of a way is what became of it."""

    packet: str
    """Its id."""
    source: str
    target: str
    """Empty where it was lost before the hub looked at any receiver."""
    status: HopStatus
    at: float
    """Seconds of virtual time."""
    cause: Cause | None = None
    """With `DELIVERED`: what is strange about it."""
    detail: str = ""
    """The expression, field, rule or step that it is about."""
    place: Place | None = None
    """What is behind it, where that is known more exactly than by the cause."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A packet that reaches the connector of a step."""

    target: str
    packet: Packet
    at: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Emission:
    """A packet that a step puts out."""

    source: str
    packet: Packet
    at: float
    parent: str = ""
    """The id of the packet that it answers; empty for none, or where that is not known."""
    clock: float = 0.0
    """Real seconds since the run began; 0 for a mock."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The hub tells a connector to stop taking packets from its engram, or to go on (B9.4)."""

    step: str
    paused: bool
    at: float


@dataclass(frozen=True, slots=True)
class Reaction:
    """All that follows from one event."""

    outcomes: tuple[Outcome, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    pauses: tuple[Pause, ...] = ()
    closed: str = ""
    """The step whose stream the hub has closed; its connector will come back (B3.3)."""
    status: str = ""
    """The status of a closed stream, as gRPC names it."""

    def __add__(self, other: Reaction) -> Reaction:
        return Reaction(
            self.outcomes + other.outcomes,
            self.deliveries + other.deliveries,
            self.pauses + other.pauses,
            self.closed or other.closed,
            self.status or other.status,
        )
