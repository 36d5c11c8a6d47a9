"""When a search ends, and that runs which begin early change nothing of what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tests.explore.test_search import ORDER, TEXT, picky
from validator.explore.budget import QUICK, Budget
from validator.explore.chance import random_inputs
from validator.explore.lookahead import IN_TURN, Lookahead
from validator.explore.search import Exploration, Observation, explore
from validator.explore.sessions import explore_sessions
from validator.findings import Json

PATIENT = Budget(50, 600.0)


class Clock:
    """Time that passes with each run alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now = 0.0
        self.seconds = seconds
        monkeypatch.setattr("validator.explore.search.time", SimpleNamespace(monotonic=lambda: self.now))

    def probe(self, _: Mapping[str, Json]) -> Observation:
        self.now += self.seconds
        return Observation(reached=True)


@pytest.mark.parametrize(
    ("seconds", "inputs"),
    [
        pytest.param(0.01, 50, id="a fast engram: all inputs"),
        pytest.param(0.1, 30, id="an ordinary one: three seconds"),
        pytest.param(0.5, 24, id="a busy machine: the least"),
        pytest.param(5.0, 6, id="a daemon that crawls: ten times as long, and no more"),
    ],
)
def test_quick_is_bounded_by_the_wall_clock(monkeypatch: pytest.MonkeyPatch, seconds: float, inputs: int) -> None:
    clock = Clock(monkeypatch, seconds)
    seen = explore(ORDER, clock.probe, chance=lambda: random_inputs(ORDER, 50, 0), budget=QUICK)

    assert seen.tried == inputs


def test_quick_ends_where_random_inputs_show_nothing_new() -> None:
    def chances(tried: list[Mapping[str, Json]], random: list[Mapping[str, Json]]) -> int:
        return sum(inputs in random for inputs in tried)

    def run(budget: Budget) -> int:
        tried: list[Mapping[str, Json]] = []

        def probe(inputs: Mapping[str, Json]) -> Observation:
            tried.append(inputs)
            return Observation(reached=True, behaviour="the only one")

        explore(TEXT, probe, chance=lambda: random, budget=budget)
        return chances(tried, random)

    random: list[Mapping[str, Json]] = [{"text": f"at random {number}"} for number in range(50)]

    assert run(Budget(50, 600.0, stale=12)) == 12
    assert run(PATIENT) > 12


def test_what_is_new_keeps_the_search_alive() -> None:
    random: list[Mapping[str, Json]] = [{"text": f"at random {number}"} for number in range(50)]
    seen = explore(
        TEXT,
        lambda inputs: Observation(reached=True, behaviour=str(inputs)),
        chance=lambda: random,
        budget=Budget(50, 600.0, stale=3),
    )

    assert seen.tried == 50


def test_an_engram_that_never_has_what_it_needs_is_asked_six_times() -> None:
    lost = Observation(reached=False, refusal="no network", lacking=True)

    assert explore(ORDER, lambda _: lost, budget=PATIENT).tried == 6
    # One mode that needs nothing is enough to go on.
    offline = Observation(reached=True)
    seen = explore(ORDER, lambda inputs: offline if inputs.get("kind") == "large" else lost, budget=PATIENT)
    assert seen.tried > 6


@pytest.mark.parametrize("width", [1, 4, 64])
def test_runs_that_begin_early_change_nothing(width: int) -> None:
    """However many go side by side: the same inputs in the same order, with the same faults."""

    def run(lookahead: Lookahead, tried: list[str]) -> Exploration:
        def probe(inputs: Mapping[str, Any]) -> Observation:
            tried.append(repr(inputs))
            try:
                return Observation(reached=True, causes=frozenset(filter(None, [picky(inputs)])), behaviour=str(inputs))
            except ValueError as error:
                return Observation(reached=False, refusal=str(error))

        return explore(ORDER, probe, chance=lambda: random_inputs(ORDER, 50, 3), budget=PATIENT, lookahead=lookahead)

    alone, beside, begun = list[str](), list[str](), list[str]()
    expected = run(IN_TURN, alone)
    found = run(Lookahead(lambda inputs: begun.append(repr(inputs)), width), beside)

    assert (beside, found.faults, found.tried) == (alone, expected.faults, expected.tried)
    assert len(begun) == len(set(begun)) <= PATIENT.inputs
    # What begins early is what would have been tried, but for the last few.
    assert len(set(begun) - set(alone)) <= width
    assert len(set(begun) & set(alone)) > PATIENT.inputs // 3


@pytest.mark.parametrize("width", [1, 4])
def test_sessions_that_begin_early_change_nothing(width: int) -> None:
    def run(lookahead: Lookahead) -> list[str]:
        tried: list[str] = []

        def probe(session: Mapping[str, Any]) -> Observation:
            tried.append(repr(session))
            # It ends where an integer is large, so that sessions are tried in halves.
            cut = any(abs(packet.get("inputs", {}).get("count", 0)) > 2**31 for packet in session["send"])
            return Observation(reached=True, cut=cut)

        explore_sessions(
            ORDER, probe, chance=lambda: random_inputs(ORDER, 100, 3), budget=Budget(100, 600.0), lookahead=lookahead
        )
        return tried

    begun: list[str] = []
    beside = run(Lookahead(lambda session: begun.append(repr(session)), width))

    assert beside == run(IN_TURN)
    assert set(begun) & set(beside)
