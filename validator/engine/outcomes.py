"""The outcome of a row after severities and suppressions: a silenced finding leaves no failed case behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from validator import rules
from validator.engine import evidence, facts
from validator.findings import Finding
from validator.suite.cases import EXPLORED
from validator.suite.results import CaseResult, Outcome

if TYPE_CHECKING:
    from validator.engine.grading import Standard
    from validator.suite.scheduler import CaseReport

_VERDICTS = (Outcome.PASSED, Outcome.WARNED, Outcome.FAILED)


def regraded(
    results: Iterable[CaseResult], found: Iterable[Finding], reported: Iterable[Finding]
) -> tuple[CaseResult, ...]:
    """The rows by what is reported. Only of a row whose outcome comes from what was found is there anything to say."""
    before, after = _Owned(found), _Owned(reported)
    return tuple(_row(result, before, after) for result in results)


@dataclass(frozen=True, slots=True)
class ReportGrader:
    """The rows of a case as the report will show them: for progress, and for what ends a run at the first failure."""

    standard: Standard
    accepts_all: bool = False
    """Whether whatever is found goes into a new baseline."""

    def results(self, case_report: CaseReport) -> tuple[CaseResult, ...]:
        """The rows of a case that has ended."""
        if self.accepts_all:
            return regraded(case_report.results, case_report.findings, ())
        return self.rows(case_report.results, case_report.findings)

    def rows(self, results: Iterable[CaseResult], findings: Iterable[Finding]) -> tuple[CaseResult, ...]:
        """Rows by what will be reported of these findings."""
        found = evidence.bounded(facts.once(findings))
        return regraded(results, found, self.standard.reported(found))


def _row(result: CaseResult, before: _Owned, after: _Owned) -> CaseResult:
    if result.outcome not in _VERDICTS:
        return result
    for whole in (False, True):
        if Outcome.of(before.of(result, whole=whole)) is result.outcome:
            left = after.of(result, whole=whole)
            outcome = Outcome.of(left)
            worst = max(left, key=lambda finding: finding.severity.rank, default=None)
            message = worst.message if worst is not None and worst.severity.rank else ""
            return result if outcome is result.outcome else replace(result, outcome=outcome, message=message)
    return _repeating(result, before, after)


def _repeating(result: CaseResult, before: _Owned, after: _Owned) -> CaseResult:
    """A search that found only what other cases show has no findings of its own: what silences theirs silences it."""
    if result.subject.case != EXPLORED or not before.of_unit(result):
        return result
    outcome = Outcome.of(after.of_unit(result))
    milder = _VERDICTS.index(outcome) < _VERDICTS.index(result.outcome)
    return replace(result, outcome=outcome, message="") if milder else result


class _Owned:
    """Findings by whom they are about, and by the check that made them."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._by_unit: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
        for finding in findings:
            subject = finding.subject
            self._by_unit[subject.kind, subject.name, rules.check_of(finding.rule.code)].append(finding)

    def of_unit(self, result: CaseResult) -> Sequence[Finding]:
        """The findings of a row's unit that the row's check has made."""
        return self._by_unit.get((result.subject.kind, result.subject.name, result.check), [])

    def of(self, result: CaseResult, *, whole: bool) -> Sequence[Finding]:
        """The findings of a row; with `whole` also those of its unit that name no case."""
        subject = result.subject
        every = self.of_unit(result)
        if not subject.case:
            return every
        return [
            finding
            for finding in every
            if subject.case in (finding.subject.case, *finding.cases) or (whole and not finding.subject.case)
        ]
