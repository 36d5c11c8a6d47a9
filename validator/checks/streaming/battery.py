"""The rows of the contract as cases: what a connector does to an engram to see that it keeps its promises.

Each needs packets that the engram takes; it is judged by the same-named entry of `verdict.PROBES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from validator.checks.streaming import chunks, liveness, reconnect
from validator.checks.streaming.sample import Sample
from validator.findings import Json
from validator.sandbox.stream_model import (
    Await,
    Control,
    Disconnect,
    Handshake,
    Mark,
    Packet,
    Reading,
    Send,
    Step,
    StreamCase,
    StreamRun,
)

MANY = 1000
"""Packets of a burst."""
LARGE = 9 << 20
"""Bytes of a large packet."""
BURST_BYTES = 32 << 20
"""Bytes of answers that the packets of a burst may bring: the queue that holds them is as long as the burst."""
SLOW_PACKETS = 128
SLOW_BYTES = 64 << 10
SLOW_ANSWERS = 256 << 10
"""Bytes of answers that no transport takes from an engram while the connector does not read."""
STALL_MS = 20
"""Interval of the heartbeats by which an engram shows that it runs while nothing moves."""
UNDER_WAY = 8
"""Packets that a dropped connection finds an engram at work on."""
BUSY = 4
"""How many times as long as another row one of many packets may take: it ends when they are done, or no more happens,
so that only a slow machine needs it."""
PLAIN = 3
PACED = 16
"""Packets that show how fast an engram is, on a machine that was too busy for `PLAIN` of them to show it."""
OPEN = 0.25
"""Seconds from the arrival of a packet to a drop that finds it open."""
FENCE = "sandbox.fence"
"""A custom control action: its ACK comes after the answers to all before it."""

NEEDS: Mapping[str, set[str]] = {
    "held-capabilities": {"held-ready"},
    "ready-malformed": {"ready-missing"},
    "reconnect": {"input-closed"},
    "replay": {"input-closed", "reconnect"},
    "give-up": {"input-closed"},
    "hook-twice": {"hooks", "duplicate"},
    "chunk-counts": {"chunks", "reconnect"},
    "chunk-expiry": {"chunks"},
}
"""Probe -> probes without which it only shows a consequence."""

LONGEST = ("slow-reader", "burst", "large", "hook-twice", "handoff", "replay")
"""Probes that take longer than others."""

APPLIES: Mapping[str, Callable[[StreamRun], bool]] = {"signals-fail": lambda plain: bool(plain.status.get("signals"))}
"""Probe -> whether there is anything to try, going by the plain case."""

ERROR: dict[str, Json] = {
    "version": "v1",
    "type": "execution_error",
    "message": "the upstream step could not handle a packet",
    "retryable": False,
    "exitClass": "terminal",
}


def plain(sample: Sample) -> StreamCase:
    """The case that all others build on: packets in, answers out, stopped in good order."""
    return _case(sample, "plain", tuple(Send(sample.packet) for _ in range(PLAIN)))


def paced(sample: Sample) -> StreamCase:
    """The plain case with packets enough to see how long one takes at best."""
    return _case(sample, "pace", tuple(Send(sample.packet) for _ in range(PACED)))


def probes(sample: Sample) -> tuple[StreamCase, ...]:
    """Every row of the contract, in the order in which a person would try them."""
    return tuple(make(sample) for make in _PROBES)


def answered(case: StreamCase) -> int:
    """How many of a case's packets are plain ones: each must be answered as in the plain case."""
    return sum(step.times for step in plain_sends(case))


def plain_sends(case: StreamCase) -> list[Send]:
    """Those steps."""
    return [
        step
        for step in case.steps
        if isinstance(step, Send)
        and step.packet.kind == "data"
        and step.packet.sequenced
        and step.packet.answered
        and not (step.packet.hook or step.packet.repeats)
        and step.packet.payload != {}
    ]


def _case(sample: Sample, probe: str, steps: tuple[Step, ...], **more: object) -> StreamCase:
    case = StreamCase(
        name=probe,
        probe=probe,
        steps=steps,
        config=sample.config,
        secrets=sample.secrets,
        env=sample.env,
        identity=sample.identity,
        time_limit=sample.time_limit,
        patience=sample.patience,
        grace=sample.grace,
        quiet=sample.quiet,
        startup=sample.startup,
    )
    return replace(case, **more)  # type: ignore[arg-type]  # the names of our own fields


def _answered(sample: Sample, more: int = 0) -> tuple[Step, ...]:
    """Receipts and outputs travel on streams of their own: wait for the outputs of a packet, too.

    `more` outputs may come besides, but need not.
    """
    if not sample.answers:
        return (Await("quiet", within=sample.quiet),)
    expected = Await("outputs", sample.answers)
    return (expected, Await("outputs", sample.answers + more, within=sample.observe)) if more else (expected,)


def _env(sample: Sample, **milliseconds: int) -> dict[str, str]:
    return {**sample.env, **{name: f"{value}ms" for name, value in milliseconds.items()}}


def _held_ready(sample: Sample) -> StreamCase:
    """Section 8: `connector.ready` comes late, and packets are there before it."""
    steps = (
        Send(sample.packet, background=True),
        Await("quiet", within=sample.observe),
        Mark("ready"),
        Control("connector.ready"),
        Await("receipts"),
    )
    return _case(sample, "held-ready", steps, handshake=Handshake(ready=False, early=True))


def _held_capabilities(sample: Sample) -> StreamCase:
    """Section 8: the capabilities are required and come late."""
    handshake = Handshake(capabilities="required", send_snapshot=False, early=True)
    steps = (
        Send(sample.packet, background=True),
        Await("quiet", within=sample.observe),
        Mark("capabilities"),
        Control("connector.capabilities", handshake.snapshot),
        Await("receipts"),
    )
    return _case(sample, "held-capabilities", steps, handshake=handshake)


def _bad_ready(name: str, capabilities: str | None) -> Callable[[Sample], StreamCase]:
    def make(sample: Sample) -> StreamCase:
        """Section 8: missing or malformed `startup.capabilities`."""
        handshake = Handshake(capabilities=capabilities, early=True)
        steps = (Send(sample.packet, background=True), Await("sessions-ended", within=sample.patience))
        return _case(sample, name, steps, handshake=handshake, stop=False)

    return make


def _fence(within: float) -> tuple[Step, ...]:
    """Until the engram has taken all that was said to it."""
    return Control(FENCE), Await("control", name=f"ack {FENCE}", within=within)


def _observed(sample: Sample) -> tuple[Step, ...]:
    """A while in which it could do what it must not do: at the end of it, it is seen to be at work."""
    return Await("exit", within=sample.observe), *_fence(sample.patience)


def _ack(sample: Sample) -> StreamCase:
    """Section 8: an ACK gets no ACK."""
    steps = (
        Mark("ack"),
        Control("ack", {"type": "sandbox.probe", "handled": "true", "received": "true"}),
        *_fence(sample.patience),
    )
    return _case(sample, "ack", steps)


def _protocol(sample: Sample) -> StreamCase:
    """Section 8: the binding is of another protocol version."""
    return _case(sample, "protocol", (), protocol_version="9.9.9", stop=False, time_limit=max(1.0, sample.patience))


def _heartbeats(sample: Sample) -> StreamCase:
    """Section 8: an idle engram, with short intervals."""
    interval = liveness.HEARTBEAT_MS
    steps = (
        Await("control", name="heartbeat", within=liveness.HEARTBEAT_WITHIN),
        Await("control", name="data-heartbeat", within=liveness.HEARTBEAT_WITHIN),
    )
    env = _env(sample, BUBU_TRANSPORT_HEARTBEAT_INTERVAL=interval, BUBU_GRPC_HEARTBEAT_INTERVAL=interval)
    return _case(sample, "heartbeats", steps, env=env)


def _hang(sample: Sample) -> StreamCase:
    """Section 6: no traffic at all, with a hang time-out."""
    steps = (*_fence(sample.patience), Mark("silence"), Await("sessions-ended", within=liveness.HANG_WITHIN))
    # Heartbeats are traffic.
    env = _env(sample, BUBU_GRPC_HANG_TIMEOUT=liveness.HANG_MS, BUBU_GRPC_HEARTBEAT_INTERVAL=liveness.RARE_MS)
    return _case(sample, "hang", steps, env=env, stop=False)


def _handoff(sample: Sample) -> StreamCase:
    """Section 8: the connector drains, and comes back."""
    steps = (
        Send(sample.packet),
        Await("receipts"),
        *_answered(sample),
        Control("handoff.draining"),
        Await("control", name="ack handoff.draining", within=sample.patience),
        # What it had put out before may still be on its way.
        Await("quiet", within=sample.observe),
        Mark("draining"),
        *_observed(sample),
        Mark("cutover"),
        Control("handoff.cutover"),
        Control("handoff.ready"),
        Send(replace(sample.packet, label="the packet after the cutover")),
        Await("receipts"),
    )
    return _case(sample, "handoff", steps)


def _pause(sample: Sample) -> StreamCase:
    """Section 8: pause and resume."""
    steps = (
        Control(flow="pause"),
        *_fence(sample.patience),
        Mark("paused"),
        Send(sample.packet, background=True),
        # Its answer, not a moment: whoever takes no notice answers as soon as the machine lets it.
        Await("outputs", sample.answers or 1, within=sample.patience),
        *_fence(sample.patience),
        Mark("resumed"),
        Control(flow="resume"),
        Await("receipts"),
    )
    return _case(sample, "pause", steps)


def _duplicate(sample: Sample) -> StreamCase:
    """Section 5: a packet that is done comes again."""
    steps = (
        Send(replace(sample.packet, label="the packet")),
        Await("receipts"),
        *_answered(sample),
        Mark("again"),
        Send(replace(sample.packet, repeats="the packet", label="the packet")),
        Await("receipts"),
    )
    return _case(sample, "duplicate", steps)


def _replay(sample: Sample) -> StreamCase:
    """Section 5: the connection drops before a packet is done, and while others have just come."""
    many = UNDER_WAY if UNDER_WAY * sample.pace <= sample.observe else 0
    more = replace(sample.packet, label="a packet under way")
    steps = (
        Send(sample.packet),
        Await("receipts"),
        *_answered(sample),
        Mark("open"),
        Send(replace(sample.packet, label="the open packet")),
        # There is no event for "it has the packet", which alone makes it matter that it is open: its first outputs say
        # so, else an answer on the other stream and a moment. Not longer, so that one who takes its time is not done.
        *_fence(sample.observe),
        *((Await("outputs", sample.answers, within=2 * OPEN),) if sample.answers else ()),
        Await("exit", within=OPEN),
        *((Mark("under way"), Send(more, times=many), *_fence(sample.observe)) if many else ()),
        Disconnect("UNAVAILABLE"),
        Await("session", 2, within=sample.patience),
        Await("receipts"),
    )
    return _case(sample, "replay", steps, retries=3)


def _reconnect(sample: Sample) -> StreamCase:
    """Section 9: the connection drops while nothing is open."""
    steps = (
        Send(sample.packet),
        Await("receipts"),
        Mark("dropped"),
        Disconnect("UNAVAILABLE"),
        Await("session", 2, within=sample.patience),
        Send(replace(sample.packet, label="the first packet after it"), background=True),
        Await("receipts"),
    )
    return _case(sample, "reconnect", steps, retries=3)


def _give_up(sample: Sample) -> StreamCase:
    """Section 9: nobody is there any more."""
    steps = (
        Send(sample.packet),
        Await("receipts"),
        Mark("dropped"),
        Disconnect("UNAVAILABLE", refuse=-1),
        Await("exit", within=sample.patience + 2),
    )
    base, most = reconnect.BACKOFF_MS, 2 * reconnect.BACKOFF_MS
    env = _env(sample, BUBU_GRPC_RECONNECT_BASE_BACKOFF=base, BUBU_GRPC_RECONNECT_MAX_BACKOFF=most)
    return _case(sample, "give-up", steps, env=env, retries=2, stop=False)


def _input_closed(sample: Sample) -> StreamCase:
    """Section 7: the streams end, and no reconnect is allowed."""
    steps = (
        Send(sample.packet),
        Await("receipts"),
        Mark("closed"),
        Disconnect("OK"),
        Await("exit", within=sample.grace),
    )
    return _case(sample, "input-closed", steps, stop=False, time_limit=sample.time_limit + sample.grace)


def _chunks(sample: Sample) -> StreamCase:
    """Section 4: out of order, twice, incomplete."""
    steps = (
        Send(replace(sample.packet, chunks=(2, 0, 1), label="a message in three chunks out of order")),
        Send(replace(sample.packet, chunks=(0, 0, 1), label="a message with a repeated chunk")),
        Send(replace(sample.packet, chunks=(0,), chunk_count=2, answered=False, label="half a message")),
        Send(replace(sample.packet, label="the packet after")),
        Await("receipts"),
    )
    return _case(sample, "chunks", steps)


def _chunk_counts(sample: Sample) -> StreamCase:
    """Section 4: chunks that contradict each other, and a usual packet behind each such message."""
    steps: list[Step] = []
    for label, (indices, lies) in chunks.WRONG.items():
        wrong = replace(sample.packet, chunks=indices, chunk_lies=lies, answered=False, label=label)
        after = replace(sample.packet, label=f"the packet after {label}")
        steps += [Mark(label), Send(wrong, background=True), Send(after, background=True), Await("receipts")]
        steps += _answered(sample, more=sample.answers or 0)  # so that an output belongs to the message before its mark
    # Either way is right, to end the session and to drop the message: it may reconnect after each.
    return _case(sample, "chunk-counts", (*steps, Mark(chunks.OVER)), retries=2 * len(chunks.WRONG))


def _chunk_expiry(sample: Sample) -> StreamCase:
    """Section 4: the second half of a message comes when the first is no longer kept."""
    half = replace(sample.packet, chunks=(0,), chunk_count=2, answered=False, label="a message in two chunks")
    wait = 1.05 * sample.chunk_seconds + sample.observe
    steps = (
        Send(half),
        # Its receipt says that the chunk before it has arrived.
        Send(sample.packet),
        Await("receipts"),
        *_answered(sample),
        Await("exit", within=wait),
        Mark(chunks.LATE),
        Send(replace(half, chunks=(1,))),
        Send(replace(sample.packet, label="the packet after")),
        Await("receipts"),
    )
    return _case(sample, "chunk-expiry", steps, least=wait + sample.patience)


def _slow_reader(sample: Sample) -> StreamCase:
    """Section 6: the connector stops reading, and sends on."""
    # Who answers large packets in a word needs more of them until nothing can leave it any more.
    many = min(MANY, int(SLOW_ANSWERS / sample.answer_bytes)) if sample.answer_bytes else 0
    more = many - SLOW_PACKETS if many * sample.pace <= sample.time_limit / 2 else 0
    small: tuple[Step, ...] = (Send(sample.packet, times=more, background=True),) if more > 0 else ()
    steps = (
        Reading(False),
        Send(padded(sample.packet, SLOW_BYTES), times=SLOW_PACKETS, background=True),
        *small,
        Await("stall", count=round(2000 * sample.observe / STALL_MS), within=4 * sample.observe),
        Mark("full"),
        Reading(True),
        Await("receipts"),
    )
    env = _env(sample, BUBU_TRANSPORT_HEARTBEAT_INTERVAL=STALL_MS)
    return _case(sample, "slow-reader", steps, env=env, time_limit=BUSY * sample.time_limit)


def _burst(sample: Sample) -> StreamCase:
    """A thousand packets as fast as they go; fewer where their answers are so large that our queue would burst."""
    many = max(1, min(MANY, int(BURST_BYTES / sample.answer_bytes))) if sample.answer_bytes else MANY
    steps = (Send(sample.packet, times=many), Await("receipts"))
    limit = BUSY * sample.time_limit
    return _case(sample, "burst", steps, window=many, buffer=many + 24, time_limit=limit)


def _large(sample: Sample) -> StreamCase:
    """A packet just below the limit."""
    large = replace(padded(sample.packet, LARGE), label="the large packet")
    return _case(sample, "large", (Send(large), Await("receipts"), Send(sample.packet)))


def _survives(probe: str, packet: Callable[[Packet], tuple[Packet, ...]]) -> Callable[[Sample], StreamCase]:
    def make(sample: Sample) -> StreamCase:
        """An unusual packet, and a usual one behind it."""
        odd = tuple(Send(each) for each in packet(sample.packet))
        return _case(sample, probe, (*odd, Send(replace(sample.packet, label="the packet after"))))

    return make


def _signals_fail(sample: Sample) -> StreamCase:
    """Its StepRun is gone, so that no signal can be sent (runtime.md 1.4: 404 is final)."""
    env = {**sample.env, "BUBU_STEPRUN_NAME": "sandbox-gone"}
    return _case(sample, "signals-fail", (Send(sample.packet), Await("receipts"), Send(sample.packet)), env=env)


def _hook_twice(sample: Sample) -> StreamCase:
    """Section 11: a hook fires once, so a second delivery under its message id is not handled."""
    hook = Packet(hook="storyrun.ready", id="sandbox-hook-1", sequenced=False, label="the hook")
    fence: tuple[Step, ...] = (
        Send(sample.packet),
        Await("receipts"),
        *_answered(sample, 1),
        Await("quiet", within=sample.quiet),
    )
    return _case(sample, "hook-twice", (Send(hook), *fence, Mark("second"), Send(hook), *fence))


def padded(packet: Packet, size: int) -> Packet:
    """The packet with so many bytes more in its payload, under a name that no schema knows."""
    payload = packet.payload if isinstance(packet.payload, dict) else {}
    return replace(packet, payload={**payload, "sandboxPadding": "x" * size})


def _hooks(packet: Packet) -> tuple[Packet, ...]:
    return tuple(
        Packet(hook=event, id=f"sandbox-{event}", label=f"the hook {event}")
        for event in ("steprun.ready", "storyrun.ready")
    )


_PROBES: tuple[Callable[[Sample], StreamCase], ...] = (
    _held_ready,
    _held_capabilities,
    _bad_ready("ready-missing", None),
    _bad_ready("ready-malformed", "maybe"),
    _ack,
    _protocol,
    _heartbeats,
    _hang,
    _handoff,
    _pause,
    _duplicate,
    _input_closed,
    _reconnect,
    _replay,
    _give_up,
    _chunks,
    _chunk_counts,
    _chunk_expiry,
    _slow_reader,
    _survives("hooks", _hooks),
    _hook_twice,
    _survives("upstream-error", lambda _: (Packet(kind="error", payload=ERROR, label="an error packet"),)),
    _survives("unknown-kind", lambda packet: (replace(packet, kind="sandbox.unknown", label="the unknown"),)),
    _survives("empty-payload", lambda _: (Packet(payload={}, label="the empty packet"),)),
    _signals_fail,
    _burst,
    _large,
)
