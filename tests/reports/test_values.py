from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.findings import Json
from validator.reports.values import compact

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_what_fits_is_json(value: Json) -> None:
    assert json.loads(compact(value, 100_000)) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": [1, "é", None, True]}, '{"a": [1, "é", null, true]}'),
        ("x" * 130, f'"{"x" * 60}…" (130 characters)'),
        (list(range(100)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 88 more]"),
        ({"deep": {"er": {"still": {"and": {"on": "x" * 200}}}}}, None),
        ("\x1b\u202e", '"\\u001b\\u202e"'),
    ],
)
def test_what_does_not_fit_says_so(value: Json, shown: str | None) -> None:
    text = compact(value, 80)
    assert len(text) <= 90
    if shown is not None:
        assert text == shown
    else:
        assert "…" in text


def test_a_huge_value_is_not_spelled_out_first() -> None:
    assert "… 999,996 more" in compact(["y" * 1000] * 1_000_000, 400)
