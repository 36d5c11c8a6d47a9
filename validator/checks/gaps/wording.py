"""How findings about the platform's gaps name steps and their places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from validator.checks.manifests.places import Place
from validator.findings import Finding, Location, Path, Related, Rule, Suggestion
from validator.rules.names import listed
from validator.sources.manifests import Step, Story


def steps_in_words(steps: Sequence[str]) -> str:
    """`step `a``, or `steps `a`, `b``."""
    return f"step{'s' if len(steps) > 1 else ''} {listed(steps)}"


def verb(steps: Sequence[str], one: str, many: str) -> str:
    """The form of a verb that goes with as many steps."""
    return one if len(steps) == 1 else many


def gap(
    rule: Rule,
    story: Story,
    path: Path,
    location: Location,
    advice: str,
    related: Iterable[Related] = (),
    /,
    **facts: object,
) -> Finding:
    """A finding at a place of a story."""
    place = Place(story, path)
    return rule.at(
        location,
        place.subject,
        anchor=place.anchor,
        evidence={},
        suggestion=Suggestion(advice),
        related=related,
        severity=None,
        **facts,
    )


def of_step(rule: Rule, story: Story, step: Step, key: str, advice: str, /, **facts: object) -> Finding:
    """A finding at one field of a step; at its name where it has none."""
    node = step.node.get(key)
    location = node.location if node is not None else step.name_location
    return gap(rule, story, (*step.path, key), location, advice, **facts)
