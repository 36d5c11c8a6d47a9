"""What a row of the contract has to have seen: a row in which nothing came out that it judges has judged nothing."""

from __future__ import annotations

from collections.abc import Iterable

from validator.checks.streaming import blame
from validator.checks.streaming.messages import kind
from validator.checks.streaming.repeat import unsure
from validator.findings import Finding, Unchecked
from validator.rules import streaming as rules
from validator.sandbox.stream_model import Send, StreamCase, StreamRun

BY_SESSION = {
    "held-ready", "held-capabilities", "ready-missing", "ready-malformed", "ack", "protocol", "heartbeats", "hang",
    "input-closed", "reconnect", "give-up",
}  # fmt: skip
"""Rows that control messages, receipts and the ends of sessions decide; all others need packets of the engram."""
GROUND = {
    rule.code
    for rule in (
        rules.NEVER_CONNECTED, rules.HALF_OPEN, rules.PROTOCOL_METADATA, rules.NO_RECEIPT, rules.STOPPED_READING,
    )
}  # fmt: skip
"""Rules without which no other row shows anything but a consequence."""
CHUNKED = {"chunks": 3, "chunk-counts": 2, "chunk-expiry": 2}
"""Row -> the most chunks into which it cuts the sample packet."""


def unjudged(run: StreamRun, found: Iterable[Finding | Unchecked]) -> str:
    """Why a row that found nothing wrong has judged nothing for sure; empty when it has."""
    found = list(found)
    if any(isinstance(each, Finding) and each.severity.rank for each in found):
        return ""
    return blame.reason_in(found) or unsure(found) or ("" if run.case.probe in BY_SESSION else nothing_seen(run))


def nothing_seen(run: StreamRun) -> str:
    """Why there is no output that could be judged; empty when there is one, or an expectation that none comes."""
    if run.case.expect.count == 0 and not run.emitted:
        return ""
    if run.emitted > len(run.outputs) or any(kind(entry) != "error" for entry in run.outputs):
        return ""
    if run.outputs:
        return "the engram put out nothing but error packets, so no output was judged; " + ADVICE
    return "the engram put out no packet, so no output was judged; " + ADVICE


ADVICE = "write a case with a packet, configuration and stub services that bring one out"


def uncuttable(sample: StreamCase, probe: str) -> str:
    """Why the packet of a row cannot be sent in chunks; empty when it can. Only binary frames may be (runtime.md 2.6),
    and no chunk may be empty."""
    needed = CHUNKED.get(probe)
    if needed is None:
        return ""
    packet = next(step.packet for step in sample.steps if isinstance(step, Send))
    if packet.audio is not None:
        return "its packet carries audio, and only binary frames may be sent in chunks"
    if packet.binary is not None and len(packet.binary.content) < needed:
        return f"its packet has a binary frame of {len(packet.binary.content)} bytes, too few for {needed} chunks"
    return ""
