"""Policies of batch stories that hold less than they promise (story-run.md, sections A3, A5 and A9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from validator.checks.gaps.wording import gap, steps_in_words, verb
from validator.checks.manifests.durations import seconds
from validator.checks.resolution.templates import Survey
from validator.findings import Finding
from validator.rules import gaps as rules
from validator.sources.manifests import Step, Story
from validator.stories.graph import Graph

_IGNORED = {
    ("postExecution",): "the step succeeds or fails without a look at it",
    ("execution", "cache"): "nothing is written to the cache",
    ("execution", "retry"): "only a crash is tried again",
}


def check_policies(survey: Survey) -> Iterator[Finding]:
    """`spec.policy`, and what steps say of retries, caches and their success."""
    graph = survey.graph
    yield from _skips(graph)
    yield from _timeout(graph.story)
    yield from _concurrency(graph)
    for step in graph.story.all_steps:
        if step.ref is not None:
            yield from _ignored(survey, step)


def _skips(graph: Graph) -> Iterator[Finding]:
    """A chain of three: the second is skipped when the first fails, and the third runs (A3.4)."""
    story = graph.story
    node = story.node.find(("spec", "policy", "retries", "continueOnStepFailure"))
    if node is None or node.value is not True:
        return
    main = {step.name: step for step in story.steps if step.name}
    chains: dict[str, tuple[str, str]] = {}
    for name in main:
        needed = graph.dependencies[name] & main.keys()
        for second in sorted(needed):
            firsts = (graph.dependencies[second] & main.keys()) - needed - {name}
            failing = sorted(
                first for first in firsts if not main[first].allow_failure and main[first].type != "condition"
            )
            if failing:
                chains.setdefault(name, (failing[0], second))
    if chains:
        first, second = next(iter(chains.values()))
        yield gap(
            rules.SKIP_ENDS,
            story,
            ("spec", "policy", "retries", "continueOnStepFailure"),
            node.location,
            f"add `{first}` to the `needs` of {steps_in_words([*chains][:1])}"
            + (", and likewise for the others" if len(chains) > 1 else ""),
            others=steps_in_words([*chains]),
            verb=verb([*chains], "runs", "run"),
            first=first,
            second=second,
        )


def _timeout(story: Story) -> Iterator[Finding]:
    node = story.node.find(("spec", "policy", "timeouts", "story"))
    text = node.text if node is not None else None
    sections = [name for name, steps in (("compensations", story.compensations), ("finally", story.finally_)) if steps]
    if node is None or text is None or not sections or (seconds(text) or 0) <= 0:
        return
    yield gap(
        rules.TIMEOUT_WITHOUT_CLEANUP,
        story,
        ("spec", "policy", "timeouts", "story"),
        node.location,
        "limit the steps instead, by `policy.timeouts.step` or `execution.timeout`",
        found=text,
        sections=" and ".join(f"`{name}`" for name in sections) + verb(sections, " is", " are"),
    )


def _concurrency(graph: Graph) -> Iterator[Finding]:
    """Steps with the same dependencies become ready in one pass, in which nothing counts them (A5.1)."""
    story = graph.story
    node = story.node.find(("spec", "policy", "concurrency"))
    limit = node.value if node is not None else None
    if node is None or isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        return
    runners = [step.name for step in story.steps if step.name and step.ref is not None]
    counts = Counter(graph.dependencies[name] for name in runners)
    together, count = next(iter(counts.most_common(1)), (frozenset(), 0))
    if count > limit:
        yield gap(
            rules.CONCURRENCY_WITHOUT_EFFECT,
            story,
            ("spec", "policy", "concurrency"),
            node.location,
            "join the steps by `needs` where they must not run at the same time",
            limit=limit,
            others=steps_in_words([name for name in runners if graph.dependencies[name] == together]),
        )


def _ignored(survey: Survey, step: Step) -> Iterator[Finding]:
    engram = survey.scopes.schemas.engram(survey.story, step)
    if engram is not None and engram.mode != "job":
        return
    for way, consequence in _IGNORED.items():
        holder = step.node.find(way[:-1])
        node = holder.get(way[-1]) if holder is not None else None
        if holder is not None and node is not None and node.members:
            yield gap(
                rules.SETTING_WITHOUT_EFFECT,
                survey.story,
                (*step.path, *way),
                holder.key_location(way[-1]),
                "let the engram itself do it, or a step after this one",
                setting=".".join(way),
                consequence=consequence,
            )
