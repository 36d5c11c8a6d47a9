"""Durations as the controllers read them, in nanoseconds."""

from __future__ import annotations

from functools import lru_cache

from validator.templates.clock import parse_duration
from validator.templates.errors import CallError

SECOND = 1_000_000_000
SHORTEST = 10_000_000
"""The shortest delay that the controllers ask for: 10 ms."""


class DurationError(ValueError):
    """Not a positive duration; the message is Go's."""


@lru_cache(maxsize=1024)
def positive(text: str) -> int:
    """A duration above zero. Raises DurationError."""
    try:
        nanos = parse_duration(text)
    except CallError as error:
        raise DurationError(f"parse duration: {error}") from None
    if nanos <= 0:
        raise DurationError("duration must be positive")
    return nanos


def stored(nanos: int) -> int:
    """A point in time as the API server keeps it: whole seconds."""
    return nanos - nanos % SECOND
