"""The MIME trap: structured data that travels as raw bytes, judged on the wire message (contract 3; hub.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from validator.checks.streaming.bench import Bench
from validator.checks.streaming.messages import is_chunk
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.harness.wire_names import PACKET_MIME
from validator.sandbox.stream_model import Entry, StreamRun

ADVICE = (
    "Put the object into Payload; mirror it in Binary only with MIME type application/json, and build with "
    "bubu-sdk-go v0.1.5 or later."
)


def judge(bench: Bench, run: StreamRun) -> Iterator[Finding]:
    """A raw binary message that holds a JSON object and no structured payload; once a MIME type."""
    seen: set[str] = set()
    for entry in run.outputs:
        mime = str(entry.body.get("mime", ""))
        if mime not in seen and is_trap(entry):
            seen.add(mime)
            yield bench.say(rules.MIME_TRAP, run, at=entry.at, advice=ADVICE, mime=mime or "(none)")


def is_trap(entry: Entry) -> bool:
    """Whether the bytes are a whole JSON object that nobody downstream will see as one."""
    body = entry.body
    if body.get("frame") != "binary" or is_chunk(entry) or body.get("payload") is not None:
        return False
    if str(body.get("mime", "")).partition(";")[0].strip().lower() == PACKET_MIME:
        return False
    head = body.get("head")
    text = head.get("text") if isinstance(head, dict) else None
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return False
    size = body.get("bytes")
    if isinstance(size, int) and size > len(text.encode()):
        # Only its beginning is known: an object as far as can be seen, which is too little for a verdict.
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
