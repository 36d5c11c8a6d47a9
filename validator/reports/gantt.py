"""Cases of stories as Mermaid Gantt charts: a bar for each step that ran, in virtual time."""

from __future__ import annotations

import re

from validator.reports.escapes import inline
from validator.suite.timelines import Bar, Timeline

MOST_BARS = 25
"""More are no picture that anyone reads; the page has them."""
_SECOND = 1_000_000_000
_TAGS = {"Succeeded": "done, ", "Failed": "crit, ", "Timeout": "crit, ", "Canceled": "crit, "}
"""By phase; what is not over has the usual colour, and `active` is what still runs."""


def gantt(timeline: Timeline) -> str:
    """The case as a chart; empty where no step ran, or too many."""
    bars = [bar for bar in timeline.bars if bar.started is not None and bar.phase != "Skipped"]
    if not 0 < len(bars) <= MOST_BARS:
        return ""
    head = ["gantt", "  dateFormat x", "  axisFormat %H:%M:%S", "  todayMarker off"]
    return "\n".join([*head, *(_line(bar, timeline.ended) for bar in bars)])


def _line(bar: Bar, end: int) -> str:
    assert bar.started is not None
    finished = bar.finished if bar.finished is not None else end
    start = bar.started // 1_000_000
    # A bar without a length is not drawn.
    return f"  {_name(bar)} :{_TAGS.get(bar.phase, 'active, ')}{start}, {max(finished // 1_000_000, start + 1)}"


def _name(bar: Bar) -> str:
    """A name that is no syntax of the chart: `:`, `#`, `;` and `,` end one or begin something else."""
    return re.sub(r"[^\w .\-]", "_", inline(f"{bar.name} {bar.phase or 'waits'}"))[:60]
