"""Chunked frames, in both directions (contract 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.messages import is_chunk
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import Entry, StreamRun

WAIT = 120.0
"""Seconds for which the SDK keeps the chunks of an incomplete message (runtime.md 2.6)."""

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
