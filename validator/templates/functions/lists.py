"""Sprig's functions on lists. What is no list is an error, also for the names without `must`.

Source: templating.md, section 4 (group list).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from validator.templates.errors import LIMITS, CallError, UnsupportedError
from validator.templates.functions.defaults import empty
from validator.templates.functions.numbers import to_int64
from validator.templates.values import CutList, NilList, StringList, Value, deep_equal, kind
from validator.templates.weights import Weights

_NIL = "runtime error: invalid memory address or nil pointer dereference"


def _list(values: Value, refusal: str) -> list[Any]:
    if values is None:
        raise CallError(_NIL)
    if not isinstance(values, list):
        raise CallError(f"{refusal} {kind(values)}")
    return values


def push(values: Value, value: Value) -> list[Any]:
    """The list with an element more."""
    return [*_list(values, "Cannot push on type"), value]


def prepend(values: Value, value: Value) -> list[Any]:
    """The list with an element before the others."""
    return [value, *_list(values, "Cannot prepend on type")]


def first(values: Value) -> Value:
    """The first element, nil of an empty list."""
    items = _list(values, "Cannot find first on type")
    return items[0] if items else None


def last(values: Value) -> Value:
    """The last element, nil of an empty list."""
    items = _list(values, "Cannot find last on type")
    return items[-1] if items else None


def rest(values: Value) -> list[Any]:
    """All but the first element."""
    items = _list(values, "Cannot find rest on type")
    return list(items[1:]) if items else NilList()


def initial(values: Value) -> list[Any]:
    """All but the last element."""
    items = _list(values, "Cannot find initial on type")
    return list(items[:-1]) if items else NilList()


def reverse(values: Value) -> list[Any]:
    """The elements from the last to the first."""
    return list(reversed(_list(values, "Cannot find reverse on type")))


def _charge(items: list[Any], others: Sequence[Any]) -> None:
    weights = Weights()
    weight = max(len(items) * weights.of([*others]), len(others) * weights.of(items))
    if len(items) * len(others) > LIMITS.steps or weight >> 5 > LIMITS.steps:
        raise UnsupportedError("comparing this many elements with each other")


def uniq(values: Value) -> list[Any]:
    """Each element once."""
    items = _list(values, "Cannot find uniq on type")
    found: list[Any] = []
    _charge(items, items)
    for item in items:
        if not any(deep_equal(item, other) for other in found):
            found.append(item)
    return found


def compact(values: Value) -> list[Any]:
    """The elements that are not empty."""
    return [item for item in _list(values, "Cannot compact on type") if not empty(item)]


def without(values: Value, *omitted: Value) -> list[Any]:
    """The elements that equal none of the others."""
    items = _list(values, "Cannot find without on type")
    _charge(items, omitted)
    return [item for item in items if not any(deep_equal(item, other) for other in omitted)]


def has(needle: Value, values: Value) -> bool:
    """Whether an element equals it: 3 is not 3.0."""
    if values is None:
        return False
    if not isinstance(values, list):
        raise CallError(f"Cannot find has on type {kind(values)}")
    return any(deep_equal(needle, item) for item in values)


def cut(values: Value, *indices: Value) -> Value:
    """`slice list 1 3`; nil of an empty list, an error beyond the end."""
    items = _list(values, "list should be type of slice or array but")
    if not items:
        return None
    start = to_int64(indices[0]) if indices else 0
    end = to_int64(indices[1]) if len(indices) > 1 else len(items)
    if start < 0 or end < start:
        raise CallError("reflect.Value.Slice: slice index out of bounds")
    if end > len(items):
        # Go cuts up to the capacity, which depends on how the list was made; a list grows by little more than doubling.
        if type(items) is not list or end <= 9 * len(items) // 4 + 1:
            raise UnsupportedError("a slice that ends between length and capacity of its list")
        raise CallError("reflect.Value.Slice: slice index out of bounds")
    piece = items[start:end]
    return StringList(piece) if isinstance(items, StringList) else CutList(piece)


def concat(*lists: Value) -> list[Any]:
    """One list of all elements."""
    found: list[Any] = []
    for values in lists:
        if values is None:
            raise CallError(_NIL)
        if not isinstance(values, list):
            raise CallError(f"Cannot concat type {kind(values)} as list")
        found.extend(_list(values, ""))
    return found or NilList()


def _both(name: str, function: Any) -> dict[str, Any]:
    return {name: function, f"must{name[0].upper()}{name[1:]}": function}


FUNCTIONS: dict[str, Any] = {
    **_both("append", push),
    **_both("compact", compact),
    **_both("first", first),
    **_both("has", has),
    **_both("initial", initial),
    **_both("last", last),
    **_both("prepend", prepend),
    **_both("push", push),
    **_both("rest", rest),
    **_both("reverse", reverse),
    **_both("slice", cut),
    **_both("uniq", uniq),
    **_both("without", without),
    "concat": concat,
    "list": lambda *values: list(values),
    "tuple": lambda *values: list(values),
}
