"""What shrinking leaves: a document that still fails, and that no single step makes simpler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.explore.shrink import shrink

PLAIN = {"name": "example", "size": 1024}

SHRUNK = [
    ({"name": "x", "size": 4711}, lambda d: d.get("size", 0) > 2000, {"size": 2001}),
    ({"name": "x", "size": -4711}, lambda d: d.get("size", 0) < -100, {"size": -101}),
    ({"name": "a\u00e9b", "size": 3}, lambda d: not d.get("name", "").isascii(), {"name": "\u00e9"}),
    ({"list": [1, 2, 3, 4, 5]}, lambda d: len(d.get("list", ())) > 1, {"list": [0, 0]}),
    ({"a": {"b": {"c": "deep"}}}, lambda d: "b" in d.get("a", {}), {"a": {"b": {}}}),
    ({"name": "somebody", "size": 3}, lambda d: "name" in d and "size" in d, {"name": "example", "size": 1024}),
]


@pytest.mark.parametrize(("document", "fails", "smallest"), SHRUNK)
def test_what_does_not_matter_goes(document, fails, smallest):
    assert shrink(document, PLAIN, fails) == smallest


documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), documents, max_size=3), st.integers(0, 40))
def test_it_ends_and_still_fails(document, length):
    def fails(candidate):
        return len(repr(candidate)) >= min(length, len(repr(document)))

    assert fails(shrink(document, {}, fails))
