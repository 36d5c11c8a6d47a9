"""JSON values as the solver sees them: their type as a bit, equality as JSON Schema has it, exact numbers."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from math import isfinite
from typing import Any

from validator.findings import Json
from validator.schemas.containment.budget import UndecidableError

NULL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT = 1, 2, 4, 8, 16, 32
ANYTHING = 63
KINDS = (STRING, NUMBER, OBJECT, ARRAY, BOOLEAN, NULL)
"""The kinds in the order in which a value is looked for."""
ROOT_KINDS = (OBJECT, STRING, NUMBER, ARRAY, BOOLEAN, NULL)
"""As `KINDS`, for a whole document: an object says most."""

NAMES = {"null": NULL, "boolean": BOOLEAN, "number": NUMBER, "string": STRING, "array": ARRAY, "object": OBJECT}

_KIND_OF = {type(None): NULL, bool: BOOLEAN, int: NUMBER, float: NUMBER, str: STRING, list: ARRAY, dict: OBJECT}


def kind_of(value: Json) -> int:
    """The type of a value, as one bit."""
    return _KIND_OF[type(value)]


def key_of(value: Any) -> Hashable:
    """A key that two values share when JSON Schema calls them equal: 1 is 1.0, `true` is not 1."""
    if isinstance(value, bool) or value is None:
        return ("constant", value)
    if isinstance(value, list):
        return ("array", tuple(key_of(item) for item in value))
    if isinstance(value, dict):
        return ("object", frozenset((name, key_of(item)) for name, item in value.items()))
    return value  # type: ignore[no-any-return]  # a string or a number: hashes and compares as JSON Schema wants it


def exact(number: float) -> Fraction:
    """A number as it is written: 0.1 is a tenth, not the double nearest to it.

    Raises UndecidableError for infinities, which JSON does not have (a text such as 1e999 becomes one).
    """
    if isinstance(number, int):
        return Fraction(number)
    if not isfinite(number):
        raise UndecidableError("a number beyond the range of a double")
    return Fraction(repr(number))


def plain(number: Fraction) -> int | float:
    """The JSON number for an exact one: an integer where it is one, else the nearest double.

    Raises UndecidableError when there is none near.
    """
    if number.denominator == 1:
        return number.numerator
    try:
        return float(number)
    except OverflowError:
        raise UndecidableError("a number beyond the range of a double") from None
