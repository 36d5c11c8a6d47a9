"""JSON values as the platform compares them: numbers by value, everything else by type and content.

Source: contract `templating.md` 13.1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Hashable
from fractions import Fraction

from validator.findings import Json


def type_of(value: Json) -> str:
    """The JSON type; a number without a fraction is an `integer`, however it is written."""
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return "integer" if is_integer(value) else "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def is_integer(value: float) -> bool:
    """Whether a number has no fraction: `1.0` and `1e3` are integers."""
    return isinstance(value, int) or value.is_integer()


def as_schema_number(value: float) -> int | float:
    """A number of a schema, which the platform has held as a float64 before it compiles it."""
    try:
        number = float(value)
    except OverflowError:
        return value
    return int(exact(number)) if number.is_integer() else number


def exact(value: float) -> Fraction:
    """The number that the text of this value denotes: 0.1 is one tenth."""
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def is_multiple(value: float, divisor: float) -> bool:
    """Whether the value divides exactly, in decimal arithmetic."""
    if isinstance(value, int) and isinstance(divisor, int):
        return value % divisor == 0
    if not (isinstance(value, int) or math.isfinite(value)):  # an integer may be beyond what a float holds
        return False
    return (exact(value) / exact(divisor)).denominator == 1


def identity(value: Json) -> Hashable:
    """Equal for values that `const`, `enum` and `uniqueItems` hold to be the same."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            return ("beyond float64", value)
        return "-0" if number == 0 and math.copysign(1, number) < 0 else number
    if isinstance(value, str):
        return ("string", value)
    if isinstance(value, list):
        return ("array", tuple(map(identity, value)))
    if isinstance(value, dict):
        return ("object", frozenset((name, identity(member)) for name, member in value.items()))
    return None


def shown(value: Json, limit: int = 80) -> str:
    """The value as JSON for a message, cut after `limit` characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"
