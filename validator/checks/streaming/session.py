"""Sessions that the engram lost: the one reason that explains it (runtime.md 2.7 and 2.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.session_end import SessionEnd
from validator.findings import Finding, Rule
from validator.rules import streaming as rules
from validator.sandbox.harness.wire_names import PACKET_MIME
from validator.sandbox.stream_model import StreamRun

_LIMIT = re.compile(r"validation error: (?P<field>.+?): must be (?P<limit>.+)$")
_TOO_LARGE = re.compile(r"trying to send message larger than max \((?P<found>\d+) vs\. (?P<limit>\d+)\)")

CAUSES: tuple[tuple[str, Rule], ...] = (
    ("stream message missing audio, video, or binary payload", rules.EMPTY_MESSAGE),
    ("error messages must not carry media frames", rules.BAD_ERROR),
    ("error messages require payload", rules.BAD_ERROR),
    ("payload and binary payload must match", rules.MISMATCH),
    ("binary payload must mirror the structured payload", rules.MISMATCH),
    ("is reserved for envelope payloads", rules.RESERVED_MIME),
    ("reserved envelope MIME type requires", rules.RESERVED_MIME),
    ("payload decode failed", rules.NOT_OBJECT),
    ("inputs decode failed", rules.NOT_OBJECT),
    ("envelope payload is not valid JSON", rules.NOT_OBJECT),
    ("envelope inputs is not valid JSON", rules.NOT_OBJECT),
    ("invalid stream message", rules.INVALID_MESSAGE),
)
"""What the SDK says when it ends a session rather than send a message, and the rule that was broken.

The broken message never reaches the connector, so these words are all there is to see. A wording that is not listed
here is told as it is, under EV603.
"""
_INBOUND = "decoded stream message invalid"


def judge(context: StreamContext, run: StreamRun, end: SessionEnd) -> Iterator[Finding]:
    """One finding for the end of the session."""
    specific = list(refused(context, run, end))
    if specific:
        yield from specific
    elif run.exit.oom:
        yield context.say(rules.SESSION_LOST, run, at=end.at, reason="it used more memory than it may")
    elif end.panicked:
        yield context.say(rules.STREAM_PANICS, run, at=end.at, reason=end.reason)
    elif end.returned:
        yield context.say(
            rules.RETURNS,
            run,
            at=end.at,
            advice="Wait for ctx.Done() or the end of the input before Stream returns.",
            evidence={"outputs": len(run.outputs)},
        )
    else:
        reason = f"exit status {end.code}: {end.reason}" if end.exited and end.code else end.reason
        yield context.say(
            rules.SESSION_LOST,
            run,
            at=end.at,
            advice="Answer a packet that cannot be handled with an error packet, call Done(), and go on.",
            evidence={"exited": end.exited},
            reason=reason,
        )


def refused(context: StreamContext, run: StreamRun, end: SessionEnd) -> Iterator[Finding]:
    """The SDK ended the session because it would not send a message: what was wrong with that."""
    reason = end.reason
    if _INBOUND in reason:
        return
    if found := _TOO_LARGE.search(reason):
        yield context.say(
            rules.LIMIT,
            run,
            at=end.at,
            advice="Payload is sent twice: keep it below 5 MiB, or send large data as opaque binary or by reference.",
            field="a whole message",
            found=f": {found['found']}",
            limit=f"at most {found['limit']} bytes",
        )
    elif found := _LIMIT.search(reason):
        yield context.say(rules.LIMIT, run, at=end.at, field=found["field"], found="", limit=found["limit"])
    else:
        yield from _cause(context, run, end)


def _cause(context: StreamContext, run: StreamRun, end: SessionEnd) -> Iterator[Finding]:
    reason = end.reason
    for words, rule in CAUSES:
        if words in reason:
            facts: dict[str, Any] = {
                rules.EMPTY_MESSAGE: {"what": "a message", "found": "metadata alone, or nothing at all"},
                rules.BAD_ERROR: {"problem": reason},
                rules.RESERVED_MIME: {"mime": PACKET_MIME, "problem": reason},
                rules.NOT_OBJECT: {
                    "member": reason.split(" ", 1)[0].replace("envelope", "payload"),
                    "found": _kind(reason),
                },
            }.get(rule, {"reason": reason})
            evidence = {"reason": reason, "seen": "the SDK ended the session instead of sending it"}
            yield context.say(rule, run, at=end.at, evidence=dict(evidence), **facts)
            return


def _kind(reason: str) -> str:
    found = re.search(r"cannot unmarshal (\w+)", reason)
    names = {"array": "an array", "string": "a string", "number": "a number", "bool": "a boolean"}
    return names.get(found[1], found[1]) if found else "no valid JSON"
