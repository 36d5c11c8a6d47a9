"""What is silenced or graded otherwise does not leave its case as it was; other cases are left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.options import Options
from validator.engine.outcomes import regraded
from validator.findings import Finding, Location, Severity, Subject
from validator.rules import conformance
from validator.suite.results import CaseResult, Outcome

UNIT = Subject("template", "greeter")
ONE, TWO = replace(UNIT, case="one"), replace(UNIT, case="two")
PLACE = Location("Engram.yaml")


def finding(subject: Subject = ONE, severity: Severity = Severity.ERROR, cases: tuple[str, ...] = ()) -> Finding:
    rule = conformance.OUTPUT_MISSING
    return Finding(rule, rule.message, PLACE, subject, severity, cases=cases)


def row(subject: Subject = ONE, outcome: Outcome = Outcome.FAILED, check: str = "conformance") -> CaseResult:
    return CaseResult(subject, check, outcome, 0.1, message="wrong")


ERROR, WARNING, NOTE = (finding(severity=severity) for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE))
TABLE = [
    ("silenced", [row()], [ERROR], [], [Outcome.PASSED]),
    ("a warning now", [row()], [ERROR], [WARNING], [Outcome.WARNED]),
    ("a note now", [row()], [ERROR], [NOTE], [Outcome.PASSED]),
    ("an error now", [row(outcome=Outcome.PASSED)], [NOTE], [ERROR], [Outcome.FAILED]),
    ("as it was", [row()], [ERROR], [ERROR], [Outcome.FAILED]),
    ("told once for two cases", [row(), row(TWO)], [finding(cases=("one", "two"))], [], [Outcome.PASSED] * 2),
    ("one of two", [row(), row(TWO)], [finding(), finding(TWO)], [finding(TWO)], [Outcome.PASSED, Outcome.FAILED]),
    ("of the whole unit", [row()], [finding(UNIT)], [], [Outcome.PASSED]),
    ("without a finding", [row()], [], [], [Outcome.FAILED]),
    ("of another check", [row(check="isolation")], [ERROR], [], [Outcome.FAILED]),
    ("not checked", [row(outcome=Outcome.NOT_CHECKED)], [NOTE], [ERROR], [Outcome.NOT_CHECKED]),
    ("an error of the sandbox", [row(outcome=Outcome.ERROR)], [], [], [Outcome.ERROR]),
    ("a row of manifests", [row(UNIT)], [finding(replace(UNIT, step="a"))], [], [Outcome.PASSED]),
]


@pytest.mark.parametrize(("rows", "found", "reported", "outcomes"), [r[1:] for r in TABLE], ids=[r[0] for r in TABLE])
def test_a_row_is_what_is_reported_of_it(rows: list, found: list, reported: list, outcomes: list) -> None:
    assert [each.outcome for each in regraded(rows, found, reported)] == outcomes


def test_the_message_is_that_of_what_is_left() -> None:
    other = replace(WARNING, message="less wrong")
    (left,) = regraded([row()], [ERROR, other], [other])
    assert (left.outcome, left.message) == (Outcome.WARNED, "less wrong")
    assert regraded([row()], [ERROR], [])[0].message == ""


MANIFEST = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: greeter}
spec:
  version: 1.0.0
  supportedModes: [job]
  outputSchema: {type: object, properties: {words: {type: nothing}}}
"""


@pytest.mark.parametrize(
    ("config", "outcome"),
    [("{}", Outcome.FAILED), ("rules: {EV110: off}", Outcome.FAILED), ("rules: {CODE: off}", Outcome.PASSED)],
)
def test_a_rule_that_is_switched_off_fails_no_manifest(tmp_path: Path, config: str, outcome: Outcome) -> None:
    (tmp_path / "Engram.yaml").write_text(MANIFEST, encoding="utf-8")
    plain = run(Options(root=tmp_path, checks=("manifests",)))
    codes = {finding.rule.code for finding in plain.findings if finding.severity is Severity.ERROR}
    assert codes
    off = ", ".join(f"{code}: off" for code in sorted(codes))
    (tmp_path / "engram-validate.yaml").write_text(config.replace("CODE: off", off), encoding="utf-8")
    report = run(Options(root=tmp_path, checks=("manifests",)))
    assert [case.outcome for case in report.cases] == [outcome]
