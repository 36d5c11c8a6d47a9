"""Policies of batch stories that hold less than they promise (story-run.md, sections A3, A5 and A9)."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from validator.checks.gaps.wording import gap, steps_in_words, verb
from validator.checks.manifests.durations import seconds
from validator.checks.resolution.templates import Survey
from validator.findings import Finding, Location, Related
from validator.rules import gaps as rules
from validator.sources.manifests import Step, Story
from validator.stories.graph import Graph

_IGNORED = {
    ("postExecution",): "the step succeeds or fails without a look at it",
    ("execution", "cache"): "nothing is written to the cache",
    ("execution", "retry"): "only a crash is tried again",
}
_NAMED = 3
"""Steps that a message names; of more it says how many."""


def check_policies(survey: Survey) -> Iterator[Finding]:
    """`spec.policy`, and what steps say of retries, caches and their success."""
    graph = survey.graph
    yield from _skips(graph)
    yield from _timeout(graph.story)
    yield from _concurrency(graph)
    for way in _IGNORED:
        yield from _ignored(survey, way)


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


def _ignored(survey: Survey, way: tuple[str, ...]) -> Iterator[Finding]:
    """A setting that SDK engrams leave without effect: at the first step that has it, with the others counted."""
    places = [place for step in survey.story.all_steps if (place := _ignored_at(survey, step, way)) is not None]
    if places:
        (step, location), *others = places
        names = [one.name for one, _ in others]
        yield gap(
            rules.SETTING_WITHOUT_EFFECT,
            survey.story,
            (*step.path, *way),
            location,
            "let the engram itself do it, or a step after this one",
            [Related(other, sys.intern(f"step `{one.name}` sets it too")) for one, other in others],
            setting=".".join(way),
            consequence=_IGNORED[way],
            others=f"; {_shortly(names)} {verb(names, 'sets', 'set')} it too" if names else "",
        )


def _shortly(steps: Sequence[str]) -> str:
    return steps_in_words(steps) if len(steps) <= _NAMED else f"{len(steps)} other steps"


def _ignored_at(survey: Survey, step: Step, way: tuple[str, ...]) -> tuple[Step, Location] | None:
    if step.ref is None:
        return None
    holder = step.node.find(way[:-1])
    node = holder.get(way[-1]) if holder is not None else None
    if holder is None or node is None or not node.members:
        return None
    engram = survey.scopes.schemas.engram(survey.story, step)
    return (step, holder.key_location(way[-1])) if engram is None or engram.mode == "job" else None
