"""Limits of the wire, by name and value (contract/transport-wire.md)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamRun


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """Every field beyond its limit in what the engram sent, each once."""
    seen: set[str] = set()
    for entry in run.by_stream:
        if entry.event == "open":
            size = entry.body.get("header_bytes")
            if isinstance(size, int) and size > HEADER_BYTES and "header" not in seen:
                seen.add("header")
                yield context.say(
                    rules.LIMIT,
                    run,
                    at=entry.at,
                    field=f"request metadata of the {entry.stream} stream",
                    found=f": {size}",
                    limit=f"at most {HEADER_BYTES} bytes",
                )
        for violation in entry.violations:
            if violation.field not in seen:
                seen.add(violation.field)
                yield context.say(
                    rules.LIMIT,
                    run,
                    at=entry.at,
                    evidence={"limit": violation.limit, "found": violation.found},
                    field=f"{entry.stream} {violation.field}",
                    found=f": {violation.found}",
                    limit=violation.limit,
                )


HEADER_BYTES = 8192
"""Request metadata that a connector accepts (grpc-go's default)."""
