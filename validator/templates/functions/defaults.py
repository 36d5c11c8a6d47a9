"""Sprig's functions about empty values. Empty is Go's zero: 0, false, "" and nothing within.

Source: templating.md, sections 4 (default-ish) and 11 (S16).
"""

from __future__ import annotations

from typing import Any

from validator.templates.clock import Time
from validator.templates.values import Value
from validator.templates.versions import Version


def empty(value: Value) -> bool:
    """Whether the value is the zero of its type or holds nothing."""
    if isinstance(value, (Time, Version)):
        return False
    return not value


def default(fallback: Value, *given: Value) -> Value:
    """The given value unless it is empty."""
    return fallback if not given or empty(given[0]) else given[0]


def coalesce(*values: Value) -> Value:
    """The first value that is not empty, else nil."""
    return next((value for value in values if not empty(value)), None)


FUNCTIONS: dict[str, Any] = {
    "all": lambda *values: not any(map(empty, values)),
    "any": lambda *values: any(not empty(value) for value in values),
    "coalesce": coalesce,
    "default": default,
    "empty": empty,
    "ternary": lambda yes, no, test: yes if test else no,
}
