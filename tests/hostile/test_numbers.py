"""Numbers that no reader of JSON holds: a finding or a text, and never the end of a run."""

from __future__ import annotations

import pytest

from validator.schemas.values import exact, is_multiple
from validator.sources.plain import resolve
from validator.sources.reader import read
from validator.sources.reading import ProblemKind
from validator.sources.text import SourceText

HUGE = "9" * 5000


@pytest.mark.parametrize(
    "text", [HUGE, f"-{HUGE}", f"0o{'7' * 5000}", f"0b{'1' * 20000}", f"0x{'f' * 5000}", f"{HUGE}.5"]
)
def test_a_plain_scalar_beyond_every_number_is_text(text):
    assert isinstance(resolve(text), str | float)


@pytest.mark.parametrize("text", [HUGE, f"-{HUGE}", "1e999", f"{HUGE}.5"])
def test_json_beyond_every_number_is_told_where_it_stands(text):
    (problem,) = read(SourceText("a.json", f'{{"a": {text}}}')).problems
    assert (problem.kind, problem.start, problem.end) == (ProblemKind.NOT_JSON, 6, 6 + len(text))


def test_large_numbers_within_float64_stay():
    (document,) = read(SourceText("a.json", f'{{"a": {"9" * 300}}}')).documents
    assert document.root.value == {"a": int("9" * 300)}


def test_multiples_of_huge_numbers_are_exact():
    huge = 10**4400  # beyond what pytest could show in the name of a case
    assert is_multiple(huge, 0.1)
    assert not is_multiple(huge + 1, 2)
    assert not is_multiple(3, 0.7)
    assert exact(huge) == huge
