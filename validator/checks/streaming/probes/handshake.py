"""The startup handshake (contract 8, Startup handshake)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.probe import Probe
from validator.checks.streaming.sample import Sample
from validator.checks.streaming.scripts import fence, row
from validator.findings import Finding, Rule
from validator.rules import streaming as rules
from validator.sandbox.harness.wire_names import RECEIPT
from validator.sandbox.stream_model import (
    Await,
    Control,
    Entry,
    Handshake,
    Mark,
    Send,
    StreamCase,
    StreamRun,
)


def _held_ready(sample: Sample) -> StreamCase:
    """Section 8: `connector.ready` comes late, and packets are there before it."""
    steps = (
        Send(sample.packet, background=True),
        Await("quiet", within=sample.observe),
        Mark("ready"),
        Control("connector.ready"),
        Await("receipts"),
    )
    return row(sample, "held-ready", steps, handshake=Handshake(ready=False, early=True))


def held_ready(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `held-ready`: packets are there, `connector.ready` is not."""
    yield from _before(context, run, "ready", rules.BEFORE_READY)


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
    return row(sample, "held-capabilities", steps, handshake=handshake)


def held_capabilities(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `held-capabilities`: the capabilities are required and late."""
    yield from _before(context, run, "capabilities", rules.BEFORE_CAPABILITIES)


def _before(context: StreamContext, run: StreamRun, mark: str, rule: Rule) -> Iterator[Finding]:
    moment = run.marked(mark)
    early = _work(run, moment if moment is not None else float("inf"))
    if early is not None:
        # Its packet or its receipt: which of the two arrives first is chance, so the message names neither.
        yield context.say(rule, run, fault="sdk", at=early.at)


def _work(run: StreamRun, until: float) -> Entry | None:
    """The first thing before a moment that only a started engram does."""
    for entry in run.transcript:
        if entry.at >= until:
            return None
        if entry.by == "engram" and entry.event == "message":
            output = entry.stream == "data" and not entry.body.get("heartbeat")
            if output or (entry.stream == "control" and entry.label == RECEIPT):
                return entry
    return None


def _bad_ready(name: str, capabilities: str | None) -> Callable[[Sample], StreamCase]:
    def make(sample: Sample) -> StreamCase:
        """Section 8: missing or malformed `startup.capabilities`."""
        handshake = Handshake(capabilities=capabilities, early=True)
        steps = (Send(sample.packet, background=True), Await("sessions-ended", within=sample.patience))
        return row(sample, name, steps, handshake=handshake, stop=False)

    return make


def bad_ready(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probes `ready-missing` and `ready-malformed`: a startup that must fail."""
    ended = any(entry.event == "end" and entry.by == "engram" for entry in run.transcript)
    early = _work(run, float("inf"))
    if early is not None or (not ended and run.signalled):
        capabilities = run.case.handshake.capabilities
        found = "missing" if capabilities is None else f"`{capabilities}`"
        at = early.at if early else None
        yield context.say(rules.BAD_HANDSHAKE, run, fault="sdk", at=at, found=found)


def _ack(sample: Sample) -> StreamCase:
    """Section 8: an ACK gets no ACK."""
    steps = (
        Mark("ack"),
        Control("ack", {"type": "sandbox.probe", "handled": "true", "received": "true"}),
        *fence(sample.patience),
    )
    return row(sample, "ack", steps)


def ack(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `ack`: what the engram answers to an ACK, until it has answered the message behind it."""
    sent = run.marked("ack")
    if sent is None:
        return
    for entry in run.transcript:
        metadata = entry.body.get("metadata")
        answered = metadata.get("type") if isinstance(metadata, dict) else None
        is_ack = entry.by == "engram" and entry.stream == "control" and entry.label == "ack"
        if is_ack and entry.at >= sent and answered == "ack":
            yield context.say(rules.ACK_OF_ACK, run, fault="sdk", at=entry.at)
            return


def _protocol(sample: Sample) -> StreamCase:
    """Section 8: the binding is of another protocol version."""
    return row(sample, "protocol", (), protocol_version="9.9.9", stop=False, time_limit=max(1.0, sample.patience))


def protocol(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `protocol`: a binding of another version."""
    for entry in run.transcript:
        if entry.event == "open":
            version = run.case.protocol_version
            yield context.say(rules.WRONG_PROTOCOL, run, fault="sdk", at=entry.at, version=version)
            return


# fmt: off
PROBES = (
    Probe("held-ready", _held_ready, "sends packets, and `connector.ready` late", "nothing before it",
          (rules.BEFORE_READY,), judge=held_ready, owns_receipts=True),
    Probe("held-capabilities", _held_capabilities, "requires capabilities, and sends them late",
          "nothing before them", (rules.BEFORE_CAPABILITIES,), judge=held_capabilities,
          needs=frozenset({"held-ready"}), owns_receipts=True),
    Probe("ready-missing", _bad_ready("ready-missing", None), "a ready without `startup.capabilities`",
          "the startup fails", (rules.BAD_HANDSHAKE,), judge=bad_ready, ends=True),
    Probe("ready-malformed", _bad_ready("ready-malformed", "maybe"), "a ready with a wrong `startup.capabilities`",
          "the startup fails", (rules.BAD_HANDSHAKE,), judge=bad_ready, needs=frozenset({"ready-missing"}),
          ends=True),
    Probe("ack", _ack, "sends an ACK", "no ACK comes back", (rules.ACK_OF_ACK,), judge=ack),
    Probe("protocol", _protocol, "binds with another protocol version", "no connection", (rules.WRONG_PROTOCOL,),
          judge=protocol, ends=True),
)
# fmt: on
