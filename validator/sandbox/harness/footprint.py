"""How much memory a document takes: much more than its JSON, where that is full of small things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

LIST, DICT, TEXT, NUMBER, PLACE = 64, 192, 64, 32, 8
"""Bytes of an empty one, and of each place in a list; a dict takes as much as a list for each of its members again."""
PER_BYTE = 32
"""The most that a byte of JSON can take: as lists within lists."""
SMALL = 16 << 10
"""JSON of so few bytes is not looked into."""


def footprint(document: Any, size: int) -> int:
    """Bytes of memory that a document takes whose JSON is `size` bytes long: at least as many as it really does."""
    return PER_BYTE * size if size <= SMALL else sum(_parts(document))


def _parts(document: Any) -> Iterator[int]:
    left = [document]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            yield DICT + sum(TEXT + 4 * len(name) + 12 * PLACE for name in value)
            left.extend(value.values())
        elif isinstance(value, list):
            yield LIST + 2 * PLACE * len(value)
            left.extend(value)
        elif isinstance(value, str):
            yield TEXT + 4 * len(value)
        elif value is not None and not isinstance(value, bool):
            yield NUMBER
