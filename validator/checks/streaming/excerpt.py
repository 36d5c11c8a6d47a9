"""The part of a transcript that matters, joined with what the engram logged at that moment: one page of text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from validator.findings import Json
from validator.sandbox.stream_model import Entry, LogLine, StreamRun

LINES = 40
WIDTH = 4_000
"""Characters of a line: enough that secrets are whole when they are masked. Reports show less of it."""


def excerpt(run: StreamRun, at: float | None = None, lines: int = LINES) -> list[Json]:
    """Lines around a moment (seconds), by default the end: `time who what`, wire and log in one order."""
    rows = sorted(_rows(run), key=lambda row: row[0])
    if at is None:
        chosen = rows[-lines:]
    else:
        before = [row for row in rows if row[0] <= at][-lines // 2 :]
        after = [row for row in rows if row[0] > at][: lines - len(before)]
        chosen = before + after
    return [f"{_clock(when)} {who:<9} {what}"[:WIDTH] for when, who, what in chosen]


def _clock(when: float) -> str:
    """Seconds; nothing where they are unknown."""
    return f"{when:8.3f}" if when >= 0 else " " * 8


def _rows(run: StreamRun) -> Iterable[tuple[float, str, str]]:
    for beats in _folded(run.transcript):
        entry = beats[0]
        more = f" ({len(beats)} of them until {beats[-1].at:.3f})" if len(beats) > 1 else ""
        yield entry.at, entry.by, line(entry) + more
    for log in run.logs:
        yield log.at, "log", log_text(log)


def _folded(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The entries, heartbeats of one kind together while nothing else happens: they say that nothing does."""
    beats: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        if is_beat(entry):
            beats.setdefault((entry.by, entry.stream, entry.label, _answered(entry)), []).append(entry)
            continue
        yield from beats.values()
        beats = {}
        yield [entry]
    yield from beats.values()


def is_beat(entry: Entry) -> bool:
    """A heartbeat on either stream, or the ACK of one."""
    if entry.event != "message":
        return False
    return bool(entry.body.get("heartbeat")) or entry.label == "heartbeat" or _answered(entry) == "heartbeat"


def _answered(entry: Entry) -> str:
    """What an ACK is an answer to."""
    metadata = entry.body.get("metadata")
    return str(metadata.get("type", "")) if entry.label == "ack" and isinstance(metadata, dict) else ""


def line(entry: Entry) -> str:
    """One entry in a line."""
    what = f"{entry.stream} {entry.event}".strip()
    label = f" [{entry.label}]" if entry.label else ""
    body = f" {json.dumps(_brief(entry), ensure_ascii=False)}" if entry.body else ""
    return f"{what}{label}{body}"


def _brief(entry: Entry) -> Json:
    body = entry.body
    packet = body.get("packet")
    if isinstance(packet, dict):
        return {key: value for key, value in packet.items() if key != "version"}
    return {key: value for key, value in body.items() if key != "envelope"}


def log_text(log: LogLine) -> str:
    """A line of the log; of the SDK's JSON lines only what they say."""
    if log.text.startswith("{"):
        try:
            document = json.loads(log.text)
        except (ValueError, RecursionError):
            return log.text
        if isinstance(document, dict) and "msg" in document:
            rest = " ".join(f"{key}={value}" for key, value in document.items() if key not in {"time", "level", "msg"})
            return f"{document.get('level', '')} {document['msg']} {rest}".strip()
    return log.text
