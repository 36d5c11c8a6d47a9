"""Laws about expressions: they spare counting where they apply, and never claim what words refute."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from validator.schemas.containment.budget import Budget, Meter
from validator.schemas.containment.compare import Comparer
from validator.schemas.containment.regex.inclusion import Inclusion
from validator.schemas.containment.regex.language import Languages
from validator.schemas.containment.verdict import Answer

FEW = 300
"""Steps: far fewer than the repetitions count."""


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("^[a-z]{1,2000}$", "^[a-z]*$"),
        ("^[a-z]{1,2000}$", "^[a-z0-9]{0,3000}$"),
        ("^[a-z]{5,2000}$", "^[a-z]+$"),
        ("^[a-z]{1,2000}$", "^.*$"),
        ("^(ab){1,2000}$", "^(ab)*$"),
        ("^x[a-z]{1,2000}$", "^x[a-z]*$"),
        ("^[a-z]{1,2000}-[0-9]{1,900}$", "^[a-z]*-[0-9]*$"),
        ("^([a-z]{1,2000}|[0-9]{7,800})$", "^[a-z0-9]+$"),
        ("^([a-z]{1,90}-){1,900}$", "^[a-z-]*$"),
    ],
)
def test_a_bounded_repetition_is_not_counted(narrow: str, wide: str) -> None:
    languages = Languages(re2=False)
    algebra = languages.algebra
    outside = algebra.both((languages.of(narrow), algebra.without(languages.of(wide))))

    assert languages.shortest(outside, Meter(Budget(steps=FEW, seconds=600))) is None


def test_lengths_that_exclude_each_other_are_not_counted() -> None:
    comparer = Comparer(budget=Budget(steps=FEW, seconds=600, limit=600))
    verdict = comparer.compare(
        {"type": "string", "pattern": "^[a-z]{1,2000}$"}, {"type": "string", "maxLength": 2000}, declared=False
    )

    assert verdict.answer is Answer.SUBTYPE


_PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "[ab]", "[a-c]", "."]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=5,
)
_WORDS = ["".join(word) for length in range(5) for word in product("abc", repeat=length)]


@settings(max_examples=examples(400), deadline=None)
@given(_PATTERNS, _PATTERNS)
def test_no_word_refutes_a_law(narrow: str, wide: str) -> None:
    languages, inclusion = Languages(re2=False), Inclusion()
    one, other = languages.of(f"^(?:{narrow})$"), languages.of(f"^(?:{wide})$")
    inside = {word for word in _WORDS if re.fullmatch(narrow, word)}
    around = {word for word in _WORDS if re.fullmatch(wide, word)}

    if inclusion.covers(other, one):
        assert inside <= around
    if inclusion.disjoint((one, other)):
        assert not inside & around
    extent = inclusion.extent(one)
    assert all(extent.low <= len(word) and (extent.high is None or len(word) <= extent.high) for word in inside)
    assert all(any(low <= ord(char) <= high for low, high in extent.ranges) for word in inside for char in word)
