"""Counts in words."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.options import Options
from validator.engine.planning import plan
from validator.findings import Subject
from validator.reports.tallies import cases_with_outcomes, counted
from validator.suite.events import Event, Planned
from validator.suite.results import CaseResult, Outcome

EXAMPLE = Path(__file__).parents[2] / "examples" / "greeter"
PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_CHECKED


def row(case: str, check: str, outcome: Outcome = PASSED, mode: str = "batch", *, kept: bool = False) -> CaseResult:
    properties = {"cache": "hit"} if kept else {}
    return CaseResult(Subject("template", "a", case=case), check, outcome, 0.1, mode, properties=properties)


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (0, "case", "0 cases"),
        (1, "case", "1 case"),
        (1_024, "case", "1,024 cases"),
        (1, "more story", "1 more story"),
        (2, "more story", "2 more stories"),
        (2, "key", "2 keys"),
    ],
)
def test_a_noun_has_its_plural(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("", []),
        ("", [row("", "manifests")]),
        ("1 case: 1 passed", [row("x", "conformance"), row("x", "isolation")]),
        ("1 case: 1 failed", [row("x", "conformance"), row("x", "isolation", FAILED)]),
        ("1 case: 1 not checked", [row("x", "conformance"), row("x", "isolation", UNKNOWN)]),
        ("2 cases: 1 passed, 1 failed", [row("x", "conformance"), row("x", "streaming", FAILED, "streaming")]),
        (
            "2 cases: 1 passed, 1 failed",
            [
                row("streaming contract: order", "streaming"),
                row("streaming contract: chunks", "streaming", FAILED),
                row("x", "conformance"),
            ],
        ),
        ("1 case: 1 passed (1 kept from earlier runs)", [row("x", c, kept=True) for c in ("conformance", "isolation")]),
    ],
)
def test_a_case_counts_once_however_many_checks_judge_it(words: str, rows: list[CaseResult]) -> None:
    assert cases_with_outcomes(rows) == words


def test_plan_progress_and_verdict_count_the_same_cases() -> None:
    options = Options(root=EXAMPLE, sandbox="process", unisolated=True)
    planned: list[int] = []

    def observe(event: Event) -> None:
        planned.extend([event.cases] if isinstance(event, Planned) else [])

    report = run(options, observe)
    assert planned == [plan(options).cases]
    assert cases_with_outcomes(report.cases).startswith(f"{planned[0]} cases: ")
    assert len(report.cases) > planned[0]


PLURAL = re.compile(
    r" (more )?(cases|findings|steps|edges|lines|members|packets|pairs|templates|EngramTemplates|stories|engrams|files"
    r"|images|manifests|subjects|shards|errors|warnings|notes)\b"
)
SEVERAL = {
    "validator/reports/excerpts.py": "a gap stands for two lines or more",
}
"""Where there is never one."""


def test_no_report_counts_one_as_many() -> None:
    """Whatever says `N cases` says `1 case` of one: `counted` does."""
    root = Path(__file__).parents[2]
    wrong = []
    for folder in ("reports", "cli"):
        for file in sorted((root / "validator" / folder).rglob("*.py")):
            name = file.relative_to(root).as_posix()
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                parts = node.values if isinstance(node, ast.JoinedStr) and name not in SEVERAL else []
                wrong += [
                    f"{name}:{number.lineno}"
                    for number, noun in itertools.pairwise(parts)
                    if isinstance(number, ast.FormattedValue)
                    and isinstance(noun, ast.Constant)
                    and PLURAL.match(str(noun.value))
                ]
    assert wrong == []
