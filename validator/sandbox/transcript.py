"""A run's wire transcript as JSON lines: both directions, times, and what the engram logged at that moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from validator.sandbox.stream_model import Entry, LogLine, StreamRun


def lines(run: StreamRun) -> Iterator[str]:
    """The rows of a run, each as a line."""
    return map(line, rows(run))


def rows(run: StreamRun) -> Iterator[dict[str, Any]]:
    """A row about the run, then wire and log in one order, then a row for each packet with its receipts."""
    yield {
        "event": "run",
        "case": run.case.name,
        "settled": run.settled,
        "sdk": run.sdk_version,
        "exit_code": run.exit.code,
        "signalled": run.signalled,
        "counts": dict(run.counts),
        "phases": {name: round(seconds, 6) for name, seconds in run.phases.items()},
    }
    timed = [(entry.at, document(entry)) for entry in run.transcript] + [(log.at, _log(log)) for log in run.logs]
    for _, row in sorted(timed, key=lambda row: row[0]):
        yield row
    for sent in run.sent:
        yield {"event": "packet", **asdict(sent)}


def document(entry: Entry) -> dict[str, Any]:
    """One entry, without what it does not have."""
    row = asdict(entry)
    return {name: value for name, value in row.items() if value not in ("", 0, (), {}, [])} | {"at": entry.at}


def _log(log: LogLine) -> dict[str, Any]:
    return {"at": round(log.at, 6), "by": "engram", "event": "log", "stream": log.stream, "text": log.text}


def line(row: Any) -> str:
    """One row as JSON without a line feed."""
    return json.dumps(row, separators=(",", ":"))
