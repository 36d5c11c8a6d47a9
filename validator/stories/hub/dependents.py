"""Which steps the hub looks at for a packet of one engram, and why it never looks at others that need it.

Source: story-run.md, section B5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from validator.stories.hub.steps import HubStep


class Obstacle(StrEnum):
    """Why the hub passes over a step that needs the source of a packet."""

    LISTED_EARLIER = "it is listed before the step that it needs"
    OTHER_TRANSPORT = "it is not on the transport that the step before it names"
    PRIMITIVE = "a primitive sends no packets"


@dataclass(frozen=True, slots=True)
class Dependent:
    """A step that depends on the source of a packet."""

    step: HubStep
    obstacle: Obstacle | None
    """None where the hub looks at it."""


def dependents(steps: Sequence[HubStep], source: HubStep) -> tuple[Dependent, ...]:
    """All steps that depend on a source, in the story's order, those that the hub passes over included.

    A step without `needs` depends on every step that is listed before it (B5.1).
    """
    position = steps.index(source)
    found = []
    for index, step in enumerate(steps):
        if source.name in step.needs or (not step.needs and index > position):
            found.append(Dependent(step, _obstacle(source, step, later=index > position)))
    return tuple(found)


def _obstacle(source: HubStep, step: HubStep, *, later: bool) -> Obstacle | None:
    if not source.is_engram:
        return Obstacle.PRIMITIVE  # B5.3
    if not later:
        return Obstacle.LISTED_EARLIER  # B5.1
    if source.transport and step.transport != source.transport:
        return Obstacle.OTHER_TRANSPORT  # B5.2
    return None
