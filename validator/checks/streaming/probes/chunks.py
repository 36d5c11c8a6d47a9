"""Messages in chunks that come in (contract 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.probe import Probe
from validator.checks.streaming.sample import Sample
from validator.checks.streaming.scripts import answers, row
from validator.checks.streaming.session_end import last_words
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import (
    Await,
    Mark,
    Send,
    Step,
    StreamCase,
    StreamRun,
)

WRONG: Mapping[str, tuple[tuple[int, ...], tuple[Mapping[str, int], ...]]] = {
    "a message with a chunk beyond its count": ((0, 1), ({}, {"chunk_index": 2})),
    "a message whose chunks disagree about their count": ((0, 1), ({}, {"chunk_count": 1})),
    "a message whose chunks are larger than it says": ((0, 1), ({"total_bytes": 1}, {"total_bytes": 1})),
    "a message in chunks without a count": ((0,), ({"chunk_count": 0},)),
}
"""Label -> the chunks in sending order, and what each says of itself instead of the truth. Marked by the label."""
OVER = "no more wrong chunks"
LATE = "the late chunk"


def _chunks(sample: Sample) -> StreamCase:
    """Section 4: out of order, twice, incomplete."""
    steps = (
        Send(replace(sample.packet, chunks=(2, 0, 1), label="a message in three chunks out of order")),
        Send(replace(sample.packet, chunks=(0, 0, 1), label="a message with a repeated chunk")),
        Send(replace(sample.packet, chunks=(0,), chunk_count=2, answered=False, label="half a message")),
        Send(replace(sample.packet, label="the packet after")),
        Await("receipts"),
    )
    return row(sample, "chunks", steps)


def inbound(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `chunks`: messages in pieces are reported as done, and handled once each."""
    for sent in run.sent:
        if sent.due and not sent.receipts and sent.label != "the packet after":
            problem = "it was never reported as done"
            yield context.say(rules.CHUNKS_IN, run, fault="sdk", at=sent.at, label=sent.label, problem=problem)
            return
    due = sum(1 for sent in run.sent if sent.due)
    if context.baseline and len(run.outputs) > context.baseline * due:
        problem = f"{len(run.outputs)} outputs for {due} messages"
        yield context.say(rules.CHUNKS_IN, run, fault="sdk", label="a message", problem=problem)


def _chunk_counts(sample: Sample) -> StreamCase:
    """Section 4: chunks that contradict each other, and a usual packet behind each such message."""
    steps: list[Step] = []
    for label, (indices, lies) in WRONG.items():
        wrong = replace(sample.packet, chunks=indices, chunk_lies=lies, answered=False, label=label)
        after = replace(sample.packet, label=f"the packet after {label}")
        steps += [Mark(label), Send(wrong, background=True), Send(after, background=True), Await("receipts")]
        steps += answers(sample, more=sample.answers or 0)  # so that an output belongs to the message before its mark
    # Either way is right, to end the session and to drop the message: it may reconnect after each.
    return row(sample, "chunk-counts", (*steps, Mark(OVER)), retries=2 * len(WRONG))


def wrong_counts(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `chunk-counts`: what contradicts itself is dropped, or the session ends; what follows is handled."""
    for label, (begin, end) in zip(WRONG, pairwise([*map(run.marked, WRONG), run.marked(OVER)]), strict=True):
        if begin is None:
            return
        until = float("inf") if end is None else end
        refused = any(e.event == "end" and e.by == "engram" and begin <= e.at < until for e in run.transcript)
        outputs = sum(1 for entry in run.outputs if begin <= entry.at < until)
        if context.baseline and not refused and outputs > context.baseline:
            yield context.say(rules.WRONG_CHUNKS, run, fault="sdk", at=begin, label=label, problem="it was handled")
            return
        if _returned(run):
            return
        # The next mark is only reached when it was waited for long enough.
        if (end is not None or run.settled != "time-limit") and any(begin <= s.at < until for s in run.missing()):
            words = last_words(run)
            problem = "no packet was handled any more" + (f": {words}" if words else "")
            yield context.say(rules.WRONG_CHUNKS, run, at=begin, label=label, problem=problem)
            return


def _returned(run: StreamRun) -> bool:
    """Whether the SDK took the end of a session for the end of all: it races with Stream, which returns then.

    Runtime.md 2.9: the exit code is 0 or 1. Nothing is known of the engram after that.
    """
    return bool(run.sdk_version) and not run.signalled and run.exit.code in {0, 1}


def _chunk_expiry(sample: Sample) -> StreamCase:
    """Section 4: the second half of a message comes when the first is no longer kept."""
    half = replace(sample.packet, chunks=(0,), chunk_count=2, answered=False, label="a message in two chunks")
    wait = 1.05 * sample.chunk_seconds + sample.observe
    steps = (
        Send(half),
        # Its receipt says that the chunk before it has arrived.
        Send(sample.packet),
        Await("receipts"),
        *answers(sample),
        Await("exit", within=wait),
        Mark(LATE),
        Send(replace(half, chunks=(1,))),
        Send(replace(sample.packet, label="the packet after")),
        Await("receipts"),
    )
    return row(sample, "chunk-expiry", steps, least=wait + sample.patience)


def expiry(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `chunk-expiry`: two chunks of one message, further apart than chunks are kept."""
    late = run.marked(LATE)
    if late is None or not context.baseline:
        return
    if sum(1 for entry in run.outputs if entry.at >= late) > context.baseline:
        waited = next(step.within or 0.0 for step in run.case.steps if isinstance(step, Await) and step.what == "exit")
        yield context.say(rules.CHUNKS_KEPT, run, fault="sdk", at=late, seconds=f"{waited:.0f}")


# fmt: off
PROBES = (
    Probe("chunks", _chunks, "sends chunks out of order, twice, and half a message",
          "whole messages are handled once", (rules.CHUNKS_IN,), judge=inbound, owns_receipts=True),
    Probe("chunk-counts", _chunk_counts, "sends chunks that contradict each other, and a packet behind them",
          "they are refused, the packet is handled", (rules.WRONG_CHUNKS,), judge=wrong_counts,
          needs=frozenset({"chunks", "reconnect"}), ends=True),
    Probe("chunk-expiry", _chunk_expiry, "sends half a message, and the rest two minutes later",
          "the first half is forgotten", (rules.CHUNKS_KEPT,), judge=expiry, needs=frozenset({"chunks"})),
)
# fmt: on
