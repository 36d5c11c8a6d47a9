"""Correct workspaces are clean, and single mistakes are told, once and where they stand.

A moderate number, for every run; `python -m tests.mutation.campaign` tries as many as one has time for.
"""

from __future__ import annotations

import pytest

from tests.mutation.campaign import Outcome, check, false_alarms, mutants, table, tallies
from tests.mutation.drafts import draft
from tests.mutation.mistakes import MISTAKES
from tests.mutation.styles import STYLES
from validator.sources.reader import read
from validator.sources.text import SourceText

CORRECT = 6
FIRST = 7_000


# One process runs the campaign, once.
pytestmark = pytest.mark.xdist_group("mutation")


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return list(mutants(MISTAKES, 1, FIRST))


def test_correct_workspaces_are_clean() -> None:
    assert not list(false_alarms(range(FIRST, FIRST + CORRECT)))


@pytest.mark.parametrize("seed", range(5))
def test_styles_say_the_same(seed: int) -> None:
    """What is found may not depend on how it is written: nothing else than the text does."""
    documents = list(draft(seed).documents.values())
    for style in STYLES.values():
        reading = read(SourceText("all.yaml", style(documents)))
        assert not reading.problems
        assert [document.root.value for document in reading.documents] == documents


@pytest.mark.slow
def test_every_kind_finds_a_place(outcomes: list[Outcome]) -> None:
    assert len(MISTAKES) >= 60
    assert {outcome.mistake for outcome in outcomes} == {mistake.name for mistake in MISTAKES}


@pytest.mark.slow
def test_mistakes_are_told_once_and_where_they_stand(outcomes: list[Outcome]) -> None:
    found = tallies(outcomes)
    everything = found[""]
    assert everything.reported >= 0.99 * everything.made, table(found)
    assert everything.covered >= 0.97 * everything.made, table(found)
    assert everything.several <= 0.02 * everything.made, table(found)


def test_a_campaign_sees_what_is_wrong() -> None:
    """The measure itself: a finding about a correct workspace would be seen."""
    documents = draft(FIRST).copy()
    documents.documents["template of nothing"] = {"apiVersion": "bubustack.io/v1alpha1", "kind": "Stroy"}
    assert check(STYLES["block"](documents.documents.values()))
