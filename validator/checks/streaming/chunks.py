"""Chunked frames, in both directions (contract 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.messages import is_chunk
from validator.checks.streaming.session_end import last_words
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import Await, Entry, StreamRun

WAIT = 120.0
"""Seconds for which the SDK keeps the chunks of an incomplete message (runtime.md 2.6)."""
WRONG: Mapping[str, tuple[tuple[int, ...], tuple[Mapping[str, int], ...]]] = {
    "a message with a chunk beyond its count": ((0, 1), ({}, {"chunk_index": 2})),
    "a message whose chunks disagree about their count": ((0, 1), ({}, {"chunk_count": 1})),
    "a message whose chunks are larger than it says": ((0, 1), ({"total_bytes": 1}, {"total_bytes": 1})),
    "a message in chunks without a count": ((0,), ({"chunk_count": 0},)),
}
"""Label -> the chunks in sending order, and what each says of itself instead of the truth. Marked by the label."""
OVER = "no more wrong chunks"
LATE = "the late chunk"

_SHARED = ("metadata", "mime")


def outbound(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """What the engram sent in chunks: each by itself, then each message as a whole."""
    messages: dict[tuple[Any, ...], list[Entry]] = {}
    reported: set[str] = set()
    for entry in run.outputs:
        if not is_chunk(entry):
            continue
        for problem in _alone(entry):
            if problem not in reported:
                reported.add(problem)
                yield context.say(rules.CHUNKS_OUT, run, at=entry.at, problem=problem)
        envelope = _envelope(entry)
        key = (envelope.get("stream_id"), envelope.get("partition"), envelope.get("chunk_id"))
        messages.setdefault(key, []).append(entry)
    if reported:
        return
    for (_, _, name), entries in messages.items():
        problem = _together(entries)
        if problem:
            yield context.say(rules.CHUNKS_OUT, run, at=entries[0].at, problem=f"message {str(name)[:64]}: {problem}")


def _envelope(entry: Entry) -> dict[str, Any]:
    envelope = entry.body.get("envelope")
    return envelope if isinstance(envelope, dict) else {}


def _alone(entry: Entry) -> Iterator[str]:
    envelope = _envelope(entry)
    if entry.body.get("frame") != "binary":
        yield f"only binary frames may be chunked, this is {entry.body.get('frame') or 'no frame'}"
    for name in ("stream_id", "chunk_id"):
        if not envelope.get(name):
            yield f"a chunk has no {name}"
    count, index = envelope.get("chunk_count", 0), envelope.get("chunk_index", 0)
    if not count:
        yield "a chunk has no chunk_count"
    elif index >= count:
        yield f"chunk_index {index} is not below chunk_count {count}"
    stated = envelope.get("chunk_bytes")
    if stated and stated != entry.body.get("bytes"):
        yield f"chunk_bytes says {stated}, the chunk has {entry.body.get('bytes')}"


def _together(entries: list[Entry]) -> str:
    first = _envelope(entries[0])
    for name in ("chunk_count", "total_bytes"):
        values = {_envelope(entry).get(name) for entry in entries}
        if len(values) > 1:
            return f"its chunks disagree about {name}"
    for name in _SHARED:
        if any(entry.body.get(name) != entries[0].body.get(name) for entry in entries):
            return f"its chunks disagree about {name}"
    there = {_envelope(entry).get("chunk_index", 0): entry for entry in entries}
    missing = sorted(set(range(first["chunk_count"])) - set(there))
    if missing:
        return f"chunk {missing[0]} of {first['chunk_count']} never came"
    size = sum(int(str(entry.body.get("bytes", 0))) for entry in there.values())
    if first.get("total_bytes") and first["total_bytes"] != size:
        return f"total_bytes says {first['total_bytes']}, the chunks have {size}"
    return ""


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


def expiry(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `chunk-expiry`: two chunks of one message, further apart than chunks are kept."""
    late = run.marked(LATE)
    if late is None or not context.baseline:
        return
    if sum(1 for entry in run.outputs if entry.at >= late) > context.baseline:
        waited = next(step.within or 0.0 for step in run.case.steps if isinstance(step, Await) and step.what == "exit")
        yield context.say(rules.CHUNKS_KEPT, run, fault="sdk", at=late, seconds=f"{waited:.0f}")
