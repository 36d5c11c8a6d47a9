"""Slow readers and pauses: nothing is lost, nothing piles up (contract 6 and 8)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming.context import SDK, StreamContext
from validator.checks.streaming.session_end import Run
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamCase, StreamRun
from validator.suite.quantities import size_text

BACKLOG_BYTES = 4 << 20
"""Bytes of outputs behind a connector that does not read, beyond what channels and the transport hold."""


def slow_reader(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `slow-reader`: the connector stops reading, sends on, and reads again."""
    full = run.marked("full")
    if full is None or not context.baseline:
        return
    due = [sent for sent in run.sent if sent.due]
    expected = round(context.baseline * len(due))
    stuck = [entry for entry in run.outputs if entry.at >= full]
    size = sum(entry.size for entry in stuck)
    before = sum(1 for sent in due if any(at < full for at in sent.receipts))
    if run.emitted < expected and not run.missing():
        yield context.say(
            rules.DROPPED,
            run,
            at=full,
            advice="Block on the output channel (with ctx.Done()), instead of a select with a default.",
            evidence={"outputs": run.emitted, "expected": expected},
        )
    elif due and before == len(due) and size > BACKLOG_BYTES:
        yield context.say(
            rules.BACKLOG,
            run,
            at=full,
            advice="Call Done() and take the next packet after the answer has been put into the output channel.",
            evidence={"held": size, "packets": len(due)},
            held=f"more than {size_text(BACKLOG_BYTES)}",
        )


def pause(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `pause`: whether packets come between pause and resume."""
    paused = run.marked("paused")
    if paused is None or not _sent_between(run):
        return
    if run.sdk_version:
        gap = f"{SDK} {run.sdk_version} takes no notice of pause and resume, so no engram built with it can"
        yield context.say(rules.GAP, run, fault="sdk", at=paused, gap=gap)
    else:
        yield context.say(rules.PAUSE, run, at=paused)


def _sent_between(run: StreamRun) -> bool:
    paused, resumed = run.marked("paused"), run.marked("resumed")
    if paused is None or resumed is None:
        return False
    return any(paused <= entry.at < resumed for entry in run.outputs)


def unheeded(run: Run) -> Run:
    """The same, but an engram with an SDK that kept quiet while paused is asked once more.

    No SDK takes notice of a pause: it is rather the machine that was slow, and the verdict must not be its mood.
    """

    def again(case: StreamCase) -> StreamRun:
        first = run(case)
        return run(case) if first.sdk_version and first.emitted and not _sent_between(first) else first

    return again
