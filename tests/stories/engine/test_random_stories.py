"""Whatever a story says, the engine answers, soon, and the same each time."""

from __future__ import annotations

import json
import sys
from types import FrameType

import pytest

from tests.stories.engine.random_stories import question
from validator.stories.simulation import answer, simulate_lines

STORIES = 600
MOST = 100_000
"""Calls of functions that one story may take (measured: 300 as a rule, 29,000 at most): no matter of the machine."""
PHASES = {"Running", "Succeeded", "Failed", "Timeout", "Compensated", "Canceled"}


@pytest.mark.parametrize("profile", ["implemented", "documented"])
def test_random_stories_are_answered_soon(profile: str) -> None:
    answered = 0
    for seed in range(STORIES):
        asked = question(seed) | {"profile": profile}
        calls, got = counted(asked)
        assert calls <= MOST, seed
        if "final" in got:
            answered += 1
            assert got["final"]["phase"] in PHASES, seed
            assert (got["final"]["quiescent"] == "terminal") == (got["final"]["phase"] != "Running"), seed
        else:
            assert got.keys() <= {"unsupported", "error"}, seed

    assert answered > STORIES / 2


def counted(asked: dict[str, object]) -> tuple[int, dict[str, dict[str, str]]]:
    calls = 0

    def look(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        got = answer(json.loads(json.dumps(asked)))
    finally:
        sys.setprofile(before)
    return calls, got  # type: ignore[return-value]


def test_the_same_story_has_the_same_answer_in_any_company() -> None:
    lines = [json.dumps(question(seed)).encode() for seed in range(60)]

    assert list(simulate_lines(lines)) == list(simulate_lines(lines[::-1]))[::-1]
