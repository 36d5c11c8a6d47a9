"""Who is told of calls: an engram that did nothing of its own is not warned by what its neighbours do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from validator.checks.conformance import Judgement
from validator.engine.calls import with_calls
from validator.findings import Finding, Location, Subject
from validator.rules import services
from validator.suite.results import Outcome

FOREIGN = services.NETWORK_ACCESS.at(Location("a"), Subject("template", "caller"), address="api.example.com")
OWN = replace(FOREIGN, subject=Subject("template", "caller", case="c"))


@pytest.mark.parametrize(
    ("before", "found", "outcome"),
    [
        (Outcome.NOT_CHECKED, FOREIGN, Outcome.NOT_CHECKED),
        (Outcome.NOT_CHECKED, OWN, Outcome.WARNED),
        (Outcome.PASSED, FOREIGN, Outcome.WARNED),
    ],
)
def test_a_case_that_did_nothing_is_not_warned_by_its_neighbours(
    before: Outcome, found: Finding, outcome: Outcome
) -> None:
    judged = with_calls({"isolation": Judgement(before, "the sample was refused")}, [found])["isolation"]
    assert (judged.outcome, judged.findings) == (outcome, (found,))
