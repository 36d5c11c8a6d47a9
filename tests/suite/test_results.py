"""What becomes of a case, and of a run in which nothing was judged."""

from __future__ import annotations

import pytest

from validator.findings import Location, Subject
from validator.reports.tallies import outcomes, verdict
from validator.rules import conformance as rules
from validator.suite.results import CaseResult, Outcome, Report, Status

PLACE = Location("Engram.yaml")
ERROR = rules.OUTPUT_MISSING.at(PLACE, Subject("template", "a"))
WARNING = rules.OUTPUT_TOO_DEEP.at(PLACE, Subject("template", "a"), limit=64)
NOTE = rules.NULL_MEMBER_VANISHES.at(PLACE, Subject("template", "a"), path="`.a`")


@pytest.mark.parametrize(
    ("findings", "outcome"),
    [
        ([], Outcome.PASSED),
        ([NOTE], Outcome.PASSED),
        ([NOTE, WARNING], Outcome.WARNED),
        ([WARNING, ERROR, NOTE], Outcome.FAILED),
    ],
)
def test_the_worst_finding_decides(findings: list, outcome: Outcome) -> None:
    assert Outcome.of(findings) is outcome


def row(engram: str, outcome: Outcome, check: str = "conformance") -> CaseResult:
    return CaseResult(Subject("template", engram, case="one"), check, outcome, 0.1, message="it refused the input")


NOT = Outcome.NOT_CHECKED
STATIC = row("a", Outcome.PASSED, "manifests")


@pytest.mark.parametrize(
    ("cases", "status", "words"),
    [
        ([row("a", NOT), row("a", NOT, "streaming")], Status.NOTHING, "not checked: no output of `a` was judged"),
        ([STATIC, row("a", NOT)], Status.NOTHING, "not checked: no output of `a` was judged"),
        ([row("a", NOT), row("b", Outcome.PASSED)], Status.OK, "passed, but no output of `a` was judged"),
        ([row("a", NOT), row("a", Outcome.WARNED)], Status.OK, "passed"),
        ([STATIC], Status.OK, "passed"),
    ],
    ids=["nothing", "manifests only", "another one", "another case", "nothing ran"],
)  # fmt: skip
def test_an_engram_of_which_nothing_was_judged(cases: list, status: Status, words: str) -> None:
    report = Report(cases=tuple(cases), checked=1)
    assert (report.status, verdict(report)) == (status, words)


def test_a_broken_contract_comes_before_what_was_not_judged() -> None:
    report = Report(findings=(ERROR,), cases=(row("a", NOT),), checked=1)
    assert (report.status, verdict(report)) == (Status.FINDINGS, "failed")


def test_outcomes_are_counted_in_the_words_of_all_reports() -> None:
    cases = [row("a", outcome) for outcome in (*Outcome, Outcome.ERROR)]
    assert outcomes(cases) == "1 passed, 1 warned, 1 failed, 1 not checked, 2 errors"
