from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.reports.report_samples import GOOD, MIXED, case, hostile, hostile_lines, lines, many
from validator.findings import REPRODUCE, Location, Severity, Subject, Unchecked
from validator.reports import console
from validator.reports.console import Look
from validator.reports.escapes import visible
from validator.rules.config import UNKNOWN_TARGET
from validator.rules.sandbox import DAEMON_LOST
from validator.rules.streaming import NEVER_CONNECTED
from validator.suite.cases import EXPLORED
from validator.suite.results import CaseResult, Outcome, Report

Golden = Callable[[str, str], None]
MISSPELT = UNKNOWN_TARGET.at(
    Location("engram-validate.yaml", 3), Subject("config", "engram-validate.yaml"),
    key="gretter", where="`cases`", kind="template", known="known are `greeter`",
)  # fmt: skip
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
COLOR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("name", "report", "look"),
    [
        ("console-mixed.txt", MIXED, Look(width=90)),
        ("console-verbose.txt", MIXED, Look(width=60, verbose=True)),
        ("console-quiet.txt", MIXED, Look(quiet=True)),
        ("console-good.txt", GOOD, Look()),
    ],
)
def test_looks(golden: Golden, name: str, report: Report, look: Look) -> None:
    golden(name, console.render(report, lines, look))


def test_colors_change_nothing_but_color() -> None:
    plain = console.render(MIXED, lines, Look(width=90))
    colored = console.render(MIXED, lines, Look(width=90, color=True))
    assert "\x1b[1;31merror[EV201 unknown-field]\x1b[0m" in colored
    assert [line.rstrip() for line in COLOR.sub("", colored).split("\n")] == plain.split("\n")


@pytest.mark.parametrize(
    ("report", "last"),
    [
        (Report(checked=1), "passed  no findings; 1 manifest in 0.00 s"),
        (Report(), "error: nothing to check  no findings; 0 manifests in 0.00 s"),
        (
            Report(unchecked=MIXED.unchecked, checked=1),
            "passed (3 not checked)  no findings; 1 manifest in 0.00 s",
        ),
        (
            Report(sandbox_errors=True, cases=(case("a", Outcome.ERROR),), checked=1),
            "sandbox error: the contract was not tested  no findings; 1 case: 1 error; 1 manifest in 0.00 s",
        ),
        (
            replace(MIXED, fail_on=Severity.WARNING, cases=(), suppressed=(), unchecked=()),
            "failed  2 errors, 1 warning, 1 note (fails on warning); 5 manifests in 4.2 s",
        ),
        (
            Report(interrupted=2, checked=3),
            "interrupted: reports only what had finished  no findings; 3 manifests in 0.00 s",
        ),
        (
            Report(usage_errors=True, checked=3, findings=(MISSPELT,)),
            "error: the configuration has mistakes; everything else was checked  1 error; 3 manifests in 0.00 s",
        ),
        (
            Report(usage_errors=True, checked=3),
            "error: some files could not be read; everything else was checked  no findings; 3 manifests in 0.00 s",
        ),
    ],
)
def test_the_last_line_is_the_verdict(report: Report, last: str) -> None:
    assert console.render(report, lines).rstrip("\n").split("\n")[-1] == last


def test_nothing_of_others_reaches_the_terminal() -> None:
    for look in (Look(verbose=True), Look(quiet=True), Look()):
        assert not CONTROL.search(console.render(hostile(), hostile_lines, look))
    colored = console.render(hostile(), hostile_lines, Look(verbose=True, color=True))
    assert not CONTROL.search(COLOR.sub("", colored))


def test_of_many_findings_the_worst_are_shown_and_the_rest_is_counted() -> None:
    text = console.render(many(10_000), lines)
    assert "\n\n9,800 more findings, none more severe (--verbose shows all)\n\ncases\n" in text
    assert f"\n{text}".count("\nerror[") == 200
    assert "\nwarning[" not in text
    assert "; 10,000 cases: 10,000 failed; 200 manifests in 12 min 5 s" in text


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_findings_stand_in_the_order_of_all_forms_of_standard_output(limit: int) -> None:
    """By file and line, whatever their severity; of too many, those that are worst."""
    report = replace(MIXED, findings=tuple(reversed(MIXED.findings)))
    by_severity = sorted(MIXED.findings, key=lambda finding: -finding.severity.rank)
    text = console.render(report, lines, Look(quiet=True, limit=limit))
    codes = [line.split("[")[1][:5] for line in text.split("\n") if re.match(r"(error|warning|note)\[", line)]
    in_reading_order = sorted(by_severity[:limit], key=lambda finding: finding.sort_key)
    assert codes == [finding.rule.code for finding in in_reading_order]
    in_full = console.render(report, lines, Look(quiet=True))
    places = [line.split("-->")[1].split("(")[0].strip() for line in in_full.split("\n") if "-->" in line]
    assert places == [str(finding.location) for finding in sorted(MIXED.findings, key=lambda one: one.sort_key)]


def test_a_failure_is_told_once_and_whole() -> None:
    reason = "nothing came, " + "and nothing was heard either, " * 12
    subject = Subject("template", "hears", case="c")
    finding = NEVER_CONNECTED.at(Location("Engram.yaml", 3), subject, reason=reason)
    rows = (CaseResult(subject, "streaming", Outcome.FAILED, 0.1, message=finding.message),)
    text = console.render(Report(findings=(finding,), cases=rows, checked=1), lines, Look())
    assert text.count("nothing came") == text.count(reason.rstrip()) == 1


def test_a_search_that_shows_what_a_finding_tells_is_not_told_again() -> None:
    finding = replace(MIXED.findings[0], subject=Subject("engram", "slack", case="a"))
    rows = (case("a", Outcome.FAILED, finding.message), case(EXPLORED, Outcome.FAILED, finding.message))
    report = Report(findings=(finding,), cases=rows, checked=1)
    assert console.render(report, lines).count(finding.message) == 1
    other = replace(report, cases=(rows[0], case(EXPLORED, Outcome.FAILED, "something else")))
    assert "case explored (conformance, job, written): something else" in console.render(other, lines)


SANDBOX_ERROR = case("a", Outcome.ERROR)


@pytest.mark.parametrize(
    ("told", "report"),
    [
        (True, Report(sandbox_errors=True, cases=(SANDBOX_ERROR,), checked=1)),
        (True, Report(sandbox_errors=True, checked=1)),
        (False, Report(sandbox_errors=True, cases=(SANDBOX_ERROR,), images=MIXED.images, checked=1)),
        (False, Report(sandbox_errors=True, cases=(replace(SANDBOX_ERROR, check="stories"),), checked=1)),
        (False, Report(cases=(case("a", Outcome.FAILED),), checked=1)),
        (False, Report(checked=1)),
    ],
)
@pytest.mark.parametrize("quiet", [False, True])
def test_who_got_no_image_hears_what_needs_none(*, told: bool, report: Report, quiet: bool) -> None:
    text = console.render(report, lines, Look(quiet=quiet))
    assert ("no image could be run; `engram-validate check` makes the static checks and needs none\n" in text) is told


def test_why_no_case_could_run_is_said_once() -> None:
    subject = Subject("template", "hears")
    lost = DAEMON_LOST.at(Location("Engram.yaml", 3), subject, doing="waiting", reason="it left")
    cases = [
        CaseResult(replace(subject, case=name), "sandbox", Outcome.ERROR, 0.0, message=lost.message)
        for name in ("generated minimal", "generated full")
    ]
    report = Report(findings=(lost,), cases=tuple(cases), sandbox_errors=True, checked=1)
    text = console.render(report, lines, Look())
    assert text.count(lost.message) == 1
    assert "  template hears  sandbox  2 errors" in text


def test_what_no_engram_has_time_for_is_said_once() -> None:
    reason = "it takes more than 2 min, and a case has 30 s"
    subjects = [Subject("template", name, case="streaming contract: chunk-expiry") for name in ("hears", "tells")]
    report = Report(
        cases=tuple(CaseResult(subject, "streaming", Outcome.NOT_CHECKED, 0.0, message=reason) for subject in subjects),
        unchecked=tuple(Unchecked("the row `chunk-expiry`", reason, subject) for subject in subjects),
        checked=2,
    )
    text = console.render(report, lines, Look())
    assert text.count(reason) == 1
    assert f"    2  {reason}: the row `chunk-expiry` (2 times)\n" in text
    assert console.render(report, lines, Look(verbose=True)).count(reason) == 3


def test_a_command_to_paste_stands_as_it_is_on_one_line_however_narrow_the_terminal() -> None:
    command = shlex.join(
        ["engram-validate", "sandbox", "run", "greeter.py", "--inputs", '{"name":"a \\"b\\" \x1b[1mc"}']
    )
    finding = replace(MIXED.findings[0], evidence={REPRODUCE: command, "output": {"quoted": "yes"}})
    text = console.render(Report(findings=(finding,), checked=1), lines, Look(width=40, fold=True))
    assert f"= {REPRODUCE}: {visible(command)}\n" in text
    assert '"quoted": "yes"' in text
