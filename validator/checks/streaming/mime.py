"""The MIME trap: structured data that travels as raw bytes, judged on the wire message (contract 3; hub.md)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming.context import SDK, StreamContext, precedes
from validator.checks.streaming.messages import is_chunk
from validator.findings import Finding
from validator.platform.fixes import fix
from validator.rules import streaming as rules
from validator.sandbox.harness.wire_names import PACKET_MIME
from validator.sandbox.stream_model import Entry, StreamRun

_FIX = fix("structured-mirror")
"""A mirror of this type travels as a packet."""

ADVICE = (
    "Put the object into Payload; mirror it in Binary only with MIME type application/json, and build with "
    f"{_FIX.component} v{_FIX.version} or later."
)

SDK_ADVICE = (
    f"{SDK} {{version}} sends a payload with its mirror in Binary as raw bytes, unless Inputs is set: build with "
    f"v{_FIX.version} or later."
)
MIRROR = "application/json"


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """A raw binary message that holds a JSON object and no structured payload; once a MIME type."""
    seen: set[str] = set()
    for entry in run.outputs:
        mime = str(entry.body.get("mime", ""))
        if mime not in seen and is_trap(entry):
            seen.add(mime)
            # An engram can do no more than mirror its payload with this type: the SDK did not see that (hub.md).
            old = bool(run.sdk_version) and _plain(mime) == MIRROR and precedes(run.sdk_version, _FIX.numbers)
            fault, advice = ("sdk", SDK_ADVICE.format(version=run.sdk_version)) if old else ("engram", ADVICE)
            yield context.say(rules.MIME_TRAP, run, fault=fault, at=entry.at, advice=advice, mime=mime or "(none)")


def is_trap(entry: Entry) -> bool:
    """Whether the bytes are a whole JSON object, however long, that nobody downstream will see as one."""
    body = entry.body
    if body.get("frame") != "binary" or is_chunk(entry) or body.get("payload") is not None:
        return False
    if _plain(str(body.get("mime", ""))) == PACKET_MIME:
        return False
    return bool(body.get("json_object"))


def _plain(mime: str) -> str:
    """The type without parameters."""
    return mime.partition(";")[0].strip().lower()
