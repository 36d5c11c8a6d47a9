"""Primitives of batch stories that do not do what they are named for (story-run.md, section A7)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.gaps.wording import gap, of_step, steps_in_words, verb
from validator.checks.manifests.durations import seconds
from validator.findings import Finding
from validator.rules import gaps as rules
from validator.sources.manifests import Step
from validator.stories.graph import Graph
from validator.templates.implication import Values


def check_primitives(graph: Graph, values: Values) -> Iterator[Finding]:
    """The primitives of a batch story, each in its section."""
    story = graph.story
    for steps in (story.steps, story.compensations, story.finally_):
        for step in steps:
            match step.type:
                case "parallel":
                    yield of_step(
                        rules.PARALLEL_NEVER_COMPLETES,
                        story,
                        step,
                        "type",
                        "write the branches as steps of the story: those without a common `needs` run side by side",
                        step=step.name,
                    )
                case "executeStory":
                    yield from _child(graph, step)
                case "sleep":
                    yield from _sleep(graph, step)
                case "stop":
                    yield from _stop(graph, step, steps)
                case "condition":
                    yield from _condition(graph, step, steps, values)


def _child(graph: Graph, step: Step) -> Iterator[Finding]:
    settings = step.with_
    wait = settings.get("waitForCompletion") if settings is not None else None
    if settings is None or not settings.is_mapping or (wait is not None and wait.value is not None):
        return
    name = settings.find(("storyRef", "name"))
    yield of_step(
        rules.OMITTED_WAIT,
        graph.story,
        step,
        "type",
        "add `waitForCompletion: true` to `with`, or `false` if no step needs its output",
        step=step.name,
        story=(name.text if name is not None else None) or "the other story",
    )


def _sleep(graph: Graph, step: Step) -> Iterator[Finding]:
    duration = step.node.find(("with", "duration"))
    text = duration.text if duration is not None else None
    if duration is None or text is None or (length := seconds(text)) is None or length > 0:
        return
    path = (*step.path, "with", "duration")
    advice = "write how long, such as `1s`, or leave the step out"
    yield gap(rules.NO_SLEEP, graph.story, path, duration.location, advice, step=step.name, found=text)


def _stop(graph: Graph, step: Step, steps: tuple[Step, ...]) -> Iterator[Finding]:
    """Whoever is not over by then: with phase Failed, who needs it is skipped as after any failure."""
    phase = step.node.find(("with", "phase"))
    fails = phase is not None and (phase.text or "").lower() not in ("", "succeeded")
    before = graph.upstream(step.name)
    running = [
        other.name
        for other in steps
        if other.name
        and other.name != step.name
        and other.name not in before
        and not (fails and step.name in graph.upstream(other.name))
    ]
    if running:
        yield of_step(
            rules.STOP_WITHOUT_EFFECT,
            graph.story,
            step,
            "type",
            "put an `if` on the steps that must not run then",
            others=steps_in_words(running),
            verb=verb(running, "runs", "run"),
        )


def _condition(graph: Graph, step: Step, steps: tuple[Step, ...], values: Values) -> Iterator[Finding]:
    if not graph.may_lack_output(step):
        return
    free = [
        other.name
        for other in steps
        if other.name and any(need.text == step.name for need in other.needs) and not graph.follows(other, step, values)
    ]
    if free:
        yield of_step(
            rules.CONDITION_WITHOUT_EFFECT,
            graph.story,
            step,
            "if",
            "give this `if` to the steps that it is about",
            step=step.name,
            others=steps_in_words(free),
            verb=verb(free, "runs", "run"),
        )
