"""Findings stay at a length that every report can bear, and what is short stays as it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.reports.page_text import everything
from validator.engine.evidence import DEEPEST, EVIDENCE, MESSAGE, bounded, row, shortened
from validator.findings import Location, Rule, Severity, Subject
from validator.reports import document, html, junit, sarif
from validator.suite.results import CaseResult, Outcome, Report

RULE = Rule("EV411", "probe", Severity.ERROR, "{said}", "Nothing is said at length.")
SUBJECT = Subject("template", "probe", case="one")
LARGE = {f"field {number}": number for number in range(8_000)}


def nested(levels):
    value = [1]
    for _ in range(levels):
        value = [value]
    return value


def finding(number=0, said="short", **evidence):
    return RULE.at(Location("a.yaml"), SUBJECT, anchor=("out", f"field {number}"), said=said, evidence=evidence)


def length(value):
    return len(json.dumps(value, indent=2, ensure_ascii=False))


CUT = [
    ("a number", 10**17, 10**17),
    ("a short text", "all is well\n", "all is well\n"),
    ("a small object", {"a": [1, None, True]}, {"a": [1, None, True]}),
    ("a long text", "x" * 9_000, "x" * (EVIDENCE) + "… 5,000 characters more"),
    ("a long log", "a\n" * 5_000, "… 6,000 characters before\n" + "a\n" * 2_000),
    ("at its deepest", nested(DEEPEST - 60), nested(DEEPEST - 60)),
]


@pytest.mark.parametrize(("value", "shown"), [case[1:] for case in CUT], ids=[case[0] for case in CUT])
def test_evidence(value, shown):
    assert shortened(value) == shown


LONG = [
    ("an object", LARGE),
    ("a list", list(range(9_000))),
    ("a list of long texts", ["y" * 2_000] * 400),
    ("long names", {f"{number}{'n' * 5_000}": number for number in range(60)}),
    ("many levels", nested(900)),
    ("few characters at many levels", json.loads("[" * 90 + ",".join("1" * 9_000) + "]" * 90)),
]


@pytest.mark.parametrize("value", [case[1] for case in LONG], ids=[case[0] for case in LONG])
def test_long_evidence_is_cut_and_says_so(value):
    shown = shortened(value)
    assert length(shown) < 2 * EVIDENCE
    assert "…" in json.dumps(shown, ensure_ascii=False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=400), inner, max_size=8),
)


@settings(max_examples=examples(100))
@given(JSON, st.integers(0, 2_000))
def test_no_value_is_much_longer_than_its_limit(value, limit):
    shown = shortened(value, limit)
    assert shown == value or length(shown) <= limit + 1_500  # the last names and texts may stand over it


def test_names_that_begin_alike_stay_apart():
    one, two = bounded(RULE.at(Location("a.yaml"), SUBJECT, anchor=("x" * 9_000 + end,), said="m") for end in "ab")
    assert one.anchor != two.anchor
    assert len(one.anchor[0]) < 400
    assert one.fingerprint != two.fingerprint


def test_a_long_message_is_cut():
    (told,) = bounded([finding(said="m" * 9_000)])
    assert told.message == "m" * MESSAGE + "… 5,000 characters more"


def test_the_row_of_a_case_keeps_its_output():
    case = CaseResult(SUBJECT, "conformance", Outcome.FAILED, 1.0, output=LARGE)
    assert row(case) is case


def test_indentation_multiplies_no_output():
    deep = json.loads("[" * 900 + ",".join("1" * 200_000) + "]" * 900)
    assert length(row(CaseResult(SUBJECT, "conformance", Outcome.FAILED, 1.0, output=deep)).output) < 3_000_000


@pytest.mark.slow
def test_reports_grow_with_findings_and_not_with_what_each_of_them_could_show():
    case = CaseResult(SUBJECT, "conformance", Outcome.FAILED, 1.0, output=LARGE)
    every = bounded(finding(number, output=LARGE, value=LARGE, inputs=LARGE) for number in range(100))
    report = Report(findings=every, cases=(case,), checked=1)
    assert document.parse(document.render(report)) == report
    page = everything(html.render(report, no_lines))
    for text in (document.render(report), sarif.render(report), page, junit.render(report, no_lines)):
        assert len(text) < 3_000_000


def no_lines(file):
    return ()
