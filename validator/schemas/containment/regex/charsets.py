"""Sets of characters: sorted, disjoint, inclusive ranges of code points."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]

LAST = 0x10FFFF
ANY: Ranges = ((0, LAST),)
DIGIT: Ranges = ((48, 57),)
WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
ASCII_SPACE: Ranges = ((9, 10), (12, 13), (32, 32))
"""What RE2 calls a space: no vertical tab."""
UNICODE_SPACE: Ranges = (
    *((9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029)),
    *((0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
"""What ECMA 262 calls a space."""


def union(sets: Iterable[Ranges]) -> Ranges:
    """The characters that are in any of the sets."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pair for ranges in sets for pair in ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """Every other character."""
    holes: list[tuple[int, int]] = []
    start = 0
    for low, high in ranges:
        if low > start:
            holes.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        holes.append((start, LAST))
    return tuple(holes)


def contains(ranges: Ranges, point: int) -> bool:
    """Is the character in the set?"""
    return any(low <= point <= high for low, high in ranges)


_NICE = ((97, 122), (48, 57), (65, 90), (45, 45), (95, 95), (46, 47), (33, 64), (91, 126), (32, 32), (0xA1, 0xD7FF))
"""Where a reader would like the characters of an example to come from, best first."""


def nicest(ranges: Ranges, count: int) -> list[int]:
    """Up to `count` characters of the set, readable ones first."""
    found: dict[int, None] = {}
    for first, last in (*_NICE, (0, LAST)):
        for low, high in ranges:
            start = max(low, first)
            for point in range(start, min(high, last, start + count - 1) + 1):
                found[point] = None
                if len(found) >= count:
                    return list(found)
    return list(found)


def partition(sets: Iterable[Ranges]) -> list[Ranges]:
    """The coarsest division of all characters that every one of the sets is a union of."""
    distinct = set(sets)
    cuts = sorted({0, LAST + 1, *(edge for ranges in distinct for low, high in ranges for edge in (low, high + 1))})
    classes: dict[frozenset[Ranges], list[tuple[int, int]]] = {}
    for low, after in pairwise(cuts):
        members = frozenset(ranges for ranges in distinct if contains(ranges, low))
        classes.setdefault(members, []).append((low, after - 1))
    return [tuple(ranges) for ranges in classes.values()]
