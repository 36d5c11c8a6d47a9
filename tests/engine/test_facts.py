"""One fact, one finding: whatever the order of the cases and however they are cut into shards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.engine.facts import once, unstarted
from validator.findings import Finding, Location, Path, Subject
from validator.rules import conformance, isolation, streaming
from validator.suite.results import CaseResult, Outcome

PLACE = Location("Engram.yaml", 7)
ANCHOR = ("spec", "outputSchema", "items", 0, "debug")


def undeclared(case: str, anchor: Path = ANCHOR, place: str = "output `.items[0].debug`") -> Finding:
    return isolation.UNDECLARED_FIELD.at(PLACE, Subject("template", "extra", case=case), anchor=anchor, place=place)


def lost(case: str, reason: str = "boom") -> Finding:
    return streaming.SESSION_LOST.at(PLACE, Subject("template", "extra", case=case), reason=reason)


def mistyped(case: str, value: str) -> Finding:
    anchor = ("spec", "outputSchema", "properties", "words", "type", "words")
    problem = f"expected an integer, found the string {value}"
    return conformance.OUTPUT_VIOLATES_SCHEMA.at(
        PLACE, Subject("template", "extra", case=case), anchor=anchor, path="`.words`", problem=problem
    )


MANY = [undeclared(case) for case in "abc"]


@pytest.mark.parametrize(
    ("findings", "cases"),
    [
        (MANY, [("a", "b", "c")]),
        ([*MANY, undeclared("d", (*ANCHOR[:3], 4, "debug"), "output `.items[4].debug`")], [("a", "b", "c", "d")]),
        ([*MANY, undeclared("d", (*ANCHOR, "id"))], [("a", "b", "c"), ("d",)]),
        ([mistyped("a", '"2"'), mistyped("b", '"5"')], [("a", "b")]),
        ([lost("a"), lost("b")], [("a", "b")]),
        ([lost("a"), lost("b", "another reason")], [("a",), ("b",)]),
        ([replace(each, severity=each.severity.NOTE) for each in MANY[:1]] + MANY[1:], [("a",), ("b", "c")]),
        ([undeclared(""), undeclared("")], [(), ()]),
        ([replace(each, location=Location(each.subject.case)) for each in MANY], [("a",), ("b",), ("c",)]),
    ],
    ids=[
        "one field",
        "of an item or another",
        "two fields",
        "one type, two values",
        "one reason",
        "two reasons",
        "two severities",
        "no case",
        "three places",
    ],
)
def test_one_fact_is_one_finding(findings: list[Finding], cases: list[tuple[str, ...]]) -> None:
    assert [each.cases for each in once(findings)] == cases


FINDINGS = st.lists(
    st.builds(
        lambda make, case: make(case),
        st.sampled_from([undeclared, lost, lambda case: lost(case, "reason 2"), lambda case: mistyped(case, case)]),
        st.sampled_from("abcd"),
    ),
    max_size=12,
)


@given(FINDINGS, st.data())
def test_neither_the_order_nor_shards_matter(findings: list[Finding], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(findings))
    cut = data.draw(st.integers(0, len(findings)))
    whole = once(findings)
    assert sorted(map(repr, once(shuffled))) == sorted(map(repr, whole))
    parts = once(chain(once(findings[:cut]), once(findings[cut:])))
    assert sorted(map(repr, parts)) == sorted(map(repr, whole))


def absent(case: str) -> Finding:
    return conformance.MISSING_ENTRYPOINT.at(PLACE, Subject("template", "extra", case=case), problem="no such file")


def unopened(case: str) -> Finding:
    return replace(lost(case), evidence={streaming.START: "no such file"})


@pytest.mark.parametrize("cannot", [unopened, absent], ids=["of a stream", "of a job"])
def test_of_an_image_that_cannot_start_one_case_fails(cannot: Callable[[str], Finding]) -> None:
    def result(case: str, check: str, outcome: Outcome = Outcome.FAILED) -> CaseResult:
        return CaseResult(Subject("template", "extra", case=case), check, outcome, 0.1, message="it failed")

    results = [result(case, "streaming") for case in "abc"] + [result("b", "isolation", Outcome.PASSED)]
    outcomes = [Outcome.FAILED, Outcome.NOT_CHECKED, Outcome.NOT_CHECKED, Outcome.PASSED]
    found = unstarted(results, once(map(cannot, "bca")))
    assert [each.outcome for each in found] == outcomes
    assert found[1].message == "the program never started: nothing that it does was seen (see a)"
    assert unstarted(results, once(map(lost, "abc"))) == tuple(results)


def test_a_fact_stays_the_same_when_another_case_shows_it() -> None:
    (few,), (many,) = once(MANY[1:]), once(MANY)
    assert few.fingerprint == many.fingerprint
    assert few.subject.case != many.subject.case
