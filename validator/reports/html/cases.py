"""What was run and how it went: who was checked for what, the cases by subject with their logs, and the times."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from validator.reports.document import finite
from validator.reports.escapes import cut, tail
from validator.reports.tallies import WORST_FIRST, outcomes, ran
from validator.suite.results import CaseResult, Outcome, Report

SIGNS = {
    Outcome.FAILED: "✕",
    Outcome.ERROR: "⚡",
    Outcome.NOT_CHECKED: "?",
    Outcome.WARNED: "!",
    Outcome.PASSED: "✓",
}
MOST_CASES = 5_000
MOST_ROWS = 250
"""Rows of a table at the start: the worst come first."""
MOST_TIMES = 50
LOG_LINES = 400
PASSED_LINES = 20


@dataclass(frozen=True, slots=True)
class Mark:
    """An outcome as the page shows it: its sign, its words, and the class that colours it."""

    outcome: str
    sign: str
    words: str


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Who, and what each check came to; None for one that did not look at it."""

    subject: str
    cells: tuple[Mark | None, ...]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with its logs, by name."""

    mark: Mark
    subject: str
    about: str
    seconds: float
    evidence: str
    message: str
    logs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """The cases of one engram, the worst first."""

    mark: Mark
    subject: str
    words: str
    seconds: float
    rows: tuple[CaseRow, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class TimeRow:
    """Where time went: one subject and check."""

    subject: str
    check: str
    cases: int
    seconds: float
    longest: float
    share: float
    """Of the row that took the longest, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class CasesView:
    """What the page has of cases."""

    checks: tuple[str, ...]
    coverage: tuple[CoverageRow, ...]
    more_coverage: int
    groups: tuple[CaseGroup, ...]
    more_cases: int
    times: tuple[TimeRow, ...]
    more_times: int


def view(report: Report) -> CasesView:
    """All cases, those with trouble first."""
    checks = tuple(dict.fromkeys(case.check for case in report.cases))
    coverage = _coverage(report.cases, checks)
    every = sorted(ran(report.cases), key=_rank)
    times = _times(report.cases)
    return CasesView(
        checks,
        coverage[:MOST_ROWS],
        max(0, len(coverage) - MOST_ROWS),
        _groups(every[:MOST_CASES]),
        max(0, len(every) - MOST_CASES),
        times[:MOST_TIMES],
        max(0, len(times) - MOST_TIMES),
    )


def _rank(case: CaseResult) -> int:
    return WORST_FIRST.index(case.outcome)


def _mark(cases: Sequence[CaseResult], words: str = "") -> Mark:
    """What the worst of these cases came to."""
    worst = min(cases, key=_rank).outcome
    return Mark(worst.value, SIGNS[worst], words or worst.words)


def _coverage(cases: Iterable[CaseResult], checks: Sequence[str]) -> tuple[CoverageRow, ...]:
    """Who was checked for what; those with trouble first."""
    cells: dict[str, dict[str, list[CaseResult]]] = defaultdict(lambda: defaultdict(list))
    for case in cases:
        cells[_owner(case)][case.check].append(case)
    every = sorted(cells.items(), key=lambda entry: min(_rank(one) for row in entry[1].values() for one in row))
    return tuple(
        CoverageRow(owner, tuple(_cell(found[check]) if check in found else None for check in checks))
        for owner, found in every
    )


def _cell(cases: Sequence[CaseResult]) -> Mark:
    return _mark(cases, "" if len(cases) == 1 else outcomes(cases))


def _owner(case: CaseResult) -> str:
    return cut(f"{case.subject.kind} {case.subject.name}", 300)


def _groups(cases: Sequence[CaseResult]) -> tuple[CaseGroup, ...]:
    """The cases by subject; only one in which something failed is open, and only where few have."""
    found: dict[str, list[CaseResult]] = defaultdict(list)
    for case in cases:
        found[_owner(case)].append(case)
    unsuccessful = Counter(_owner(case) for case in cases if case.outcome in {Outcome.FAILED, Outcome.ERROR})
    return tuple(
        CaseGroup(
            _mark(own),
            owner,
            outcomes(own),
            sum(case.seconds for case in own),
            tuple(map(_row, own)),
            open=0 < unsuccessful[owner] <= 20 and len(unsuccessful) <= 3,
        )
        for owner, own in found.items()
    )


def _row(case: CaseResult) -> CaseRow:
    limit = PASSED_LINES if case.outcome is Outcome.PASSED else LOG_LINES
    output = "" if case.output is None else json.dumps(finite(case.output), indent=2, ensure_ascii=False)[:50_000]
    logs = (("stdout", case.stdout), ("stderr", case.stderr), ("output", output), ("transcript", case.transcript))
    return CaseRow(
        _mark((case,)),
        cut(str(case.subject), 1_000),
        ", ".join(part for part in (case.check, case.mode, case.origin) if part),
        case.seconds,
        case.evidence.words if case.evidence is not None else "",
        cut(case.message, 1_000),
        tuple((name, "\n".join(tail(content, limit))) for name, content in logs if content.strip()),
    )


def _times(cases: Iterable[CaseResult]) -> tuple[TimeRow, ...]:
    """A row for each subject and check, the longest first."""
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for case in cases:
        groups[_owner(case), case.check].append(case.seconds)
    longest = sorted(groups.items(), key=lambda entry: -sum(entry[1]))
    most = (sum(longest[0][1]) if longest else 0.0) or 1.0
    return tuple(
        TimeRow(owner, check, len(seconds), sum(seconds), max(seconds), sum(seconds) / most)
        for (owner, check), seconds in longest
    )
