"""How much of the schemas of engrams exploring has reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from validator.reports.escapes import cut
from validator.suite.results import CaseResult

MOST = 500
"""Rows that are shown: the least reached come first."""


@dataclass(frozen=True, slots=True)
class ReachRow:
    """One schema of one engram, in one mode."""

    subject: str
    mode: str
    schema: str
    counts: tuple[str, ...]
    """`7 of 8` for members, words of enums, and alternatives; empty where the schema has none."""
    share: float
    """Of all that the schema offers, from 0 to 1."""
    missed: tuple[str, ...]
    more: int
    """Points missed that are not named."""


def view(cases: Iterable[CaseResult]) -> tuple[ReachRow, ...]:
    """A row for each schema that was explored, the least reached first."""
    rows = (_row(case, index) for case in cases for index in range(len(case.coverage)))
    return tuple(sorted(rows, key=lambda row: row.share)[:MOST])


def _row(case: CaseResult, index: int) -> ReachRow:
    each = case.coverage[index]
    counts = (each.members, each.values, each.alternatives)
    reached, of = (sum(numbers) for numbers in zip(*counts, strict=True))
    return ReachRow(
        cut(case.subject.name, 300),
        case.mode,
        each.schema,
        tuple(f"{some:,} of {every:,}" if every else "" for some, every in counts),
        reached / of if of else 1.0,
        each.missed,
        max(0, of - reached - len(each.missed)),
    )
