"""What is silenced or graded otherwise does not leave its case as it was; other cases are left alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.grading import Standard
from validator.engine.options import Options
from validator.engine.outcomes import ReportGrader, regraded
from validator.findings import Finding, Location, Severity, Subject
from validator.reports.progress import Journal
from validator.rules import conformance
from validator.suite.cases import EXPLORED
from validator.suite.events import Event, Observer
from validator.suite.results import CaseResult, Outcome
from validator.suite.scheduler import CaseReport
from validator.suite.suppression import Suppression

UNIT = Subject("template", "greeter")
ONE, TWO = replace(UNIT, case="one"), replace(UNIT, case="two")
SEARCH = replace(UNIT, case=EXPLORED)
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
    ("a search repeats what is silenced", [row(), row(SEARCH)], [ERROR], [], [Outcome.PASSED] * 2),
    ("a search repeats a warning", [row(), row(SEARCH)], [ERROR], [WARNING], [Outcome.WARNED] * 2),
    ("a search repeats what is reported", [row(), row(SEARCH)], [ERROR], [ERROR], [Outcome.FAILED] * 2),
    ("a search repeats nothing", [row(SEARCH)], [], [], [Outcome.FAILED]),
    ("a search is no more than it was", [row(SEARCH, Outcome.WARNED)], [ERROR], [ERROR], [Outcome.WARNED]),
    ("another case repeats nothing", [row(), row(TWO)], [ERROR], [], [Outcome.PASSED, Outcome.FAILED]),
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


SHOWN = finding(cases=("one",))
"""As the baseline knows what a run shows: whichever case shows it."""
ACCEPTED = Suppression("baseline", SHOWN.rule.code, PLACE, fingerprint=SHOWN.fingerprint)


@pytest.mark.parametrize(
    ("name", "grader", "outcome"),
    [
        ("nothing is silenced", ReportGrader(Standard({}, ())), Outcome.FAILED),
        ("known of old", ReportGrader(Standard({}, (ACCEPTED,))), Outcome.PASSED),
        ("another is known", ReportGrader(Standard({}, (replace(ACCEPTED, fingerprint="0"),))), Outcome.FAILED),
        ("a warning here", ReportGrader(Standard({SHOWN.rule.code: Severity.WARNING}, ())), Outcome.WARNED),
        ("the rule is off", ReportGrader(Standard({SHOWN.rule.code: None}, ())), Outcome.PASSED),
        ("all go into a baseline", ReportGrader(Standard({}, ()), accepts_all=True), Outcome.PASSED),
    ],
)
def test_while_a_run_goes_on_a_case_is_told_as_the_report_will_tell_it(
    name: str, grader: ReportGrader, outcome: Outcome
) -> None:
    assert [each.outcome for each in grader.results(CaseReport((row(),), (finding(),)))] == [outcome]
    errors = row(outcome=Outcome.ERROR)
    assert grader.results(CaseReport((errors,), ())) == (errors,)


BROKEN_CASE = """\
cases:
  greeter: [{name: calm, inputs: {name: Grace}}, {name: also calm, inputs: {name: Grace}}]
"""


def _listening(journal: Journal, said: list[str]) -> Observer:
    def observe(event: Event) -> None:
        said.extend(journal.lines_for(event))

    return observe


def test_a_baseline_silences_progress_and_ends_no_run(tmp_path: Path) -> None:
    """Known failures are told as failures nowhere: not in progress, not by `--exitfirst`."""
    example = Path(__file__).parents[2] / "examples" / "greeter"
    for name in ("Engram.yaml", "greeter.py"):
        shutil.copy(example / name, tmp_path)
    written = "images: {greeter: {process: greeter.py}}\n" + BROKEN_CASE
    (tmp_path / "engram-validate.yaml").write_text(written, encoding="utf-8")
    plain = Options(root=tmp_path, sandbox="process", unisolated=True, baseline="known.json")
    lines: dict[str, list[str]] = {}
    for name, options in (
        ("written", replace(plain, update_baseline=True)),
        ("known", plain),
        ("known, to the first failure", replace(plain, exit_first=True)),
        ("not known, to the first failure", replace(plain, baseline="", exit_first=True, workers=1)),
    ):
        said = lines.setdefault(name, [])
        report = run(options, _listening(Journal(), said))
        failed = [case for case in report.cases if case.outcome is Outcome.FAILED]
        assert bool(failed) == any(line.startswith("failed") for line in said) == (name[:3] == "not"), said
        assert any(case.outcome is Outcome.NOT_CHECKED for case in report.cases) == (name[:3] == "not")
    assert "baseline known.json: 1 finding written" in lines["written"]


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
