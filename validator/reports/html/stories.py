"""Each story as plain SVG: steps in columns by how far they are from a start, edges in the colour of a verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from validator.reports.escapes import inline
from validator.reports.html.markup import Markup, folded, join, tag
from validator.reports.mermaid import SIGNS, worst
from validator.suite.results import Report, StoryEdge, StoryGraph, Verdict

MOST_STORIES = 200
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


def stories(report: Report) -> Iterator[Markup]:
    """The stories with edges, those with trouble first and open."""
    order = list(Verdict)
    drawn = sorted((story for story in report.stories if story.edges), key=lambda story: order.index(worst(story)))
    for story in drawn[:MOST_STORIES]:
        verdict = worst(story)
        title = join([tag("b", f"{SIGNS[verdict] or '✓'} {story.name}", class_=f"v-{verdict.value}"), f" {story.file}"])
        yield folded(title, *_story(story), open=verdict in {Verdict.ERROR, Verdict.WARNING}, class_="story")
    if len(drawn) > MOST_STORIES:
        yield tag("p", f"{len(drawn) - MOST_STORIES:,} more stories, none worse than these.")


def _story(story: StoryGraph) -> Iterator[Markup]:
    if len(story.steps) <= MOST_STEPS and len(story.edges) <= MOST_EDGES:
        yield tag("div", _drawing(story), class_="wide", tabindex=0)
    told = [
        tag("li", f"{edge.source} → {edge.target}: ", tag("b", WORDS[edge.verdict], class_=f"v-{edge.verdict.value}"))
        for edge in story.edges[:MOST_EDGES]
    ]
    yield folded("The edges as a list", tag("ul", *told))


def _drawing(story: StoryGraph) -> Markup:
    columns = columns_of(story)
    places: dict[str, tuple[int, int]] = {}
    free: dict[int, int] = defaultdict(lambda: MARGIN)
    for name, column in columns.items():
        places[name] = (_left(column), free[column])
        free[column] += STEP[1] + GAP[1]
    edges = []
    for edge in story.edges:
        if edge.source in places and edge.target in places:
            lanes = []
            for column in range(columns[edge.source] + 1, columns[edge.target]):
                lanes.append((_left(column), free[column]))
                free[column] += LANE
            edges.append(_edge(edge, places, lanes))
    width = _left(max(columns.values())) + STEP[0] + MARGIN
    height = max(free.values()) + MARGIN
    shown = {step.name: step for step in reversed(story.steps)}
    boxes = [
        tag(
            "g",
            tag("title", f"{step.name}: {WORDS[step.verdict]}"),
            tag("rect", x=x, y=y, width=STEP[0], height=STEP[1], rx=8),
            tag("text", _short(step.name), x=x + 10, y=y + 20, class_="name"),
            tag("text", _short(step.kind), x=x + 10, y=y + 36, class_="kind"),
            class_=f"step v-{step.verdict.value}",
        )
        for name, (x, y) in places.items()
        for step in (shown[name],)
    ]
    label = f"Story {inline(story.name)}: {len(story.steps)} steps, {len(story.edges)} edges"
    return tag("svg", *edges, *boxes, role="img", aria_label=label, width=width, height=height)


def _left(column: int) -> int:
    return MARGIN + column * (STEP[0] + GAP[0])


def _edge(edge: StoryEdge, places: Mapping[str, tuple[int, int]], lanes: Sequence[tuple[int, int]]) -> Markup:
    """A curve from step to step, through a lane of its own in each column that it passes."""
    (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
    x1, y1, y2 = x1 + STEP[0], y1 + STEP[1] // 2, y2 + STEP[1] // 2
    path = f"M{x1},{y1}"
    x, y = x1, y1
    for lane_x, lane_y in lanes:
        path += f" {_curve(x, y, lane_x, lane_y)} L{lane_x + STEP[0]},{lane_y}"
        x, y = lane_x + STEP[0], lane_y
    path += f" {_curve(x, y, x2, y2)}"
    parts = [
        tag("title", f"{edge.source} → {edge.target}: {WORDS[edge.verdict]}"),
        tag("path", d=path),
        tag("path", d=f"M{x2 - 8},{y2 - 5} L{x2},{y2} L{x2 - 8},{y2 + 5}", class_="tip"),
    ]
    if SIGNS[edge.verdict]:
        x, y = (lanes[0][0] + STEP[0] // 2, lanes[0][1]) if lanes else ((x1 + x2) // 2, (y1 + y2) // 2)
        parts += [tag("circle", cx=x, cy=y, r=9), tag("text", SIGNS[edge.verdict], x=x, y=y + 4, class_="sign")]
    return tag("g", *parts, class_=f"edge v-{edge.verdict.value}" + ("" if edge.data else " waits"))


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
