"""A story as a Mermaid flowchart, which GitHub draws: each edge has the colour and the sign of its verdict."""

from __future__ import annotations

from collections import defaultdict

from validator.reports.escapes import inline
from validator.suite.results import StoryGraph, Verdict

MOST_STEPS = 100
MOST_EDGES = 250
"""Mermaid on GitHub refuses 500 edges or 50,000 characters, and nobody reads as many."""
NAME_LIMIT = 60
COLORS = {
    Verdict.ERROR: "#d1242f",
    Verdict.WARNING: "#bf8700",
    Verdict.NOTE: "#0969da",
    Verdict.UNKNOWN: "#8c959f",
    Verdict.PASSED: "#1a7f37",
}
"""Seen on white as on black."""
SIGNS = {Verdict.ERROR: "✕", Verdict.WARNING: "!", Verdict.NOTE: "i", Verdict.UNKNOWN: "?", Verdict.PASSED: ""}
"""Colours alone tell nothing to many."""
_PLAIN = " _-./"


def worst(story: StoryGraph) -> Verdict:
    """The worst verdict on a step or edge."""
    order = list(Verdict)
    verdicts = [*(step.verdict for step in story.steps), *(edge.verdict for edge in story.edges)]
    return min(verdicts, key=order.index, default=Verdict.PASSED)


def drawable(story: StoryGraph) -> bool:
    """Whether there is something to draw, and not more than is drawn."""
    return bool(story.edges) and len(story.steps) <= MOST_STEPS and len(story.edges) <= MOST_EDGES


def flowchart(story: StoryGraph) -> str:
    """The Mermaid text. Steps are numbered there, so that no name can be a keyword."""
    lines = ["flowchart LR"]
    numbers: dict[str, int] = {}
    for step in story.steps:
        number = numbers.setdefault(step.name, len(numbers))
        kind = f"<br/>{label(step.kind)}" if step.kind and step.kind != step.name else ""
        lines.append(f'  s{number}["{label(step.name)}{kind}"]:::{step.verdict.value}')
    links: dict[Verdict, list[str]] = defaultdict(list)
    drawn = 0
    for edge in story.edges:
        if edge.source not in numbers or edge.target not in numbers:
            continue
        sign = SIGNS[edge.verdict]
        arrow = ("-->" if edge.data else "-.->") + (f'|"{sign}"|' if sign else "")
        lines.append(f"  s{numbers[edge.source]} {arrow} s{numbers[edge.target]}")
        links[edge.verdict].append(str(drawn))
        drawn += 1
    for verdict, indices in links.items():
        lines.append(f"  linkStyle {','.join(indices)} stroke:{COLORS[verdict]},stroke-width:2px")
    styles = dict.fromkeys(step.verdict for step in story.steps)
    return "\n".join(
        [*lines, *(f"  classDef {style.value} stroke:{COLORS[style]},stroke-width:2px" for style in styles)]
    )


def label(text: str) -> str:
    """A name within a quoted label: whatever is no letter or digit becomes Mermaid's own entity."""
    shown = inline(text)
    if len(shown) > NAME_LIMIT:
        shown = f"{shown[: NAME_LIMIT - 1]}…"
    return "".join(
        character if character.isalnum() or character in _PLAIN else f"#{ord(character)};" for character in shown
    )
