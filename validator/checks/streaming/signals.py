"""What the engram wrote to the status of its StepRun (runtime.md 1.2 and 1.5; definition of StepRun)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamRun

LEAST = 3
"""Packets from which on a signal for each of them is no coincidence."""


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """What the API server would refuse; and signals that hold up the stream."""
    for objection in run.objections:
        yield context.say(rules.STATUS_REFUSED, run, problem=objection)
    events = run.status.get("signalEvents")
    receipts = sum(1 for sent in run.sent if sent.receipts)
    if isinstance(events, list) and receipts >= LEAST and len(events) >= receipts:
        yield context.say(rules.SIGNAL_EACH, run, evidence={"signals": len(events), "packets": receipts})
