"""RFC 7386, Appendix A, plus what engrams make of it (contract/runtime.md 1.6)."""

from __future__ import annotations

from typing import Any

import pytest

from validator.sandbox.harness.merge import merge_patch

CASES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ({"phase": "Running"}, {"output": {"auth": None, "path": "/x"}}, {"phase": "Running", "output": {"path": "/x"}}),
    ({}, {"output": {"rows": [None, {"a": None}]}}, {"output": {"rows": [None, {"a": None}]}}),
]


@pytest.mark.parametrize(("target", "patch", "expected"), CASES)
def test_merge_patch(target: Any, patch: Any, expected: Any) -> None:
    assert merge_patch(target, patch) == expected


def test_neither_document_is_changed() -> None:
    target, patch = {"a": {"b": 1}}, {"a": {"c": {"d": None}}}
    merge_patch(target, patch)
    assert (target, patch) == ({"a": {"b": 1}}, {"a": {"c": {"d": None}}})
