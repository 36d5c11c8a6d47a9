"""Receipts: every sequenced packet is reported as done, once for each delivery (contract 5)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamRun

SHOWN = 3


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """Packets that were never reported as done, by name; and reports about nothing."""
    missing = run.missing()
    if missing and run.settled != "time-limit":
        labels = [sent.label for sent in missing]
        more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
        yield context.say(
            rules.NO_RECEIPT,
            run,
            at=missing[0].at,
            advice="Call Done() on every message, also on those that are dropped or answered with an error. "
            "Give it more time with --timeout if it is busy with a packet for longer than was waited.",
            evidence={
                "packets": list(labels[:100]),
                "sent": len(run.sent),
                "waited": f"{run.case.patience:g} s without a sign of life",
            },
            label=", ".join(labels[:SHOWN]) + more,
        )
    if stray := run.counts.get("stray-receipts", 0):
        yield context.say(rules.STRAY_RECEIPT, run, fault="sdk", count=stray)
