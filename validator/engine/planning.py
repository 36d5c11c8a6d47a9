"""A run before it is made: which shard has what, and how long each should take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from validator.engine.options import Options, UsageError
from validator.engine.preparation import prepare
from validator.engine.sharing import shared
from validator.suite import shards
from validator.suite.shards import Shard

NAMED = 3
"""Engrams that the name of a shard tells."""


@dataclass(frozen=True, slots=True)
class PlannedShard:
    """What one shard will do."""

    shard: Shard
    engrams: tuple[str, ...]
    cases: int
    seconds: float

    @property
    def name(self) -> str:
        """What a person calls it: its first engrams, and how many more there are."""
        shown = ", ".join(self.engrams[:NAMED]) or "nothing"
        more = len(self.engrams) - NAMED
        return f"{shown} and {more} more" if more > 0 else shown


@dataclass(frozen=True, slots=True)
class Plan:
    """All shards of a run."""

    parts: tuple[PlannedShard, ...]
    recorded: int
    """Cases whose duration is known from an earlier run."""

    @property
    def cases(self) -> int:
        """Of all shards."""
        return sum(part.cases for part in self.parts)

    @property
    def seconds(self) -> float:
        """Of all shards."""
        return sum(part.seconds for part in self.parts)


def plan(options: Options, count: int = 0, target: float = 0.0) -> Plan:
    """Cut the run of these options into `count` shards, or into as many as take `target` seconds each.

    Raises UsageError for more shards than a matrix may have.
    """
    units = {unit.name: unit for unit in shared(prepare(options)).units}
    lengths = {name: options.durations.of_unit(unit) for name, unit in units.items()}
    number = count or (max(1, math.ceil(sum(lengths.values()) / target)) if target else 1)
    if number > shards.MOST:
        raise UsageError(f"{number} shards are more than the {shards.MOST} jobs that GitHub makes of one matrix")
    parts: Sequence[tuple[str, ...]] = shards.cut(lengths, number)
    identity = shards.identity(lengths, number)
    return Plan(
        tuple(
            PlannedShard(
                Shard(index, number, identity),
                names,
                sum(len(units[name].cases) for name in names),
                sum(lengths[name] for name in names),
            )
            for index, names in enumerate(parts, 1)
        ),
        sum(1 for unit in units.values() for case in unit.cases if (unit.name, case.name) in options.durations.seconds),
    )
