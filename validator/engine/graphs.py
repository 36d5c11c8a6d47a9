"""The stories as graphs with a verdict on each step and edge, for reports that draw them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from validator.findings import Finding, Subject, Unchecked
from validator.sources.manifests import Step, Story
from validator.sources.workspace import Workspace
from validator.stories.graph import Graph, implicit
from validator.suite.results import StoryEdge, StoryGraph, StoryStep, Verdict
from validator.templates.references import alias

NEEDED = frozenset({"resolution", "pairwise"})
"""The checks without which nothing can be said about an edge."""


def story_graphs(
    workspace: Workspace, checks: Iterable[str], findings: Sequence[Finding], unchecked: Sequence[Unchecked]
) -> tuple[StoryGraph, ...]:
    """The stories of this repository that have steps, in order."""
    by_subject: dict[Subject, list[Finding | Unchecked]] = {}
    everything: list[Finding | Unchecked] = [*findings, *unchecked]
    for verdict in everything:
        if verdict.subject.kind == "story" and verdict.subject.step:
            by_subject.setdefault(verdict.subject, []).append(verdict)
    complete = set(checks) >= NEEDED
    names = Counter(story.subject.name for story in workspace.stories)
    graphs = []
    for story in workspace.stories:
        if not story.provided and any(step.name for step in story.every_step()):
            mine = by_subject if names[story.subject.name] == 1 else _within(by_subject, story.node.location.file)
            graphs.append(_graph(workspace, Graph(story), complete, mine))
    return tuple(graphs)


def worsened(graph: StoryGraph, findings: Iterable[Finding]) -> StoryGraph:
    """The graph with verdicts no better than these findings about its steps: what other shards have found."""
    own: dict[str, list[Finding]] = {}
    for finding in findings:
        subject = finding.subject
        if (subject.kind, subject.name) == ("story", graph.name) and finding.location.file == graph.file:
            own.setdefault(subject.step, []).append(finding)
    sources = {
        step.name: tuple(edge.source for edge in graph.edges if edge.target == step.name) for step in graph.steps
    }
    return StoryGraph(
        graph.name,
        graph.file,
        tuple(replace(step, verdict=_worse(step.verdict, own.get(step.name, ()))) for step in graph.steps),
        tuple(
            replace(
                edge,
                verdict=_worse(
                    edge.verdict,
                    [each for each in own.get(edge.target, ()) if _concerns(each, edge.source, sources[edge.target])],
                ),
            )
            for edge in graph.edges
        ),
    )


def _worse(verdict: Verdict, findings: Sequence[Finding]) -> Verdict:
    """The worst of what was known and of what is found."""
    order = (Verdict.PASSED, Verdict.UNKNOWN, Verdict.NOTE, Verdict.WARNING, Verdict.ERROR)
    return max((verdict, *(Verdict(finding.severity.value) for finding in findings)), key=order.index)


def _within(
    by_subject: Mapping[Subject, list[Finding | Unchecked]], file: str
) -> dict[Subject, list[Finding | Unchecked]]:
    """What is told at places of one file: all that tells stories of the same name apart."""
    return {
        subject: [verdict for verdict in verdicts if verdict.location is None or verdict.location.file == file]
        for subject, verdicts in by_subject.items()
    }


def _graph(
    workspace: Workspace, graph: Graph, complete: bool, by_subject: Mapping[Subject, list[Finding | Unchecked]]
) -> StoryGraph:
    story = graph.story
    steps, edges = [], []
    for name, step in graph.by_name.items():
        own = by_subject.get(replace(story.subject, step=name), [])
        steps.append(StoryStep(name, step.ref.name if step.ref is not None else step.type, _worst(own, complete)))
        sources = _sources(graph, step)
        for source, data in sources:
            about = [verdict for verdict in own if _concerns(verdict, source, tuple(name for name, _ in sources))]
            sure = complete and (not data or _typed(workspace, story, graph.by_name[source], step))
            edges.append(StoryEdge(source, name, _worst(about, sure), data))
    return StoryGraph(story.subject.name, story.node.location.file, tuple(steps), tuple(edges))


def _sources(graph: Graph, step: Step) -> list[tuple[str, bool]]:
    """The steps that lead into this one, and whether a value of theirs is handed on, as far as texts tell."""
    if graph.story.is_realtime:
        return [(source.name, True) for source in graph.sources(step) if source.name in graph.by_name]
    read = set(implicit(step, graph.names))
    waited = read | graph.explicit[step.name]
    return [(name, name in read) for name in graph.by_name if name in waited]


def _typed(workspace: Workspace, story: Story, source: Step, step: Step) -> bool:
    """Whether both ends say what they give and take: else that nothing was found says nothing."""
    giver, taker = workspace.step_template(story, source), workspace.step_template(story, step)
    return bool(giver and giver.output_schema is not None) and bool(taker and taker.input_schema is not None)


def _worst(verdicts: Sequence[Finding | Unchecked], sure: bool) -> Verdict:
    findings = [verdict for verdict in verdicts if isinstance(verdict, Finding)]
    if findings:
        return Verdict(max(findings, key=lambda finding: finding.severity.rank).severity.value)
    return Verdict.PASSED if sure and not verdicts else Verdict.UNKNOWN


def _concerns(verdict: Finding | Unchecked, source: str, sources: tuple[str, ...]) -> bool:
    """Whether a verdict on a step is about the edge from this source.

    A finding must name the source, or mean the packet where there is but one; what is not known of the step and names
    nobody is not known of any of its edges.
    """
    texts = [*_texts(verdict)]
    named = [name for name in sources if any(_names(text, name) for text in texts)]
    if named:
        return source in named
    if isinstance(verdict, Unchecked):
        return True
    return len(sources) == 1 and any(re.search(r"\bpacket\b", text) for text in texts)


def _texts(verdict: Finding | Unchecked) -> Iterator[str]:
    if isinstance(verdict, Unchecked):
        yield from (verdict.what, verdict.reason)
        return
    yield verdict.message
    yield from (value for value in verdict.evidence.values() if isinstance(value, str))


def _names(text: str, step: str) -> bool:
    """Whether a text speaks of the step as templates and messages do."""
    for name in (step, alias(step)):
        quoted = re.escape(name)
        if re.search(rf"steps\.{quoted}(?![\w-])|[\"'`]{quoted}[\"'`]", text):
            return True
    return False
