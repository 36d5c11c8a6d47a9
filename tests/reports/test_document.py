from __future__ import annotations

import json
import math
from collections.abc import Callable

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.reports.report_samples import GOOD, MIXED, UNKNOWN_FIELD, WRONG_OUTPUT, hostile, many
from validator.findings import Finding, Location, Related, Severity, Subject, Suggestion
from validator.reports import document
from validator.suite.results import Report

VALIDATOR = jsonschema.Draft202012Validator(document.schema())

texts = st.text(st.characters(), max_size=12)
numbers = st.integers(1, 10_000)
locations = st.builds(Location, texts, numbers, numbers, numbers, numbers)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
findings = st.builds(
    Finding,
    rule=st.sampled_from([UNKNOWN_FIELD, WRONG_OUTPUT]),
    message=texts,
    location=locations,
    subject=st.builds(Subject, texts, texts, texts, texts),
    severity=st.sampled_from(Severity),
    anchor=st.lists(texts | st.integers(0), max_size=4).map(tuple),
    evidence=st.dictionaries(texts, values, max_size=3),
    suggestion=st.none() | st.builds(Suggestion, texts, st.none() | locations, st.none() | texts),
    related=st.lists(st.builds(Related, locations, texts), max_size=2).map(tuple),
)


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(document.schema())


@pytest.mark.parametrize(
    "report", [Report(), GOOD, MIXED, Report(fail_on=None, checked=1), Report(interrupted=15), hostile(), many(30)]
)
def test_every_report_fits_the_schema_and_comes_back(report: Report) -> None:
    text = document.render(report)
    VALIDATOR.validate(json.loads(text))
    assert document.parse(text) == report
    assert text.isascii()
    assert not any(ord(character) < 32 or ord(character) == 127 for character in text.replace("\n", ""))
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))


def test_shape(golden: Callable[[str, str], None]) -> None:
    loaded = json.loads(document.render(MIXED))
    loaded["tool"]["version"] = "0"
    golden("document-mixed.json", json.dumps(loaded, indent=2, ensure_ascii=False) + "\n")


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(findings, max_size=3).map(tuple))
def test_findings_come_back_as_they_were(found: tuple[Finding, ...]) -> None:
    again = document.parse(document.render(Report(findings=found))).findings
    assert again == found
    assert [one.fingerprint for one in again] == [one.fingerprint for one in found]


def test_numbers_that_json_cannot_hold_become_their_names() -> None:
    finding = WRONG_OUTPUT.at(
        Location("f"), Subject("engram", "e"), message="m", evidence={"value": [math.nan, math.inf]}
    )
    assert document.parse(document.render(Report(findings=(finding,)))).findings[0].evidence == {
        "value": ["nan", "inf"]
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[]", "expected a report of version 1, found 'list'"),
        ('{"version": 2}', "expected a report of version 1, found 2"),
        ('{"version": 1}', "a member 'rules' is missing"),
        (document.render(MIXED).replace('"stderr"', '"err"'), "unexpected keyword argument 'err'"),
        (document.render(MIXED).replace('"severity": "error"', '"severity": "bad"'), "'bad' is not a valid Severity"),
    ],
)
def test_what_is_no_report_is_refused(text: str, says: str) -> None:
    with pytest.raises(document.InvalidDocument, match=says):
        document.parse(text)


WRONG = [("seconds", "x"), ("sandbox", 3), ("interrupted", []), ("no_pairs", [1]), ("summary", 1), ("cases", {}),
         ("unchecked", [{"what": 1, "reason": "", "subject": {"kind": "a", "name": "b"}}])]  # fmt: skip


@pytest.mark.parametrize(("member", "value"), WRONG)
def test_a_member_of_another_type_is_refused_at_its_place(member: str, value: object) -> None:
    text = json.dumps({**json.loads(document.render(MIXED)), member: value})
    with pytest.raises(document.InvalidDocument, match=member):
        document.parse(text)


def test_members_of_a_later_version_are_passed_over() -> None:
    text = json.dumps({**json.loads(document.render(MIXED)), "later": {"a": 1}})
    assert document.parse(text) == document.parse(document.render(MIXED))
