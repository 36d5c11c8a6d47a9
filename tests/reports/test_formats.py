"""What standard output can get besides the full text: a line a finding, counts, issues for GitLab, what changed."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from tests.reports.report_samples import CHANELS, MIXED, OPEN, TOTAL, hostile, lines
from validator.reports import gitlab, html, summary
from validator.reports.comparison import compare
from validator.reports.writers import Outputs, write
from validator.suite.results import Report

FEW = replace(MIXED, findings=(CHANELS, OPEN, TOTAL), cases=(), unchecked=(), suppressed=(), sandbox="")
CONCISE = """\
stories/triage.yaml:11:40: error[EV201] `list` declares no output `chanels`; it declares channels, total
catalog/slack.yaml:7:7: note[EV110] `channels` does not say what its items are
catalog/slack.yaml:8:14: error[EV401] output `total` is a string where an integer is declared
failed  2 errors, 1 note; 5 manifests in 4.2 s
"""
GROUPED = """\
stories/triage.yaml (1 finding)
  11:40 error[EV201] `list` declares no output `chanels`; it declares channels, total

catalog/slack.yaml (2 findings)
   7:7 note[EV110] `channels` does not say what its items are
  8:14 error[EV401] output `total` is a string where an integer is declared

failed  2 errors, 1 note; 5 manifests in 4.2 s
"""
STATISTICS = """\
2  EV201  error    unknown-field  2 with an edit
1  EV110  note     open-object
1  EV401  error    wrong-output
failed  3 errors, 1 note; 5 manifests in 4.2 s
"""


def printed(report: Report, outputs: Outputs) -> str:
    out = io.StringIO()
    write(report, outputs, lines, out=out, err=io.StringIO(), environ={})
    return out.getvalue()


def test_a_line_each() -> None:
    assert printed(FEW, Outputs(form="concise")) == CONCISE


def test_by_file() -> None:
    assert printed(FEW, Outputs(form="grouped")) == GROUPED


def test_counts_by_rule() -> None:
    twice = replace(FEW, findings=(*FEW.findings, replace(CHANELS, anchor=("other",))))
    assert printed(twice, Outputs(statistics=True)) == STATISTICS


@pytest.mark.parametrize("form", ["concise", "grouped"])
def test_a_line_stays_a_line_whatever_others_write(form: str) -> None:
    told = printed(hostile(3), Outputs(form=form))
    assert told.isprintable() or set(told) <= {"\n", *filter(str.isprintable, told)}
    assert told.count("error[EV401]") == 3


def test_issues_of_gitlab() -> None:
    issues = json.loads(printed(FEW, Outputs(form="gitlab", prefix="flows")))
    assert [issue["check_name"] for issue in issues] == ["EV401", "EV201", "EV110"]
    assert issues[1] == {
        "description": "EV201 unknown-field: `list` declares no output `chanels`; it declares channels, total",
        "check_name": "EV201",
        "fingerprint": CHANELS.fingerprint,
        "severity": "major",
        "location": {"path": "flows/stories/triage.yaml", "lines": {"begin": 11, "end": 11}},
    }
    assert gitlab.render(Report()) == "[]\n"
    assert json.loads(gitlab.render(hostile(2)))


def test_what_changed_since_an_earlier_report() -> None:
    before = replace(FEW, findings=(OPEN, TOTAL, replace(TOTAL, anchor=("gone",))))
    now = replace(FEW, findings=(CHANELS, OPEN, TOTAL))
    changes = compare(now, before)
    assert (changes.new, len(changes.fixed), changes.same) == ((CHANELS,), 1, 2)
    told = printed(now, Outputs(form="concise", before=before))
    assert "since the earlier report: 1 new, 1 fixed, 2 as before\nfailed" in told
    assert "since the earlier report: 1 new, 1 fixed, 2 as before\nfailed" in printed(now, Outputs(before=before))
    page = summary.render(now, lines, changes=changes)
    assert "Since the earlier report: 1 new, 1 fixed, 2 as before." in page
    assert "New:\n\n- ❌ EV201" in page
    assert "Fixed:\n\n- ❌ EV401" in page
    shown = html.render(now, lines, changes=changes)
    assert '<dt>new finding</dt><dd class="t-error">1</dd>' in shown
    assert "Fixed since the earlier report" in shown


def test_an_equal_finding_counts_as_often_as_it_is_there() -> None:
    changes = compare(Report(findings=(TOTAL, TOTAL)), Report(findings=(TOTAL,)))
    assert (len(changes.new), len(changes.fixed), changes.same) == (1, 0, 1)
    assert compare(Report(), Report(findings=(TOTAL,))).fixed == (TOTAL,)
