"""Each case of a story as shapes: a bar for each step in virtual time, and inputs beside their templates."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from validator.findings import Json, Location
from validator.reports.escapes import inline
from validator.suite.results import Report
from validator.suite.timelines import GOOD, Bar, Timeline

MOST_CASES = 200
MOST_OPEN = 5
"""Cases that are not as they should be, and are shown at the start."""
MOST_STEPS = 200
MOST_INPUTS = 60
"""Fields of a step's input that are shown; the rest is counted."""
MOST_TEXT = 2_000
"""Characters of one value."""
NAME_WIDTH, WIDTH, ROW, HEAD, INDENT = 190, 700, 26, 30, 14
NAME_LIMIT = 24
MARK_GAP = 64
"""Pixels between two times that are written at the top."""
_SECOND = 1_000_000_000
TONES = {"Succeeded": "passed", "Failed": "error", "Timeout": "error", "Skipped": "unknown", "Canceled": "warning"}
"""By phase; what is in none of them is not over."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One attempt, or a step that has none."""

    x: float
    width: float
    evidence: str
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """One step: its name, its pieces, and how it ended."""

    y: int
    indent: int
    name: str
    title: str
    tone: str
    pieces: tuple[Piece, ...]
    note: str
    """What is written where it has no bar."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A time at the top."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a step's input: as the story has it, and as the step got it."""

    name: str
    written: str
    given: str
    differs: bool


@dataclass(frozen=True, slots=True)
class StepView:
    """A step in words."""

    name: str
    kind: str
    tone: str
    phase: str
    times: str
    evidence: str
    message: str
    location: Location
    fields: tuple[Field, ...]
    more: int
    """Fields that are not shown."""
    output: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case of the page."""

    title: str
    tone: str
    words: str
    open: bool
    width: int
    height: int
    marks: tuple[Mark, ...]
    rows: tuple[Row, ...]
    arrows: tuple[str, ...]
    """Paths."""
    steps: tuple[StepView, ...]
    more: int
    """Steps that are not shown."""


def view(report: Report) -> tuple[CaseView, ...]:
    """The cases of stories, those that are not as they should be first; the first few of these open."""
    ordered = sorted(report.timelines, key=lambda one: one.outcome in GOOD)
    return tuple(_case(one, index) for index, one in enumerate(ordered[:MOST_CASES]))


def _case(timeline: Timeline, index: int) -> CaseView:
    bars = timeline.bars[:MOST_STEPS]
    scale = _Scale.of(bars, timeline.ended)
    good = timeline.outcome in GOOD
    return CaseView(
        title=f"{timeline.story}: {timeline.case}" if timeline.case else timeline.story,
        tone="passed" if good else "error",
        words=f"{timeline.verdict}; {timeline.phase or 'never ends'} after {seconds(timeline.ended)} of virtual time",
        open=not good and index < MOST_OPEN,
        width=NAME_WIDTH + WIDTH + MARK_GAP,
        height=HEAD + ROW * len(bars) + 8,
        marks=scale.marks(),
        rows=tuple(_row(bar, number, scale) for number, bar in enumerate(bars)),
        arrows=tuple(
            path
            for number, bar in enumerate(bars)
            for before in bar.after
            if (path := _arrow(bars[before], before, bar, number, scale))
        ),
        steps=tuple(map(_step, bars)),
        more=len(timeline.bars) - len(bars),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a time stands. An hour of sleep takes more room than a second, and not 3,600 times as much."""

    times: tuple[int, ...]
    places: tuple[float, ...]

    @classmethod
    def of(cls, bars: Sequence[Bar], end: int) -> _Scale:
        known = {0, end}
        for bar in bars:
            known |= {time for time in (bar.started, bar.finished) if time is not None}
            known |= {time for one in bar.stretches for time in (one.started, one.ended)}
        times = tuple(sorted(known))
        gaps = [1 + math.log10(1 + (after - before) / _SECOND) for before, after in pairwise(times)]
        whole, reached, places = sum(gaps) or 1.0, 0.0, [0.0]
        for gap in gaps:
            reached += gap
            places.append(reached / whole)
        return cls(times, tuple(places))

    def x(self, time: int) -> float:
        return round(NAME_WIDTH + WIDTH * self.places[self.times.index(time)], 1)

    def marks(self) -> tuple[Mark, ...]:
        """Times that have room, from the left; the end always."""
        found = [Mark(self.x(self.times[-1]), seconds(self.times[-1]))]
        last = -math.inf
        for time in self.times[:-1]:
            if self.x(time) - last >= MARK_GAP and found[0].x - self.x(time) >= MARK_GAP:
                found.append(Mark(self.x(time), seconds(time)))
                last = self.x(time)
        return tuple(found)


def _row(bar: Bar, number: int, scale: _Scale) -> Row:
    title = ": ".join(filter(None, (f"{bar.name} ({bar.kind})", bar.phase or "not reached", bar.message)))
    pieces = tuple(_pieces(bar, scale)) if bar.started is not None and bar.phase != "Skipped" else ()
    return Row(
        y=HEAD + ROW * number,
        indent=INDENT * bar.depth,
        name=_short(bar.name, NAME_LIMIT - 2 * bar.depth),
        title=inline(title),
        tone=_tone(bar),
        pieces=pieces,
        note="" if pieces else (bar.phase or "not reached").lower(),
    )


def _pieces(bar: Bar, scale: _Scale) -> list[Piece]:
    if bar.stretches:
        return [
            _piece(scale, one.started, one.ended, one.evidence, f"attempt {number}")
            for number, one in enumerate(bar.stretches, 1)
        ]
    assert bar.started is not None
    return [_piece(scale, bar.started, bar.finished if bar.finished is not None else scale.times[-1], "", "")]


def _piece(scale: _Scale, start: int, end: int, evidence: str, what: str) -> Piece:
    left = scale.x(start)
    title = ", ".join(filter(None, (what, f"{seconds(start)} to {seconds(end)}", evidence)))
    return Piece(left, round(max(scale.x(end) - left, 3.0), 1), evidence, title)


def _arrow(source: Bar, upper: int, target: Bar, lower: int, scale: _Scale) -> str:
    """A curve from the end of a step to the start of one that waits for it; empty when one of them has no bar."""
    if source.finished is None or target.started is None or target.phase == "Skipped":
        return ""
    x1, y1 = scale.x(source.finished), HEAD + ROW * upper + ROW / 2
    x2, y2 = scale.x(target.started), HEAD + ROW * lower + ROW / 2
    return f"M{x1} {y1:g} C{x1 + 14:g} {y1:g} {x2 - 14:g} {y2:g} {x2} {y2:g}"


def _step(bar: Bar) -> StepView:
    fields = _fields(bar)
    times = "" if bar.started is None else seconds(bar.started)
    if bar.finished is not None and bar.finished != bar.started:
        times += f" to {seconds(bar.finished)}"
    return StepView(
        name=bar.name,
        kind=bar.kind,
        tone=_tone(bar),
        phase=bar.phase or "not reached",
        times=times,
        evidence=", ".join(dict.fromkeys(one.evidence for one in bar.stretches if one.evidence)),
        message=bar.message,
        location=bar.location,
        fields=fields[:MOST_INPUTS],
        more=max(len(fields) - MOST_INPUTS, 0),
        output="" if bar.output is None else _text(bar.output),
    )


def _fields(bar: Bar) -> tuple[Field, ...]:
    """The input field by field: what only one side has is empty on the other."""
    written = bar.raw if isinstance(bar.raw, dict) else {}
    given = bar.given if isinstance(bar.given, dict) else {}
    return tuple(
        Field(
            name,
            _text(written[name]) if name in written else "",
            _text(given[name]) if name in given else "",
            name in given and (name not in written or written[name] != given[name]),
        )
        for name in (*written, *(name for name in given if name not in written))
    )


def _text(value: Json) -> str:
    """A text as it is, all else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"


def _tone(bar: Bar) -> str:
    return TONES.get(bar.phase, "warning" if bar.phase else "unknown")


def _short(text: str, most: int) -> str:
    text = inline(text)
    return text if len(text) <= most else f"{text[: max(most - 1, 1)]}…"


def seconds(nanos: int) -> str:
    """A time as `90 s`, `1 h 2 min` or `1.5 s`."""
    whole, rest = divmod(nanos, _SECOND)
    if whole < 120:
        return f"{round(nanos / _SECOND, 3):g} s"
    minutes, left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (left + (1 if rest * 2 >= _SECOND else 0), "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
