"""The cases of stories as a check of a whole run."""

from __future__ import annotations

import shutil
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


@pytest.fixture
def mistaken(tmp_path: Path) -> Path:
    """A story that reads a field that there is not, with cases that expect it to go well."""
    root = tmp_path / "stories"
    shutil.copytree(EXAMPLE, root)
    digest = root / "stories" / "digest.yaml"
    digest.write_text(digest.read_text(encoding="utf-8").replace("output.body", "output.bdoy"), encoding="utf-8")
    return root


def test_a_mistake_is_told_without_what_runs_show_of_it(mistaken: Path) -> None:
    report = run(Options(root=mistaken, checks=(*STATIC, STORIES)))

    assert [finding.rule.code for finding in report.findings] == ["EV211"]
    assert [row.outcome for row in rows(report).values()].count(Outcome.FAILED) == 2


def test_a_case_that_says_how_it_ends_follows_from_the_mistake_too(mistaken: Path) -> None:
    config = mistaken / "engram-validate.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("          page: {attempts: 2}", "          page: {attempts: 2}\n        phase: Succeeded")
    )

    assert [finding.rule.code for finding in run(Options(root=mistaken, checks=(*STATIC, STORIES))).findings] == [
        "EV211"
    ]


@pytest.mark.parametrize("checks", [(STORIES,), (*STATIC, STORIES)])
def test_what_runs_show_is_told_where_the_mistake_is_not(mistaken: Path, checks: tuple[str, ...]) -> None:
    with (mistaken / "engram-validate.yaml").open("a", encoding="utf-8") as config:
        config.write("ignore:\n  - rule: EV211\n    reason: a field that comes anyway\n")

    told = [finding.rule.code for finding in run(Options(root=mistaken, checks=checks)).findings]

    assert "EV721" in told
    assert "EV720" in told
    assert "EV211" not in told
