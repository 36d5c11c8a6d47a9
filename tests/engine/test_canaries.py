"""How often a case is run with canaries: as often as it tells something, and never more than twice."""

from __future__ import annotations

import pytest

from tests.checks.isolation_samples import case, output, template, terms
from validator.checks.isolation.interference import Attempt
from validator.engine.canaries import CanaryRun, attempts, judgement_of
from validator.suite.cases import Mode
from validator.suite.results import Outcome

SECRET = {"secrets": {"service": {"KEY": "k"}}}
PACKET = {"mode": Mode.STREAMING, "send": ({"payload": {}},)}

RUNS = [
    ("config", {"config": {"model": "gpt-large"}}, "", ["varied", "varied, merged"]),
    ("a secret alone", SECRET, "", ["varied", "varied"]),
    ("config that cannot vary", {"config": {"tone": "plain"}}, "", ["own, merged"]),
    ("config that is refused", {"config": {"model": "gpt-large"}, **SECRET}, "no", ["varied", "own, merged"]),
    ("a run that hangs", {"config": {"model": "gpt-large"}}, "hung", ["varied"]),
    ("packets", PACKET, "", ["own"]),
    ("packets and config", {**PACKET, "config": {"model": "gpt-large"}}, "", ["varied"]),
    ("packets and config that is refused", {**PACKET, "config": {"model": "gpt-large"}}, "no", ["varied", "own"]),
    ("packets and a number", {**PACKET, "config": {"limit": 3}}, "", ["varied", "varied"]),
]


@pytest.mark.parametrize(("given", "ends", "runs"), [row[1:] for row in RUNS], ids=[row[0] for row in RUNS])
def test_it_runs_as_often_as_it_tells_something(given, ends, runs):
    own, made = case(**given), []

    def run(planted, merged):
        varies = planted.case.config != own.config or (not own.config and planted.case.secrets != own.secrets)
        made.append(("varied" if varies else "own") + (", merged" if merged else ""))
        return CanaryRun(Attempt(planted, output({}), ends if len(made) == 1 else "", merged), hung=ends == "hung")

    attempts(own, template(), run)

    assert made == runs


@pytest.mark.parametrize(
    ("refused", "outcome"),
    [(("", ""), Outcome.PASSED), (("no", ""), Outcome.PASSED), (("no", "no"), Outcome.NOT_CHECKED)],
)
def test_it_is_skipped_only_when_no_run_went_well(refused, outcome):
    tried = []

    def run(planted, merged):
        tried.append(planted)
        return CanaryRun(Attempt(planted, (), refused[len(tried) - 1], merged))

    done = judgement_of(terms(), attempts(case(config={"model": "gpt-large"}), template(), run))

    assert done.outcome is outcome
    assert len(done.unchecked) == (refused[0] != "")
