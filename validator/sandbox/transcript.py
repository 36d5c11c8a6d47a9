"""A run's wire transcript as JSON lines: both directions, times, and what the engram logged at that moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from validator.sandbox.stream_model import Entry, LogLine, StreamRun


def lines(run: StreamRun) -> Iterator[str]:
    """A line about the run, then wire and log in one order, then a line for each packet with its receipts."""
    yield _line(
        {
            "event": "run",
            "case": run.case.name,
            "settled": run.settled,
            "sdk": run.sdk_version,
            "exit_code": run.exit.code,
            "signalled": run.signalled,
            "counts": dict(run.counts),
            "phases": {name: round(seconds, 6) for name, seconds in run.phases.items()},
        }
    )
    rows = [(entry.at, document(entry)) for entry in run.transcript] + [(log.at, _log(log)) for log in run.logs]
    for _, row in sorted(rows, key=lambda row: row[0]):
        yield _line(row)
    for sent in run.sent:
        yield _line({"event": "packet", **asdict(sent)})


def document(entry: Entry) -> dict[str, Any]:
    """One entry, without what it does not have."""
    row = asdict(entry)
    return {name: value for name, value in row.items() if value not in ("", 0, (), {}, [])} | {"at": entry.at}


def _log(log: LogLine) -> dict[str, Any]:
    return {"at": round(log.at, 6), "by": "engram", "event": "log", "stream": log.stream, "text": log.text}


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, separators=(",", ":"))
