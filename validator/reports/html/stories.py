"""Each story as shapes: steps in columns by how far they are from a start, edges in the colour of a verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from validator.reports.escapes import inline
from validator.reports.mermaid import SIGNS, worst
from validator.reports.tallies import counted
from validator.suite.results import Report, StoryEdge, StoryGraph, Verdict

MOST_STORIES = 500
MOST_OPEN = 5
"""Stories with trouble whose graphs are shown at the start."""
MOST_STEPS = 200
MOST_EDGES = 1_000
NAME_LIMIT = 22
STEP = (180, 46)
GAP = (80, 22)
LANE = 24
"""The height of the lane in which an edge passes a column of steps."""
MARGIN = 14
WORDS = {
    Verdict.ERROR: "fails",
    Verdict.WARNING: "can fail",
    Verdict.NOTE: "worth a look",
    Verdict.UNKNOWN: "could not be checked",
    Verdict.PASSED: "holds",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A step: where it stands, in pixels, and what it shows."""

    x: int
    y: int
    name: str
    kind: str
    title: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Line:
    """An edge: its curve, the tip of its arrow, and the sign in its middle when there is one."""

    title: str
    path: str
    tip: str
    verdict: str
    waits: bool
    sign: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A story's graph as shapes."""

    label: str
    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """An edge in words."""

    title: str
    words: str
    verdict: str


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story of the page."""

    name: str
    file: str
    sign: str
    verdict: str
    open: bool
    drawing: Drawing | None
    """None for one that is too large to be read."""
    edges: tuple[EdgeRow, ...]


def view(report: Report) -> tuple[StoryView, ...]:
    """The stories with edges, those with trouble first; the first few of these open."""
    order = list(Verdict)
    drawn = sorted((story for story in report.stories if story.edges), key=lambda story: order.index(worst(story)))
    return tuple(_story(story, index) for index, story in enumerate(drawn))


def _story(story: StoryGraph, index: int) -> StoryView:
    verdict = worst(story)
    small = len(story.steps) <= MOST_STEPS and len(story.edges) <= MOST_EDGES
    return StoryView(
        story.name,
        story.file,
        SIGNS[verdict] or "✓",
        verdict.value,
        verdict in {Verdict.ERROR, Verdict.WARNING} and index < MOST_OPEN,
        _drawing(story) if small else None,
        tuple(
            EdgeRow(f"{edge.source} → {edge.target}", WORDS[edge.verdict], edge.verdict.value)
            for edge in story.edges[:MOST_EDGES]
        ),
    )


def _drawing(story: StoryGraph) -> Drawing:
    columns = columns_of(story)
    places: dict[str, tuple[int, int]] = {}
    free: dict[int, int] = defaultdict(lambda: MARGIN)
    for name, column in columns.items():
        places[name] = (_left(column), free[column])
        free[column] += STEP[1] + GAP[1]
    lines = []
    for edge in story.edges:
        if edge.source in places and edge.target in places:
            lanes = []
            for column in range(columns[edge.source] + 1, columns[edge.target]):
                lanes.append((_left(column), free[column]))
                free[column] += LANE
            lines.append(_line(edge, places, lanes))
    shown = {step.name: step for step in reversed(story.steps)}
    boxes = tuple(
        Box(x, y, _short(step.name), _short(step.kind), f"{step.name}: {WORDS[step.verdict]}", step.verdict.value)
        for name, (x, y) in places.items()
        for step in (shown[name],)
    )
    return Drawing(
        f"Story {inline(story.name)}: {counted(len(story.steps), 'step')}, {counted(len(story.edges), 'edge')}",
        _left(max(columns.values())) + STEP[0] + MARGIN,
        max(free.values()) + MARGIN,
        boxes,
        tuple(lines),
    )


def _left(column: int) -> int:
    return MARGIN + column * (STEP[0] + GAP[0])


def _line(edge: StoryEdge, places: Mapping[str, tuple[int, int]], lanes: Sequence[tuple[int, int]]) -> Line:
    """A curve from step to step, through a lane of its own in each column that it passes."""
    (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
    x1, y1, y2 = x1 + STEP[0], y1 + STEP[1] // 2, y2 + STEP[1] // 2
    path = f"M{x1},{y1}"
    x, y = x1, y1
    for lane_x, lane_y in lanes:
        path += f" {_curve(x, y, lane_x, lane_y)} L{lane_x + STEP[0]},{lane_y}"
        x, y = lane_x + STEP[0], lane_y
    path += f" {_curve(x, y, x2, y2)}"
    middle = (lanes[0][0] + STEP[0] // 2, lanes[0][1]) if lanes else ((x1 + x2) // 2, (y1 + y2) // 2)
    return Line(
        f"{edge.source} → {edge.target}: {WORDS[edge.verdict]}",
        path,
        f"M{x2 - 8},{y2 - 5} L{x2},{y2} L{x2 - 8},{y2 + 5}",
        edge.verdict.value,
        not edge.data,
        SIGNS[edge.verdict],
        *middle,
    )


def _curve(x1: int, y1: int, x2: int, y2: int) -> str:
    bend = max(40, abs(x2 - x1) // 2)
    return f"C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"


def columns_of(story: StoryGraph) -> dict[str, int]:
    """How many edges lead to each step at most. An edge that closes a circle counts for nothing."""
    names = [step.name for step in story.steps]
    before: dict[str, set[str]] = {name: set() for name in names}
    for edge in story.edges:
        if edge.source in before and edge.target in before and edge.source != edge.target:
            before[edge.target].add(edge.source)
    columns: dict[str, int] = {}
    waiting = dict.fromkeys(names)
    while waiting:
        ready = [name for name in waiting if before[name] <= columns.keys()] or [next(iter(waiting))]
        for name in ready:
            columns[name] = max((columns[source] + 1 for source in before[name] if source in columns), default=0)
        for name in ready:
            waiting.pop(name, None)
    return {name: columns[name] for name in before}


def _short(text: str) -> str:
    shown = inline(text)
    return shown if len(shown) <= NAME_LIMIT else f"{shown[: NAME_LIMIT - 1]}…"
