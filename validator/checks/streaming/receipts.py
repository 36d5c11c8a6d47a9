"""Receipts: every sequenced packet is reported as done, once for each delivery (contract 5)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming import messages, reconnect
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


def duplicates(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `duplicate`: one packet twice, the second time after it was done."""
    again = run.marked("again")
    if again is None:
        return
    label = next((sent.label for sent in run.sent if sent.at >= again), "a packet")
    if any(sent.at >= again and sent.due and not sent.receipts for sent in run.sent):
        yield context.say(rules.NOT_REACKNOWLEDGED, run, fault="sdk", at=again, label=label)
        return
    before = sorted(messages.shape(entry) for entry in run.outputs if entry.at < again)
    after = sorted(messages.shape(entry) for entry in run.outputs if entry.at >= again)
    if context.baseline and after and before == after:
        yield context.say(rules.DUPLICATE, run, fault="sdk", at=again, label=label)


def replays(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `replay`: the connection drops while packets are open, and they come again."""
    if not run.signalled and run.exit.code not in {None, 0, 1}:
        # 0 and 1 may be the SDK's, which races with Stream (runtime.md 2.9).
        yield context.say(rules.NO_RECONNECT, run, reason=reconnect.gone(run))
        return
    for sent in run.missing()[:1]:
        yield context.say(rules.REPLAY_LOST, run, fault="sdk", at=sent.at, label=sent.label)
