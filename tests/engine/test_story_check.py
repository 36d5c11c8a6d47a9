"""The cases of stories as a check of a whole run."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.options import CHECKS, STATIC, STORIES, Options
from validator.suite.results import CaseResult, Outcome, Report, Status

EXAMPLE = Path(__file__).parents[2] / "examples" / "stories"


def reported(*checks: str, config: str = "") -> Report:
    return run(Options(root=EXAMPLE, checks=checks, config=config))


def rows(report: Report) -> dict[str, CaseResult]:
    return {row.subject.case: row for row in report.cases if row.check == STORIES}


def test_each_case_is_a_row_with_its_evidence() -> None:
    report = reported(*STATIC, STORIES)

    assert report.status is Status.OK
    assert {name: row.properties["evidence"] for name, row in rows(report).items()} == {
        "a page is made short": "mocked",
        "a page that is gone": "mocked",
        "a crash is tried again": "generated",
    }


def test_a_wrong_case_fails_the_run() -> None:
    report = reported(*STATIC, STORIES, config="mistaken.yaml")

    assert report.status is Status.FINDINGS
    assert [row.outcome for row in rows(report).values()] == [Outcome.FAILED]
    assert [str(finding.location) for finding in report.findings] == ["mistaken.yaml:13:17"]


@pytest.mark.parametrize("checks", [STATIC, ("resolution",)])
def test_without_the_check_nothing_is_run(checks: tuple[str, ...]) -> None:
    assert rows(reported(*checks, config="mistaken.yaml")) == {}


def test_it_is_one_of_all_checks() -> None:
    assert STORIES in CHECKS
