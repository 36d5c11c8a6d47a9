from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase
from lxml import etree

from tests.reports.npm_packages import JENKINS
from tests.reports.report_samples import (
    CHANELS,
    GOOD,
    MAYBE,
    MIXED,
    NOTIFY,
    TOTAL,
    case,
    hostile,
    hostile_lines,
    lines,
    many,
)
from validator.findings import Subject, Unchecked
from validator.reports import junit
from validator.suite.results import CaseResult, Outcome, Report
from validator.suite.suppression import Suppressed


def cases(report: Report) -> dict[str, ET.Element]:
    root = ET.fromstring(junit.render(report, lines))
    return {f"{one.get('classname')}/{one.get('name')}": one for one in root.iter("testcase")}


def test_looks(golden: Callable[[str, str], None]) -> None:
    text = junit.render(MIXED, lines)
    golden("junit-mixed.xml", re.sub(r'(name="engram-validate" value=)"[^"]*"', r'\1"0"', text))


def test_a_finding_belongs_to_the_result_of_its_case() -> None:
    found = cases(
        Report(findings=(TOTAL,), cases=(case("picks the channel id", Outcome.FAILED), case("b", Outcome.PASSED)))
    )
    failed = found["engram.slack/conformance: picks the channel id [job]"]
    assert [child.tag for child in failed] == ["failure"]
    assert failed[0].get("type") == "EV401"
    assert len(found) == 2


def test_every_case_that_shows_a_finding_fails_with_it() -> None:
    names = ("picks the channel id", "b")
    both = replace(TOTAL, cases=tuple(sorted(names)))
    found = cases(Report(findings=(both,), cases=tuple(case(name, Outcome.FAILED) for name in (*names, "c"))))
    failures = [one.find("failure") for one in found.values()]
    assert [one is not None and one.get("type") for one in failures] == ["EV401", "EV401", "conformance"]


def test_a_static_finding_belongs_to_the_check_of_its_subject() -> None:
    row = CaseResult(Subject("story", "triage"), "resolution", Outcome.FAILED, 0.01)
    found = cases(Report(findings=(CHANELS,), cases=(row,)))
    assert list(found) == ["story.triage/resolution"]
    assert found["story.triage/resolution"].find("failure") is not None


def test_a_finding_of_nobody_gets_a_case_named_without_lines() -> None:
    moved = replace(CHANELS, location=replace(CHANELS.location, line=90, end_line=90))
    name = "story.triage/resolution step notify: EV201 unknown-field@stories/triage.yaml#spec/steps/notify/with/channel"
    assert list(cases(Report(findings=(CHANELS,)))) == [name]
    assert list(cases(Report(findings=(moved,)))) == [name]
    assert list(cases(Report(findings=(CHANELS, CHANELS)))) == [name, f"{name} (2)"]


def test_what_does_not_fail_the_run_fails_no_case() -> None:
    (warned,) = cases(Report(findings=(MAYBE,))).values()
    assert [child.tag for child in warned] == ["system-out"]
    (failed,) = cases(Report(findings=(MAYBE,), fail_on=MAYBE.severity)).values()
    assert [child.tag for child in failed] == ["failure"]


def test_a_suppressed_finding_is_a_skipped_case_with_its_reason() -> None:
    silenced = (Suppressed(TOTAL, "comment", "known"),)
    (skipped,) = cases(Report(suppressed=silenced, cases=(case("picks the channel id", Outcome.FAILED),))).values()
    assert [child.tag for child in skipped] == ["skipped"]
    assert skipped[0].text == "EV401 suppressed by comment: known"


def test_counts_add_up() -> None:
    root = ET.fromstring(junit.render(MIXED, lines))
    every = list(root.iter("testcase"))
    for attribute, tag in (("failures", "failure"), ("errors", "error")):
        assert root.get(attribute) == str(sum(1 for one in every if one.find(tag) is not None))
    skipped = sum(int(suite.get("skipped", "0")) for suite in root)
    assert skipped == sum(1 for one in every if one.find("skipped") is not None) > 0
    assert root.get("tests") == str(len(every))
    assert root.get("time") == "0.650"


def test_any_text_is_legal_xml() -> None:
    text = junit.render(hostile(3), hostile_lines)
    root = ET.fromstring(text.encode())
    assert len(list(root.iter("testcase"))) == 7  # three findings, one suppressed, two results, one unchecked
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert "<script>" not in text


@pytest.mark.slow
def test_ten_thousand_cases() -> None:
    text = junit.render(many(10_000), lambda file: ())
    root = ET.fromstring(text)
    assert root.get("tests") == "10000"
    assert len(root) == 200
    names = [(one.get("classname"), one.get("name")) for one in root.iter("testcase")]
    assert len(set(names)) == 10_000
    assert len(text) < 8_000_000


def test_long_outputs_keep_their_end() -> None:
    result = case("a", Outcome.ERROR, "broke", stdout="x" * 100_000 + "the end")
    (broken,) = cases(Report(cases=(result,))).values()
    output = broken.findtext("system-out")
    assert output is not None
    assert output.startswith("… 83,623 characters before\n")
    assert output.endswith("the end")


def test_steps_are_named() -> None:
    row = CaseResult(replace(NOTIFY, case="x"), "pairwise", Outcome.NOT_CHECKED, 0.0, message="no schema")
    (skipped,) = cases(Report(cases=(row,))).items()
    assert skipped[0] == "story.triage/pairwise step notify: x"
    assert skipped[1][0].text == "not checked: no schema"


def test_what_was_skipped_is_not_unchecked_besides() -> None:
    row = CaseResult(replace(NOTIFY, case="a"), "streaming", Outcome.NOT_CHECKED, 0.0, message="it takes long")
    told = [Unchecked("the row `a`", reason, NOTIFY) for reason in ("it takes long", "it is unknown")]
    assert [name.partition("/")[2] for name in cases(Report(cases=(row,), unchecked=tuple(told)))] == [
        "streaming step notify: a",
        "unchecked: the row `a`",
    ]


@pytest.mark.parametrize("report", [MIXED, GOOD, Report(), hostile(3), many(300)], ids=lambda report: report.result)
def test_the_schema_of_jenkins_takes_it(report: Report) -> None:
    schema = etree.XMLSchema(etree.fromstring(JENKINS.read("test/resources/jenkins-junit.xsd")))
    schema.validate(etree.fromstring(junit.render(report, hostile_lines).encode()))
    assert [f"{problem.line}: {problem.message}" for problem in schema.error_log] == []


def test_it_reads_back() -> None:
    read = JUnitXml.fromstring(junit.render(MIXED, lines).encode())
    suites = {suite.name: suite for suite in read}
    every: list[TestCase] = [case for suite in suites.values() for case in suite]
    verdicts = {case.name: [type(one) for one in case.result] for case in every}
    assert (read.tests, read.failures, read.errors, read.time) == (len(every), 2, 1, 0.65)
    assert verdicts["conformance: picks the channel id [job]"] == [Failure]
    assert verdicts["conformance: lists [job]"] == []
    assert verdicts["conformance: generated, minimal [job]"] == [Skipped]
    assert verdicts["conformance: full [job]"] == [Error]
    (failed,) = [case for case in every if case.name == "conformance: picks the channel id [job]"]
    assert failed.result[0].type == "EV401"
    assert failed.result[0].message == "output `total` is a string where an integer is declared"
    assert "--> catalog/slack.yaml:8:14" in failed.result[0].text
    assert failed.system_err == "panic: no\n"
    properties = {one.name: one.value for one in suites["engram slack"].properties()}
    assert properties["image"] == "ghcr.io/acme/slack:pr-12"


def test_whatever_was_said_reads_back() -> None:
    read = JUnitXml.fromstring(junit.render(hostile(3), hostile_lines).encode())
    names = [case.name for suite in read for case in suite]
    assert len(names) == len(set(names)) == 7
