"""Whatever a story says, the engine answers, soon, and the same each time."""

from __future__ import annotations

import json
import time

import pytest

from tests.stories.engine.random_stories import question
from validator.stories.simulation import answer, simulate_lines

STORIES = 600
LONGEST = 0.05
"""Seconds of the processor that one story may take."""
PHASES = {"Running", "Succeeded", "Failed", "Timeout", "Compensated", "Canceled"}


@pytest.mark.parametrize("profile", ["implemented", "documented"])
def test_random_stories_are_answered_soon(profile: str) -> None:
    answered = 0
    for seed in range(STORIES):
        asked = question(seed) | {"profile": profile}
        took, got = timed(asked)
        if took > LONGEST:
            took, got = timed(asked)
        assert took <= LONGEST, seed
        if "final" in got:
            answered += 1
            assert got["final"]["phase"] in PHASES, seed
            assert (got["final"]["quiescent"] == "terminal") == (got["final"]["phase"] != "Running"), seed
        else:
            assert got.keys() <= {"unsupported", "error"}, seed

    assert answered > STORIES / 2


def timed(asked: dict[str, object]) -> tuple[float, dict[str, dict[str, str]]]:
    began = time.process_time()
    got = answer(json.loads(json.dumps(asked)))
    return time.process_time() - began, got  # type: ignore[return-value]


def test_the_same_story_has_the_same_answer_in_any_company() -> None:
    lines = [json.dumps(question(seed)).encode() for seed in range(60)]

    assert list(simulate_lines(lines)) == list(simulate_lines(lines[::-1]))[::-1]
