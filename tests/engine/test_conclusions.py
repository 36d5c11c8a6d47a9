"""At the end of a unit: what canaries found again is told once, and its row has nothing to say any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.checks.isolation_samples import case, template
from validator.engine.conclusions import concluded
from validator.findings import Location, Severity, Subject
from validator.rules.isolation import CONFIG_IN_OUTPUT, SECRET_IN_OUTPUT, UNDECLARED_FIELD
from validator.suite.cases import EXPLORED, Mode, Search
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome, RunResult

PLAIN = Subject("template", "counter", case="two words")
CANARIES = Subject("template", "counter", case="two words, with canaries")
PLACE = Location("Engram.yaml", 20)


def unit():
    own = case()
    return Unit("counter", template(), None, (own, replace(own, name=CANARIES.case, canary=True)))


def leak(rule, subject, *path):
    return rule.at(PLACE, subject, anchor=("spec", "outputSchema", *path), place="p", origin="o", how="")


def row(subject, outcome=Outcome.FAILED):
    return CaseResult(subject, "isolation", outcome, 1.0, message="told" if outcome is Outcome.FAILED else "")


ENDS = [
    ("the same", [leak(CONFIG_IN_OUTPUT, PLAIN, "a"), leak(CONFIG_IN_OUTPUT, CANARIES, "a")], 1, Outcome.PASSED),
    ("another place", [leak(CONFIG_IN_OUTPUT, PLAIN, "a"), leak(CONFIG_IN_OUTPUT, CANARIES, "b")], 2, Outcome.FAILED),
    ("another rule", [leak(CONFIG_IN_OUTPUT, PLAIN, "a"), leak(SECRET_IN_OUTPUT, CANARIES, "a")], 2, Outcome.FAILED),
    ("canaries alone", [leak(CONFIG_IN_OUTPUT, CANARIES, "a")], 1, Outcome.FAILED),
]


@pytest.mark.parametrize(("findings", "count", "outcome"), [each[1:] for each in ENDS], ids=[each[0] for each in ENDS])
def test_one_leak_is_told_once(findings, count, outcome):
    done = concluded(RunResult((row(PLAIN), row(CANARIES)), tuple(findings)), [unit()], {})

    assert len(done.findings) == count
    assert [each.outcome for each in done.results] == [Outcome.FAILED, outcome]
    assert bool(done.results[1].message) is (outcome is Outcome.FAILED)


@pytest.mark.parametrize(("of_case", "outcome"), [("error", Outcome.FAILED), ("warning", Outcome.WARNED)])
def test_a_search_that_finds_what_is_told_already_is_as_bad_as_that(of_case, outcome):
    of_search = replace(unit().cases[0], name=EXPLORED, search=Search(10, 1.0, warns=True))
    explored = replace(PLAIN, case=EXPLORED)
    findings = (
        replace(leak(CONFIG_IN_OUTPUT, PLAIN, "a"), severity=Severity(of_case)),
        replace(leak(CONFIG_IN_OUTPUT, explored, "a"), severity=Severity.WARNING),
    )
    searched = replace(unit(), cases=(*unit().cases, of_search))
    done = concluded(RunResult((row(PLAIN, outcome), row(explored, Outcome.WARNED)), findings), [searched], {})

    assert len(done.findings) == 1
    assert [each.outcome for each in done.results] == [outcome, outcome]


def test_an_undeclared_field_learns_from_all_cases():
    finding = UNDECLARED_FIELD.at(PLACE, PLAIN, anchor=("spec", "outputSchema", "more"), place="p")
    outputs = {"counter": {Mode.BATCH: [[{"more": 1}], [{"more": "x"}], [{"more": None}]]}}
    done = concluded(RunResult((), (finding,)), [unit()], outputs)
    learned, never = done.findings

    assert (
        "more:\n        type:\n        - integer\n        - 'null'\n        - string" in learned.suggestion.replacement
    )
    assert never.rule.code == "EV509"


def test_what_belongs_to_no_unit_is_kept():
    finding = leak(CONFIG_IN_OUTPUT, Subject("sandbox", "sandbox"), "a")

    assert concluded(RunResult((), (finding,)), [unit()], {}).findings == (finding,)
