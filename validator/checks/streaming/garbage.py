"""Bytes that are no messages, and engrams that stop reading: what only happens without an SDK."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamRun


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The first undecodable message of each stream."""
    seen: set[str] = set()
    for entry in run.by_stream:
        if entry.event == "garbage" and entry.stream not in seen:
            seen.add(entry.stream)
            expected = "DataRequest" if entry.stream == "data" else "ControlRequest"
            yield context.say(
                rules.GARBAGE, run, fault="sdk", at=entry.at, size=entry.size, stream=entry.stream, expected=expected
            )


def stalled(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The engram took no more, until the time was up."""
    if run.settled == "stalled":
        last = next((sent for sent in reversed(run.sent)), None)
        label = last.label if last else "a packet"
        yield context.say(rules.STOPPED_READING, run, at=last.at if last else None, label=label)
