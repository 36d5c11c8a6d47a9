"""Receipts: every sequenced packet is reported as done, once for each delivery (contract 5)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming import messages
from validator.checks.streaming.bench import Bench
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamRun

SHOWN = 3


def judge(bench: Bench, run: StreamRun) -> Iterator[Finding]:
    """Packets that were never reported as done, by name; and reports about nothing."""
    missing = run.missing()
    if missing and run.settled != "time-limit":
        labels = [sent.label for sent in missing]
        more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
        yield bench.say(
            rules.NO_RECEIPT,
            run,
            at=missing[0].at,
            advice="Call Done() on every message, also on those that are dropped or answered with an error.",
            evidence={"packets": list(labels[:100]), "sent": len(run.sent)},
            label=", ".join(labels[:SHOWN]) + more,
        )
    if stray := run.counts.get("stray-receipts", 0):
        yield bench.say(rules.STRAY_RECEIPT, run, fault="sdk", count=stray)


def duplicates(bench: Bench, run: StreamRun) -> Iterator[Finding]:
    """The probe `duplicate`: one packet twice, the second time after it was done."""
    again = run.marked("again")
    if again is None:
        return
    label = next((sent.label for sent in run.sent if sent.at >= again), "a packet")
    if any(sent.at >= again and sent.due and not sent.receipts for sent in run.sent):
        yield bench.say(rules.NOT_REACKNOWLEDGED, run, fault="sdk", at=again, label=label)
        return
    before = sorted(messages.shape(entry) for entry in run.outputs if entry.at < again)
    after = sorted(messages.shape(entry) for entry in run.outputs if entry.at >= again)
    if bench.baseline and after and before == after:
        yield bench.say(rules.DUPLICATE, run, fault="sdk", at=again, label=label)


def replays(bench: Bench, run: StreamRun) -> Iterator[Finding]:
    """The probe `replay`: the connection drops while a packet is open, and the packet comes again."""
    for sent in run.missing()[:1]:
        yield bench.say(rules.REPLAY_LOST, run, fault="sdk", at=sent.at, label=sent.label)
