"""How long a unit will take: as its cases took before, else as others like them did, else as such cases do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from validator.suite import cases
from validator.suite.results import CaseResult

if TYPE_CHECKING:
    from validator.suite.plan import Unit

START = 2.0
"""Seconds to get an image and to open its pod (docs/scale.md has the figures)."""
BATCH, STREAMING, CONTRACT = 0.4, 1.2, 15.0
"""Seconds of a case when nothing is known: a batch run, a session, all rows of the streaming contract."""
STATIC = frozenset({"manifests", "resolution", "pairwise"})

Key = tuple[str, str]
"""A unit's name, and a case's."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds that cases took before."""

    seconds: Mapping[Key, float] = field(default_factory=dict)

    @classmethod
    def of(cls, results: Iterable[CaseResult]) -> Durations:
        """What reports tell; of several runs of a case the last counts.

        The rows of the streaming contract, which reports tell apart, count for the case that tries them all.
        """
        rows: dict[tuple[str, str, str], float] = {}
        for result in results:
            if result.check not in STATIC:
                rows[result.subject.name, result.subject.case, result.check] = result.seconds
        found: dict[Key, float] = {}
        for (unit, case, _), seconds in rows.items():
            key = unit, case.partition(": ")[0] if case.startswith(cases.CONTRACT) else case
            found[key] = found.get(key, 0.0) + seconds
        return cls(found)

    def of_unit(self, unit: Unit) -> float:
        """Seconds that a unit should take, image and all."""
        from statistics import median  # a static run would pay for it

        keys = [(unit.name, case.name) for case in unit.cases if not case.contract]
        own = [self.seconds[key] for key in keys if key in self.seconds]
        usual = median(own) if own else 0.0
        total = START
        for case in unit.cases:
            known = self.seconds.get((unit.name, case.name))
            if known is not None:
                total += known
            elif case.contract:
                total += CONTRACT
            else:
                total += usual or (STREAMING if case.mode == "streaming" else BATCH)
        return total
