"""How long a unit should take: as before, else as its other cases did, else as such cases do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.manifests import engram_template
from validator.findings import Subject
from validator.sources.workspace import load
from validator.suite import durations, plan
from validator.suite.config import Config
from validator.suite.durations import Durations
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome

SCHEMA = "inputSchema: {type: object, properties: {name: {type: string}}, required: [name]}"


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    (tmp_path / "Engram.yaml").write_text(engram_template("greeter", SCHEMA, modes="deployment"))
    return next(plan.units(load(tmp_path), Config(base=tmp_path)))


def row(case: str, seconds: float, check: str = "streaming") -> CaseResult:
    return CaseResult(Subject("template", "greeter", case=case), check, Outcome.PASSED, seconds)


def test_what_nobody_knows_is_guessed(unit: Unit) -> None:
    names = [case.name for case in unit.cases]
    assert names == ["generated minimal", "streaming contract", "generated minimal, with canaries"]

    assert Durations().of_unit(unit) == durations.START + 2 * durations.STREAMING + durations.CONTRACT


def test_what_was_recorded_counts_with_all_of_its_rows(unit: Unit) -> None:
    known = Durations.of(
        [
            row("generated minimal", 2.0),
            row("generated minimal", 0.5, "isolation"),
            row("streaming contract: plain", 1.0),
            row("streaming contract: burst", 4.0),
            row("", 9.0, "manifests"),
        ]
    )
    assert known.of_unit(unit) == durations.START + 2 * 2.5 + 5.0


def test_the_last_run_counts(unit: Unit) -> None:
    known = Durations.of([row("generated minimal", 2.0), row("generated minimal", 1.0)])

    assert known.of_unit(unit) == durations.START + 2 * 1.0 + durations.CONTRACT
