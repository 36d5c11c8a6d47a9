"""The startup handshake (contract 8, "Startup handshake")."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding, Rule
from validator.rules import streaming as rules
from validator.sandbox.harness.wire_names import RECEIPT
from validator.sandbox.stream_model import Entry, StreamRun


def held_ready(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `held-ready`: packets are there, `connector.ready` is not."""
    yield from _before(context, run, "ready", rules.BEFORE_READY)


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


def bad_ready(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probes `ready-missing` and `ready-malformed`: a startup that must fail."""
    ended = any(entry.event == "end" and entry.by == "engram" for entry in run.transcript)
    early = _work(run, float("inf"))
    if early is not None or (not ended and run.signalled):
        capabilities = run.case.handshake.capabilities
        found = "missing" if capabilities is None else f"`{capabilities}`"
        at = early.at if early else None
        yield context.say(rules.BAD_HANDSHAKE, run, fault="sdk", at=at, found=found)


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


def protocol(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `protocol`: a binding of another version."""
    for entry in run.transcript:
        if entry.event == "open":
            version = run.case.protocol_version
            yield context.say(rules.WRONG_PROTOCOL, run, fault="sdk", at=entry.at, version=version)
            return
