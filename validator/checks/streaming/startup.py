"""Opening the streams: both of them, with the protocol's metadata (contract 8; runtime.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks import decoding
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.session_end import last_words
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.rules.conformance import UNDECODABLE
from validator.sandbox.harness.wire_names import PROTOCOL_KEY, PROTOCOL_VERSION
from validator.sandbox.stream_model import StreamRun


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """What kept the session from starting; nothing when it started."""
    opened = {entry.stream for entry in run.transcript if entry.event == "open"} & {"data", "control"}
    wrong = _wrong_metadata(context, run)
    if wrong is not None:
        yield wrong
    elif not opened and (mistyped := list(_undecodable(context, run))):
        yield from mistyped
    elif not opened:
        started = run.exit.start_error
        evidence = {rules.START: started.text} if started is not None else None
        yield context.say(rules.NEVER_CONNECTED, run, evidence=evidence, reason=_why(run))
    elif len(opened) == 1:
        there = opened.pop()
        missing = "Control" if there == "data" else "Data"
        yield context.say(rules.HALF_OPEN, run, fault="sdk", opened=there.capitalize(), missing=missing)


def _undecodable(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """Members of its config that configSchema allows, and that its code cannot decode."""
    schema = context.config_schema
    if schema is None or run.signalled:
        return
    for each in decoding.of_config("\n".join(log.text for log in run.logs)):
        node, path = decoding.declaration(schema, each.member)
        yield context.say(
            UNDECODABLE,
            run,
            location=node.location,
            anchor=("spec", "configSchema", *path),
            evidence={"config": dict(run.case.config)},
            what=each.what,
            member=each.member,
            schema="configSchema",
            problem=each.problem,
        )


def _wrong_metadata(context: StreamContext, run: StreamRun) -> Finding | None:
    for entry in run.by_stream:
        if entry.event != "open" or entry.stream not in {"data", "control"}:
            continue
        metadata = entry.body.get("metadata")
        found = metadata.get(PROTOCOL_KEY) if isinstance(metadata, dict) else None
        if found != PROTOCOL_VERSION:
            header = f"{PROTOCOL_KEY} {found}" if found else f"no {PROTOCOL_KEY}"
            return context.say(
                rules.PROTOCOL_METADATA, run, fault="sdk", at=entry.at, stream=entry.stream.capitalize(), found=header
            )
    return None


def _why(run: StreamRun) -> str:
    started = run.exit.start_error
    if started is not None:
        return started.text
    words = last_words(run)
    if not run.signalled and run.exit.code is not None:
        return f"it exited with status {run.exit.code}" + (f": {words}" if words else "")
    # What it says last, it says because it was stopped.
    return f"nothing came within {min(run.case.startup, run.case.time_limit):g} s"
