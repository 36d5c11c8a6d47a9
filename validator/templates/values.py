"""Go values in Python: the types that a template can meet, told apart as Go's reflection does.

`float` is float64 (every JSON number), `int` Go's int, `str` string, `list` []interface {}, `dict` a
map[string]interface {}, `None` a nil. Other Go types are subclasses or small dataclasses.
Source: templating.md, sections 3.4 and 14.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from validator.findings import Json
from validator.templates.clock import CurrentTime, Month, Time, Weekday
from validator.templates.errors import UnsupportedError
from validator.templates.gostrings import from_json
from validator.templates.versions import Version


class Int64(int):
    """Go's int64: what `add` and `int64` return."""


class Uint8(int):
    """Go's uint8: a byte of a string."""


class Uint64(int):
    """Go's uint64: the parts of a version."""


class JsonNumber(str):
    """Go's json.Number, a string by kind: context numbers where the caller kept them so."""

    __slots__ = ()


class StringList(list[str]):
    """Go's []string."""


class StringMap(dict[str, str]):
    """Go's map[string]string: what `split` returns."""


class NilList(list[Any]):
    """A nil []interface {}: prints `[]`, but is `null` in JSON."""


class CutList(list[Any]):
    """A []interface {} that shares its elements with a longer one, so that Go can slice beyond its end."""


class UnorderedStrings(StringList):
    """A []string in the random order of a Go map."""


class UnorderedList(list[Any]):
    """A []interface {} in the random order of a Go map."""


class Nothing(enum.Enum):
    """No value at all: what a nil becomes after a pipeline, a variable or parentheses (templating.md, section 3.2)."""

    NOTHING = "nothing"


NOTHING = Nothing.NOTHING

Value: TypeAlias = Any
"""A Go value as this module describes them; None is a nil."""

_KINDS: dict[type, tuple[str, str]] = {
    type(None): ("<nil>", "invalid"),
    Nothing: ("<nil>", "invalid"),
    bool: ("bool", "bool"),
    int: ("int", "int"),
    Int64: ("int64", "int64"),
    Uint8: ("uint8", "uint8"),
    Uint64: ("uint64", "uint64"),
    float: ("float64", "float64"),
    complex: ("complex128", "complex128"),
    str: ("string", "string"),
    JsonNumber: ("json.Number", "string"),
    list: ("[]interface {}", "slice"),
    NilList: ("[]interface {}", "slice"),
    CutList: ("[]interface {}", "slice"),
    UnorderedList: ("[]interface {}", "slice"),
    StringList: ("[]string", "slice"),
    UnorderedStrings: ("[]string", "slice"),
    dict: ("map[string]interface {}", "map"),
    StringMap: ("map[string]string", "map"),
    Time: ("time.Time", "struct"),
    CurrentTime: ("time.Time", "struct"),
    Version: ("*semver.Version", "ptr"),
    Month: ("time.Month", "int"),
    Weekday: ("time.Weekday", "int"),
}


def type_name(value: Value) -> str:
    """Go's `%T`."""
    return _KINDS[type(value)][0]


def kind(value: Value) -> str:
    """Go's `reflect.Kind`."""
    return _KINDS[type(value)][1]


def is_integer(value: Value) -> bool:
    """Whether Go's kind is a signed or unsigned integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_true(value: Value) -> bool:
    """Truth as `if`, `and`, `or` and `not` see it: not the zero of its type."""
    if value is None or value is NOTHING:
        return False
    if isinstance(value, (Time, Version)):
        return True
    return bool(value)


def is_unordered(value: Value) -> bool:
    """Whether the elements stand in the random order of a Go map."""
    return isinstance(value, (UnorderedStrings, UnorderedList))


def is_vague(value: Value) -> bool:
    """Whether nothing but the type (and for a list the elements) can be told: random order, or the current time."""
    return isinstance(value, (UnorderedStrings, UnorderedList, CurrentTime))


def deep_equal(left: Value, right: Value) -> bool:
    """Go's `reflect.DeepEqual`: equal types all the way down, NaN unlike itself."""
    if isinstance(left, Time) or isinstance(right, Time):
        if type(left) is not type(right):
            return False
        raise UnsupportedError("comparing two times field by field")
    if left is None or right is None:
        return left is right
    if type_name(left) != type_name(right):
        return False
    if isinstance(left, list):
        if isinstance(left, NilList) is not isinstance(right, NilList) or len(left) != len(right):
            return False
        return all(deep_equal(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(deep_equal(item, right[key]) for key, item in left.items())
    return bool(left == right)


def from_document(document: Json, numbers: str = "float64") -> Value:
    """A JSON document as a Go context holds it.

    `numbers` is `float64` (as the platform decodes), `int64` or `jsonnumber`. Raises UnsupportedError for numbers that
    the type cannot hold.
    """
    match document:
        case bool() | None:
            return document
        case str():
            return from_json(document)
        case int() | float():
            return _number(document, numbers)
        case list():
            return [from_document(item, numbers) for item in document]
        case dict():
            return {from_json(key): from_document(item, numbers) for key, item in document.items()}
        case _:
            raise UnsupportedError(f"a context value of type {type(document).__name__}")


def _number(value: float, numbers: str) -> Value:
    if numbers == "int64":
        if isinstance(value, int) and -(2**63) <= value < 2**63:
            return Int64(value)
        if value == int(value) and abs(value) < 2**53:
            return Int64(int(value))
        return float(value)
    if numbers == "jsonnumber":
        if isinstance(value, int):
            return JsonNumber(str(value))
        raise UnsupportedError("the spelling of a json.Number that is no integer")
    try:
        return float(value)
    except OverflowError:
        raise UnsupportedError("a number that no float64 holds") from None


def without_points(value: Json, below: float) -> Json:
    """The document with integers for its floats that are whole and smaller than a bound: 3 for 3.0."""
    match value:
        case float() if value.is_integer() and abs(value) < below:
            return int(value)
        case list():
            return [without_points(item, below) for item in value]
        case dict():
            return {key: without_points(item, below) for key, item in value.items()}
    return value


def to_document(value: Value) -> Json:
    """A Go value as encoding/json would hand it on; strings leave as text with U+FFFD for bytes that are no UTF-8.

    Raises UnsupportedError for values that have no JSON form here.
    """
    if isinstance(value, str):
        if isinstance(value, JsonNumber):
            return float(value)
        return from_json(value)
    if value is None or value is NOTHING:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            raise UnsupportedError("a number without a JSON form")
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, NilList):
        return None
    if isinstance(value, Sequence):
        return [to_document(item) for item in value]
    if isinstance(value, Mapping):
        return {from_json(key): to_document(item) for key, item in value.items()}
    raise UnsupportedError(f"the JSON form of a {type_name(value)}")
