"""Stories as one Mermaid flowchart: steps with their engrams and transports, edges with their mode and what validates
them. Sources are untrusted: every word of theirs goes through `label`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from validator.reports.mermaid import COLORS, MOST_EDGES, MOST_STEPS, label
from validator.stories.flow import EdgeMode, Flow, FlowEdge, FlowStep
from validator.suite.results import Verdict

_ARROWS = {
    EdgeMode.HUB: "-->",
    EdgeMode.P2P: "==>",
    EdgeMode.DATA: "-->",
    EdgeMode.ORDER: "-.->",
    EdgeMode.BRANCH: "-.->",
    EdgeMode.NONE: "--x",
}
_LOST = "--x"
_LINE = 40
"""Characters in a line of a reason."""
_SCHEMAS = {"outputSchema": "output", "inputSchema": "input"}


def flowcharts(flows: Sequence[Flow]) -> str:
    """The Mermaid text of some stories; of several, each is a subgraph."""
    lines, drawn, number, lost = ["flowchart LR"], 0, 0, []
    for position, flow in enumerate(flows):
        numbers = {step.name: number + index for index, step in enumerate(_distinct(flow.steps))}
        number += len(numbers)
        inner = [f"s{numbers[step.name]}{_node(step)}" for step in _distinct(flow.steps)]
        for edge in flow.edges:
            if edge.source in numbers and edge.target in numbers:
                inner.append(f"s{numbers[edge.source]} {_arrow(edge)} s{numbers[edge.target]}")
                lost += [str(drawn)] if edge.problem else []
                drawn += 1
        lines += [f"  {line}" for line in (_framed(position, flow, inner) if len(flows) > 1 else inner)]
    if lost:
        lines.append(f"  linkStyle {','.join(lost)} stroke:{COLORS[Verdict.ERROR]},stroke-width:2px")
    return "\n".join(lines)


def too_large(flows: Iterable[Flow]) -> bool:
    """Whether GitHub would refuse to draw them."""
    flows = list(flows)
    return sum(len(f.steps) for f in flows) > MOST_STEPS or sum(len(f.edges) for f in flows) > MOST_EDGES


def _distinct(steps: Iterable[FlowStep]) -> Iterator[FlowStep]:
    """One step of each name."""
    yield from {step.name: step for step in steps}.values()


def _framed(position: int, flow: Flow, inner: Sequence[str]) -> list[str]:
    return [f'subgraph g{position}["{label(flow.name)}"]', *(f"  {line}" for line in inner), "end"]


def _node(step: FlowStep) -> str:
    about = [step.kind] if step.kind and step.kind != step.name else []
    about += [step.section] if step.section in ("compensations", "finally") else []
    about += [step.transport] if step.transport else []
    text = "<br/>".join(label(line) for line in (step.name, *about))
    return f'["{text}"]' if step.is_engram else f'(["{text}"])'


def _arrow(edge: FlowEdge) -> str:
    words = [edge.mode.value] if edge.mode is not EdgeMode.NONE else []
    if edge.problem:
        words += textwrap.wrap(edge.problem, _LINE)
    elif edge.mode in (EdgeMode.HUB, EdgeMode.P2P, EdgeMode.DATA):
        words.append(_validated(edge))
    text = "<br/>".join(label(word) for word in words)
    return f'{_LOST if edge.problem else _ARROWS[edge.mode]}|"{text}"|'


def _validated(edge: FlowEdge) -> str:
    schemas = [_SCHEMAS[one.schema] for one in edge.validated]
    return f"{' and '.join(schemas)} validated" if schemas else "not validated"
