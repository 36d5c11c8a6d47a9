"""The words of the streaming sandbox: packets, what a case does with them, and what came over the wire.

Frozen and plain; nothing here does anything. The harness plays a `StreamCase` and hands back what `StreamRun` holds
(contract/runtime.md, section 2; the streaming contract, sections 1 to 11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from validator.findings import Json
from validator.sandbox.harness.wire_names import PROTOCOL_VERSION
from validator.sandbox.model import Exit, Identity, Request, Secret
from validator.sandbox.service_model import Service, ServiceLog

STREAM_ID = "st-1"
PARTITION = "p0"


@dataclass(frozen=True, slots=True)
class Binary:
    """Opaque bytes with a MIME type."""

    content: bytes
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Audio:
    """One audio frame."""

    content: bytes
    sample_rate_hz: int = 16000
    channels: int = 1
    codec: str = "pcm16"


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet for the engram. It is sequenced, so that a receipt tells when the engram is done with it."""

    payload: Json = None
    """The upstream step's output (`packet.*`); None leaves it out."""
    inputs: Json = None
    """The step's evaluated `with` block; None leaves it out."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    kind: str = "data"
    id: str = ""
    """Message id (`bubu.envelope.message_id`)."""
    binary: Binary | None = None
    audio: Audio | None = None
    transports: tuple[Mapping[str, str], ...] = ()
    """Transport descriptors: `name`, `kind`, `mode`."""
    delay: float = 0.0
    """Seconds to wait before it is sent."""
    hook: str = ""
    """A lifecycle event, `steprun.ready` or `storyrun.ready`: makes the packet a hook as the hub sends it."""
    sequenced: bool = True
    """Give it the next sequence number. Hooks and heartbeats travel without."""
    repeats: str = ""
    """Label of an earlier packet that is sent again with its sequence number, as a replay."""
    chunks: tuple[int, ...] = ()
    """Split the frame: the indices in sending order. `(2, 0, 1)` is out of order, `(0, 2)` misses one of three when
    `chunk_count` says so, `(0, 0, 1)` repeats one."""
    chunk_count: int = 0
    """Number of chunks that the frame is cut into; 0 for the highest index plus one."""
    chunk_lies: tuple[Mapping[str, int], ...] = ()
    """What each chunk, in sending order, says of itself instead of the truth: `({}, {"chunk_index": 7})`."""
    raw: bytes | None = None
    """A whole serialised `DataResponse` instead of all of the above."""
    label: str = ""
    """How findings call it; `packet 3` by default."""
    answered: bool = True
    """Whether a receipt is due. False for packets that no engram can be done with (a message with a chunk missing)."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a packet, as often as `times` says (each with its own sequence number)."""

    packet: Packet
    times: int = 1
    background: bool = False
    """Go on with the next step while it is being sent: for engrams that are not read from."""


@dataclass(frozen=True, slots=True)
class Control:
    """Send a control message."""

    action: str = ""
    """A standard verb (`heartbeat`, `handoff.draining`, `ack`, …) or a custom action."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    flow: str = ""
    """`pause` or `resume` for a flow-control signal."""


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for an event. What does not come is not an error here: the judges see that it is missing.

    `what` is `receipts` (of all packets due so far), `outputs` (`count` messages since the last mark), `control`
    (`count` control messages named `name` since the last mark; `ack X` is an ACK of X, `data-heartbeat` one on the Data
    stream), `session` (the `count`-th session is ready), `sessions-ended` (`count` sessions have ended), `quiet` (no
    message of the engram for `within` seconds), `stall` (nothing moves in either direction for `count` heartbeats on
    Control; for `within` seconds without an SDK) or `exit`.
    """

    what: str
    count: int = 1
    name: str = ""
    within: float | None = None
    """Seconds; None for the time limit of the case."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """End the current session."""

    code: str = "OK"
    """gRPC status of both streams: `OK`, `UNAVAILABLE`, `FAILED_PRECONDITION`, …"""
    refuse: int = 0
    """How many sessions to refuse with this status afterwards; -1 for all."""
    streams: str = "both"
    """`both` or `data`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Stop or go on reading what the engram sends on its Data stream."""

    on: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A named moment of the case."""

    name: str


Step: TypeAlias = Send | Control | Await | Disconnect | Reading | Mark


@dataclass(frozen=True, slots=True)
class Handshake:
    """How the connector starts a session."""

    capabilities: str | None = "none"
    """Value of `startup.capabilities` in `connector.ready`: `none`, `required`, or something wrong; None leaves it
    out."""
    snapshot: Mapping[str, str] = field(default_factory=lambda: {"binary.mime": "application/octet-stream"})
    """Metadata of `connector.capabilities`, sent when the capabilities are required."""
    ready: bool = True
    """Send `connector.ready` as soon as the control stream opens; False leaves that to a `Control` step."""
    send_snapshot: bool = True
    early: bool = False
    """Deliver packets as soon as the streams are open, before the engram may start on them."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What has to come out. Empty expects nothing in particular."""

    packets: tuple[Mapping[str, Json], ...] = ()
    """Members of an output (`payload`, `inputs`, `metadata`, `kind`, `mime`, `text`), each an exact value or a JSON
    Schema at any node."""
    order: str = "any"
    """`any` or `exact`."""
    count: int | None = None
    """Exactly so many outputs."""
    within: float | None = None
    """Seconds after the last packet; None for the time limit of the case."""

    @property
    def least(self) -> int | None:
        """How many outputs the driver may wait for; None when nothing is said."""
        if self.count is not None:
            return self.count
        return len(self.packets) or None


@dataclass(frozen=True, slots=True)
class StreamCase:
    """One run of a streaming engram: what it is told, what it is sent, and what has to come back."""

    name: str
    steps: tuple[Step, ...] = ()
    """What happens once the first session is ready. Packets of one session in order; see `from_sessions`."""
    expect: Expectation = Expectation()
    config: Mapping[str, Json] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    context: Mapping[str, Json] = field(default_factory=lambda: {"inputs": {}, "steps": {}})
    env: Mapping[str, str] = field(default_factory=dict)
    """Further variables; they win over everything else."""
    identity: Identity = field(default_factory=Identity)
    delivery: str = "evaluated"
    """`evaluated` (the frame is made from the hub's data: what is meant) or `forwarded` (the frame is what the
    upstream engram sent and the hub's data stands beside it: what the hub does)."""
    handshake: Handshake = Handshake()
    protocol_version: str = PROTOCOL_VERSION
    """In the binding."""
    audio_codecs: tuple[str, ...] = ()
    video_codecs: tuple[str, ...] = ()
    binary_types: tuple[str, ...] = ()
    time_limit: float = 30.0
    """Seconds until the driver stops the engram, whatever has come."""
    startup: float = 10.0
    """Seconds that the engram has to open its streams."""
    quiet: float = 0.15
    """Seconds without a message after the last receipt that count as the end: the contract has no event for it."""
    patience: float = 5.0
    """Seconds without any sign of life after which something that is due (a receipt, an output) counts as missing."""
    grace: float = 10.0
    """Seconds between SIGTERM and SIGKILL."""
    window: int = 16
    """Packets under way without a receipt. The SDK drops receipts when its queue (`buffer`) is full."""
    buffer: int = 16
    """`BUBU_GRPC_CHANNEL_BUFFER_SIZE`."""
    retries: int = 0
    """`BUBU_GRPC_RECONNECT_MAX_RETRIES`: 0 makes the first session error a crisp exit."""
    probe: str = ""
    """Which row of the contract a built-in case tries; empty for written and generated cases."""
    stop: bool = True
    """End with SIGTERM. False when the case itself makes the engram end."""
    least: float = 0.0
    """Seconds that it takes at least: a time limit below makes it pointless."""
    storage: bool = False
    """Give it file storage (`BUBU_STORAGE_*`)."""
    services: tuple[Service, ...] = ()
    """Stub services beside it; `${{ services.NAME.url }}` in what it is told becomes the address."""

    @classmethod
    def from_sessions(cls, name: str, sessions: tuple[tuple[Packet, ...], ...], **more: object) -> StreamCase:
        """A case of several sessions: each sends its packets and awaits their receipts before the connection drops."""
        steps: list[Step] = []
        for number, packets in enumerate(sessions, 1):
            if number > 1:
                steps += [Disconnect("UNAVAILABLE"), Await("session", number)]
            steps += [Send(packet) for packet in packets]
            if number < len(sessions):
                steps.append(Await("receipts"))
        if len(sessions) > 1:
            more.setdefault("retries", len(sessions))
        return cls(name=name, steps=tuple(steps), **more)  # type: ignore[arg-type]  # the names of our own fields


@dataclass(frozen=True, slots=True)
class Violation:
    """A field beyond its limit."""

    field: str
    """Its path in the message, such as `metadata["trace"]`."""
    limit: str
    """In words: `at most 1024 characters`."""
    found: Json


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the transcript."""

    at: float
    """Seconds since the connector was opened."""
    by: str
    """`engram`, `connector` or `driver`."""
    stream: str
    """`data`, `control`, or empty for what concerns the whole case."""
    event: str
    """`open`, `message`, `garbage`, `end` or `mark`."""
    session: int = 0
    """From 1."""
    size: int = 0
    """Bytes on the wire."""
    label: str = ""
    """The packet, control verb or mark."""
    body: Mapping[str, Json] = field(default_factory=dict)
    """The message as a document; long values are trimmed."""
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet that was sent."""

    label: str
    at: float
    session: int
    sequence: int
    """0 when it had none."""
    due: bool
    """A receipt is expected."""
    receipts: tuple[float, ...] = ()
    """When the receipts came."""
    size: int = 0


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that the engram logged."""

    at: float
    """Seconds since the connector was opened; -1 when unknown."""
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class StreamRun:
    """What one streaming run came to: truth is what was on the wire, and the receipts."""

    case: StreamCase
    transcript: tuple[Entry, ...] = ()
    sent: tuple[Sent, ...] = ()
    settled: str = "finished"
    """Why the driver stopped: `finished`, `time-limit`, `exited` (the engram went first) or `stalled` (the engram
    stopped reading)."""
    where: str = ""
    """The step that the script had reached when it ended early."""
    exit: Exit = field(default_factory=lambda: Exit(None))
    signalled: bool = False
    """We asked the engram to stop; its exit code means nothing then (contract/runtime.md 2.9)."""
    stop_seconds: float = 0.0
    """From SIGTERM to the end."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Messages in total: `outputs`, `receipts`, `heartbeats`, `control`, `omitted` (beyond what the transcript
    keeps), `stray-receipts`; `silent` is 1 when the engram fell silent at the end."""
    logs: tuple[LogLine, ...] = ()
    phases: Mapping[str, float] = field(default_factory=dict)
    """Seconds: `spawn`, `control_open`, `first_output`, `settled`, `stop`."""
    status: Mapping[str, Json] = field(default_factory=dict)
    """Of its StepRun, as it was held at the end: `signals`, `signalEvents` and `effects` are the engram's."""
    requests: tuple[Request, ...] = ()
    """What it asked of the Kubernetes API: signals and effects need it."""
    objections: tuple[str, ...] = ()
    """Why a real API server would refuse what it wrote there (definition of StepRun)."""
    unknown: tuple[str, ...] = ()
    """`METHOD path` of requests that the stand-in for Kubernetes has no answer to."""
    limits: tuple[str, ...] = ()
    """What the API refused for no other reason than that it is a stand-in."""
    sdk_version: str = ""
    """Version of the SDK that the engram was built with; empty when it has none or it is unknown."""
    files: Mapping[str, Json] = field(default_factory=dict)
    """What it put into storage: key -> document."""
    unread: tuple[str, ...] = ()
    """Keys of files there that were not read: there is no room for them here."""
    services: ServiceLog | None = None
    """What was asked of its stub services; None when it had none."""
    lookups: tuple[str, ...] = ()
    """Names looked up in the pod while it ran."""
    unrouted: int = 0
    """How often an IPv4 address beyond the pod was dialled while it ran."""
    seconds: float = 0.0

    @property
    def outputs(self) -> tuple[Entry, ...]:
        """The engram's data messages, without heartbeats."""
        return tuple(
            entry
            for entry in self.transcript
            if entry.by == "engram"
            and entry.stream == "data"
            and entry.event == "message"
            and not entry.body.get("heartbeat")
        )

    @property
    def by_stream(self) -> tuple[Entry, ...]:
        """What the engram did, Data before Control: which of two streams is heard first is chance, and no verdict's."""
        own = (entry for entry in self.transcript if entry.by == "engram")
        return tuple(sorted(own, key=lambda entry: entry.stream == "control"))

    @property
    def emitted(self) -> int:
        """How many data messages it sent, also those that the transcript does not keep."""
        return max(len(self.outputs), self.counts.get("outputs", 0))

    @property
    def sessions(self) -> int:
        """How many sessions the engram opened."""
        return max((entry.session for entry in self.transcript), default=0)

    def marked(self, name: str) -> float | None:
        """When a mark was reached; None when it was not."""
        return next((entry.at for entry in self.transcript if entry.event == "mark" and entry.label == name), None)

    def missing(self) -> tuple[Sent, ...]:
        """Packets whose receipt never came."""
        return tuple(sent for sent in self.sent if sent.due and not sent.receipts)
