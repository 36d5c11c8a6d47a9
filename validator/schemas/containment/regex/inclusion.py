"""What is seen of expressions without taking them apart: lengths, characters, and repetitions within repetitions.

`[a-z]{1,2000}` is within `[a-z]*` because its characters and its lengths are; derivatives would count to 2,000 first.
The laws only prove: where none applies, derivatives decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from validator.schemas.containment.regex import charsets
from validator.schemas.containment.regex.charsets import Ranges

if TYPE_CHECKING:
    from validator.schemas.containment.regex.algebra import Regex

_DEPTH = 12
"""Levels of two expressions that are held against each other."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Bounds of all words of a language: characters that they may have, and how long they may be."""

    ranges: Ranges
    low: int
    high: int | None
    """None for no limit."""


_ANYTHING = Extent(charsets.ANY, 0, None)


class Inclusion:
    """Holds expressions against each other, each pair once."""

    def __init__(self) -> None:
        self._extents: dict[Regex, Extent] = {}
        self._covers: dict[tuple[Regex, Regex], bool] = {}

    def __len__(self) -> int:
        return len(self._extents) + len(self._covers)

    def disjoint(self, parts: Iterable[Regex]) -> bool:
        """Whether no word is in all of these languages, as far as the laws tell."""
        known = list(parts)
        refused = [part.args[0] for part in known if part.form == "not"]
        positive = [part for part in known if part.form != "not"]
        if any(self.covers(larger, part) for larger in refused for part in positive):
            return True
        low, high = self._lengths(positive)
        return high is not None and low > high

    def covers(self, larger: Regex, smaller: Regex, depth: int = 0) -> bool:
        """Whether every word of `smaller` is one of `larger`, as far as the laws tell."""
        if larger is smaller:
            return True
        if depth > _DEPTH:
            return False
        key = (larger, smaller)
        if key not in self._covers:
            self._covers[key] = self._by_law(larger, smaller, depth + 1)
        return self._covers[key]

    def _by_law(self, larger: Regex, smaller: Regex, depth: int) -> bool:
        if larger.form == "repeat" and larger.args[0].form == "chars":
            extent = self.extent(smaller)
            if _within((extent.low, extent.high), (larger.low, larger.high)) and _holds(larger.args[0], extent):
                return True
        match smaller.form, larger.form:
            case "or", _:
                return all(self.covers(larger, part, depth) for part in smaller.args)
            case "and", _:
                return any(self.covers(larger, part, depth) for part in smaller.args)
            case _, "or":
                return any(self.covers(part, smaller, depth) for part in larger.args)
            case "repeat", "repeat":
                bounds = _within((smaller.low, smaller.high), (larger.low, larger.high))
                return bounds and self.covers(larger.args[0], smaller.args[0], depth)
            case "cat", "cat":
                return all(self.covers(one, other, depth) for one, other in zip(larger.args, smaller.args, strict=True))
            case "chars", "chars":
                return _holds(larger, Extent(smaller.ranges, 1, 1))
        return False

    def extent(self, expression: Regex) -> Extent:
        """The bounds of an expression; those of a long row are found from its end, level by level."""
        row: list[Regex] = []
        while expression.form == "cat" and expression not in self._extents:
            row.append(expression)
            expression = expression.args[1]
        found = self._extent(expression)
        for each in reversed(row):
            first = self.extent(each.args[0])
            high = None if first.high is None or found.high is None else first.high + found.high
            found = Extent(charsets.union((first.ranges, found.ranges)), first.low + found.low, high)
            self._extents[each] = found
        return found

    def _extent(self, expression: Regex) -> Extent:
        found = self._extents.get(expression)
        if found is None:
            found = self._extents[expression] = self._of_parts(expression)
        return found

    def _of_parts(self, expression: Regex) -> Extent:
        match expression.form:
            case "chars":
                return Extent(expression.ranges, 1, 1)
            case "empty":
                return Extent((), 0, 0)
            case "repeat":
                body = self.extent(expression.args[0])
                high = None if body.high is None or expression.high is None else body.high * expression.high
                return Extent(body.ranges, body.low * expression.low, high)
            case "or":
                return self._of_choice(expression)
            case "and":
                positive = [part for part in expression.args if part.form != "not"]
                low, high = self._lengths(positive)
                sets = [self.extent(part).ranges for part in positive]
                return Extent(min(sets, key=_size, default=charsets.ANY), low, high)
        return _ANYTHING

    def _of_choice(self, expression: Regex) -> Extent:
        parts = [self.extent(part) for part in expression.args]
        highs = [part.high for part in parts]
        most = None if None in highs else max(high for high in highs if high is not None)
        return Extent(charsets.union(part.ranges for part in parts), min(part.low for part in parts), most)

    def _lengths(self, parts: Iterable[Regex]) -> tuple[int, int | None]:
        """The lengths that words of all the parts may have."""
        extents = [self.extent(part) for part in parts]
        highs = [extent.high for extent in extents if extent.high is not None]
        return max((extent.low for extent in extents), default=0), min(highs, default=None)


def _within(inner: tuple[int, int | None], outer: tuple[int, int | None]) -> bool:
    """Whether a range of numbers is part of another."""
    return outer[0] <= inner[0] and (outer[1] is None or (inner[1] is not None and inner[1] <= outer[1]))


def _holds(chars: Regex, extent: Extent) -> bool:
    """Whether all characters are of the set."""
    return chars.ranges == charsets.ANY or charsets.union((chars.ranges, extent.ranges)) == chars.ranges


def _size(ranges: Ranges) -> int:
    return sum(high - low + 1 for low, high in ranges)
