"""Slow readers and pauses: nothing is lost, nothing piles up (contract 6 and 8)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming import scripts
from validator.checks.streaming.context import SDK, StreamContext
from validator.checks.streaming.probe import Probe
from validator.checks.streaming.sample import Sample
from validator.checks.streaming.scripts import environment, fence, padded, row
from validator.checks.streaming.session_end import Run, explained
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import (
    Await,
    Control,
    Mark,
    Reading,
    Send,
    Step,
    StreamCase,
    StreamRun,
)
from validator.suite.quantities import size_text

BACKLOG_BYTES = 4 << 20
"""Bytes of outputs behind a connector that does not read, beyond what channels and the transport hold."""
SLOW_PACKETS = 128
SLOW_BYTES = 64 << 10
SLOW_ANSWERS = 256 << 10
"""Bytes of answers that no transport takes from an engram while the connector does not read."""
STALL_MS = 20
"""Interval of the heartbeats by which an engram shows that it runs while nothing moves."""


def _pause(sample: Sample) -> StreamCase:
    """Section 8: pause and resume."""
    steps = (
        Control(flow="pause"),
        *fence(sample.patience),
        Mark("paused"),
        Send(sample.packet, background=True),
        # Its answer, not a moment: whoever takes no notice answers as soon as the machine lets it.
        Await("outputs", sample.answers or 1, within=sample.patience),
        *fence(sample.patience),
        Mark("resumed"),
        Control(flow="resume"),
        Await("receipts"),
    )
    return row(sample, "pause", steps)


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


def _slow_reader(sample: Sample) -> StreamCase:
    """Section 6: the connector stops reading, and sends on."""
    # Who answers large packets in a word needs more of them until nothing can leave it any more.
    many = min(scripts.MANY, int(SLOW_ANSWERS / sample.answer_bytes)) if sample.answer_bytes else 0
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
    env = environment(sample, BUBU_TRANSPORT_HEARTBEAT_INTERVAL=STALL_MS)
    return row(sample, "slow-reader", steps, env=env, time_limit=scripts.BUSY * sample.time_limit)


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


# fmt: off
PROBES = (
    Probe("pause", _pause, "pauses, sends, resumes", "nothing between", (rules.PAUSE, rules.GAP), judge=pause,
          runner=lambda run: unheeded(explained(run))),
    Probe("slow-reader", _slow_reader, "stops reading, sends on, reads again", "nothing lost, nothing piled up",
          (rules.DROPPED, rules.BACKLOG), judge=slow_reader, is_long=True),
)
# fmt: on
