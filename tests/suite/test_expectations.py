"""What counts as different from what a case expects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.suite.expectations import differences, is_schema

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)

EQUAL = [
    ({"a": 1}, {"a": 1.0}),
    ({"a": {"type": "string"}}, {"a": "x"}),
    ({"type": "object", "required": ["a"]}, {"a": 1, "b": 2}),
    ([{"const": {"type": "string"}}], [{"type": "string"}]),
    ({"type": "C1", "id": 4}, {"type": "C1", "id": 4}),
    (None, None),
]

DIFFERENT = [
    ({"a": 1}, {"a": True}, ("a",), "expected 1, found true"),
    ({"a": 0}, {"a": False}, ("a",), "expected 0, found false"),
    ({"a": 1}, {}, ("a",), "expected 1, but absent"),
    ({}, {"a": 1}, ("a",), "found, but not expected"),
    ([1], [1, 2], (), "expected 1 item, found 2"),
    ({"a": {"type": "string"}}, {"a": 5}, ("a",), "5 is not of type 'string'"),
    ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ("a", 0, "b"), "expected 1, found 2"),
    ({"a": None}, {"a": "x"}, ("a",), 'expected null, found "x"'),
    ({"a": "x"}, {"a": "y" * 300}, ("a",), f'expected "x", found "{"y" * 199}… (302 characters)'),
]


@pytest.mark.parametrize(("expected", "found"), EQUAL)
def test_equal(expected, found):
    assert list(differences(expected, found)) == []


@pytest.mark.parametrize(("expected", "found", "path", "problem"), DIFFERENT)
def test_different(expected, found, path, problem):
    (difference,) = differences(expected, found)
    assert (difference.path, difference.problem) == (path, problem)


def test_partial_allows_more_members():
    assert list(differences({"type": "x"}, {"type": "x", "message": "y"}, partial=True)) == []


@given(JSON)
def test_a_document_that_is_no_schema_equals_itself(document):
    if "const" not in repr(document) and not _holds_schema(document):
        assert list(differences(document, document)) == []


def _holds_schema(document):
    if is_schema(document):
        return True
    children = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return any(map(_holds_schema, children))
