"""Counts in words."""

from __future__ import annotations

import pytest

from validator.reports.tallies import counted


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (0, "case", "0 cases"),
        (1, "case", "1 case"),
        (1_024, "case", "1,024 cases"),
        (1, "more story", "1 more story"),
        (2, "more story", "2 more stories"),
        (2, "key", "2 keys"),
    ],
)
def test_a_noun_has_its_plural(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words
