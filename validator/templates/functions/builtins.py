"""Go's own template functions: comparison, index, print and the escapers. `and`, `or` and `call` are the evaluator's.

Source: Go 1.26 text/template funcs.go; templating.md, sections 3.2 to 3.4.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus

from validator.templates.clock import Time
from validator.templates.errors import CallError, UnsupportedError
from validator.templates.gostrings import assigned, raw
from validator.templates.printing import sprint, sprintf, sprintln
from validator.templates.values import NilList, StringMap, Uint8, Value, is_integer, is_true, kind, type_name
from validator.templates.versions import Version

_HTML = {"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}
_JS_SPECIAL = re.compile("[\\\\'\"<>&=\x00-\x1f\x80-\U0010ffff]")


def index(item: Value, *indices: Value) -> Value:
    """`index x 1 "a"` is `x[1]["a"]`; a missing key of a map is nil, an index out of range an error."""
    if item is None:
        raise CallError("index of untyped nil")
    for key in indices:
        if item is None:
            raise CallError("index of nil pointer")
        item = _index_one(item, key)
    return item


def _index_one(item: Value, key: Value) -> Value:
    if isinstance(item, dict):
        if key is None:
            raise CallError("value is nil; should be of type string")
        if type(key) is not str:
            raise CallError(f"value has type {type_name(key)}; should be string")
        return item.get(key, "" if isinstance(item, StringMap) else None)
    if not isinstance(item, (list, str)):
        raise CallError(f"can't index item of type {type_name(item)}")
    if key is None:
        raise CallError("cannot index slice/array with nil")
    if not is_integer(key):
        raise CallError(f"cannot index slice/array with type {type_name(key)}")
    data = raw(item) if isinstance(item, str) else item
    if not 0 <= key < len(data):
        if key == len(data):
            raise CallError("reflect: slice index out of range")
        raise CallError(f"index out of range: {int(key)}")
    if isinstance(item, str):
        return Uint8(data[key])
    return data[key]


_BASIC = {
    "bool": "bool",
    "int": "int",
    "int64": "int",
    "uint8": "uint",
    "uint64": "uint",
    "float64": "float",
    "complex128": "complex",
    "string": "string",
}


def _basic(value: Value) -> str:
    return _BASIC.get(kind(value), "")


def _is_nil(value: Value) -> bool:
    return value is None or isinstance(value, NilList)


def eq(first: Value, *others: Value) -> bool:
    """`eq a b c` is `a == b || a == c`; numbers of different kinds do not compare, nil compares with anything."""
    if not others:
        raise CallError("missing argument for comparison")
    return any(_equal(first, other) for other in others)


def _equal(left: Value, right: Value) -> bool:
    kinds = _basic(left), _basic(right)
    if kinds[0] != kinds[1]:
        if set(kinds) == {"int", "uint"}:
            return bool(int(left) == int(right))
        if left is not None and right is not None:
            raise CallError(f"incompatible types for comparison: {type_name(left)} and {type_name(right)}")
        return False
    if kinds[0]:
        return bool(left == right)
    if left is not None and right is not None and kind(left) != kind(right):
        raise CallError(
            f"non-comparable types {sprint([left])}: {type_name(left)}, {type_name(right)}: {sprint([right])}"
        )
    if _is_nil(left) or _is_nil(right):
        return _is_nil(left) and _is_nil(right)
    if isinstance(right, (Time, Version)):
        raise UnsupportedError(f"comparing a {type_name(right)}")
    raise CallError(f"non-comparable type: {type_name(right)}")


def ne(left: Value, right: Value) -> bool:
    """The inverse of `eq`."""
    return not eq(left, right)


def lt(left: Value, right: Value) -> bool:
    """`left < right`, for two numbers of one kind or two strings."""
    kinds = _basic(left), _basic(right)
    if not all(kinds):
        raise CallError("invalid type for comparison")
    if kinds[0] != kinds[1] and set(kinds) != {"int", "uint"}:
        raise CallError(f"incompatible types for comparison: {type_name(left)} and {type_name(right)}")
    if kinds[0] in ("bool", "complex"):
        raise CallError("invalid type for comparison")
    if kinds[0] == "string":
        return raw(left) < raw(right)
    return bool(left < right)


def le(left: Value, right: Value) -> bool:
    """`left <= right`."""
    return lt(left, right) or eq(left, right)


def gt(left: Value, right: Value) -> bool:
    """`left > right`."""
    return not le(left, right)


def ge(left: Value, right: Value) -> bool:
    """`left >= right`."""
    return not lt(left, right)


def _arguments(values: tuple[Value, ...]) -> str:
    if len(values) == 1 and type(values[0]) is str:
        return values[0]
    return sprint(["<no value>" if value is None else value for value in values])


def html(*values: Value) -> str:
    """Escape for HTML."""
    return "".join(_HTML.get(char, char) for char in _arguments(values))


def js(*values: Value) -> str:
    """Escape for a JavaScript string."""
    return _JS_SPECIAL.sub(_js_escape, _arguments(values))


def _js_escape(match: re.Match[str]) -> str:
    char = match.group()
    if char in _JS:
        return _JS[char]
    if char < " ":
        return f"\\u00{ord(char):02X}"
    if "\ud800" <= char <= "\udfff" or assigned(char).isprintable():
        return char
    return f"\\u{ord(char):04X}"


def urlquery(*values: Value) -> str:
    """Escape for a URL's query."""
    return quote_plus(raw(_arguments(values)))


def _call(function: Value, *_: Value) -> Value:
    if function is None:
        raise CallError("call of nil")
    raise CallError(f"non-function of type {type_name(function)}")


FUNCTIONS: dict[str, Any] = {
    "call": _call,
    "eq": eq,
    "ge": ge,
    "gt": gt,
    "html": html,
    "index": index,
    "js": js,
    "le": le,
    "lt": lt,
    "ne": ne,
    "not": lambda value: not is_true(value),
    "print": lambda *values: sprint(list(values)),
    "printf": lambda text, *values: sprintf(text, list(values)),
    "println": lambda *values: sprintln(list(values)),
    "urlquery": urlquery,
}
