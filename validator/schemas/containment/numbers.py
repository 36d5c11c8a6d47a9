"""Numbers that lie in an interval, are multiples of some and not of others, and are none of the excluded."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from fractions import Fraction
from itertools import count, islice, zip_longest
from math import ceil, floor, gcd, lcm

from validator.schemas.containment.budget import Meter
from validator.schemas.containment.model import Fact, Least, Most, Multiple, Values
from validator.schemas.containment.outcome import EMPTY, Outcome
from validator.schemas.containment.values import key_of, plain

_WINDOW = 20_000


class Interval:
    """What the facts say together."""

    def __init__(self, facts: list[tuple[Fact, bool]]) -> None:
        self.low: Fraction | None = None
        self.low_open = False
        self.high: Fraction | None = None
        self.high_open = False
        self.step: Fraction | None = None
        self.avoid: set[Fraction] = set()
        self.excluded: set[Hashable] = set()
        for fact, positive in facts:
            match fact:
                case Least() | Most():
                    # What is not at least a bound is below it.
                    narrow = self._raise if isinstance(fact, Least) == positive else self._lower
                    narrow(fact.bound, fact.open == positive)
                case Multiple() if positive:
                    self.step = fact.of if self.step is None else _common(self.step, fact.of)
                case Multiple():
                    self.avoid.add(fact.of)
                case Values():
                    self.excluded |= fact.keys

    def _raise(self, bound: Fraction, strict: bool) -> None:
        if self.low is None or (bound, strict) > (self.low, self.low_open):
            self.low, self.low_open = bound, strict

    def _lower(self, bound: Fraction, strict: bool) -> None:
        if self.high is None or (bound, not strict) < (self.high, not self.high_open):
            self.high, self.high_open = bound, strict

    def holds(self, number: Fraction) -> bool:
        """Is the number in the set?"""
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            return False
        if self.high is not None and (number > self.high or (self.high_open and number == self.high)):
            return False
        if self.step is not None and (number / self.step).denominator != 1:
            return False
        return not any((number / each).denominator == 1 for each in self.avoid) and plain(number) not in self.excluded


def solve(facts: list[tuple[Fact, bool]], want: int, meter: Meter) -> Outcome:
    """Find up to `want` numbers."""
    interval = Interval(facts)
    if interval.low is not None and interval.high is not None:
        if interval.low > interval.high:
            return EMPTY
        if interval.low == interval.high:
            return Outcome((plain(interval.low),)) if interval.holds(interval.low) else EMPTY
    if interval.step is None:
        return _dense(interval, want, meter)
    return _multiples(interval, interval.step, want, meter)


def _multiples(interval: Interval, step: Fraction, want: int, meter: Meter) -> Outcome:
    """Whole multiples of the step: the excluded ones repeat, so a window of them decides."""
    periods = [(step / each).denominator for each in interval.avoid]
    if 1 in periods:
        return EMPTY
    low = None if interval.low is None else ceil(interval.low / step)
    high = None if interval.high is None else floor(interval.high / step)
    window = lcm(*periods) * (want + len(interval.excluded) + 2) + 2
    total = None if low is None or high is None else high - low + 1
    found: dict[Hashable, int | float] = {}
    for index in islice(_outward(low, high), min(window, _WINDOW)):
        meter.tick()
        number = step * index
        if interval.holds(number):
            value = plain(number)
            found[key_of(value)] = value
            if len(found) >= want:
                break
    else:
        if total is None or total > min(window, _WINDOW):
            return Outcome(tuple(found.values()), False, "no multiple was found among many")
        return Outcome(tuple(found.values()))
    return Outcome(tuple(found.values()), False)


def _outward(low: int | None, high: int | None) -> Iterator[int]:
    """The integers from `low` to `high`, small ones first, 1 before 0 before -1."""
    if low is not None and low > 0:
        yield from count(low) if high is None else range(low, high + 1)
    elif high is not None and high < 0:
        yield from count(high, -1) if low is None else range(high, low - 1, -1)
    else:
        up = iter(count(0) if high is None else range(high + 1))
        down = iter(count(-1, -1) if low is None else range(-1, low - 1, -1))
        if high is None or high > 0:
            first = [next(up), next(up)]
            yield from reversed(first)
        for pair in zip_longest(up, down):
            yield from (number for number in pair if number is not None)


def _dense(interval: Interval, want: int, meter: Meter) -> Outcome:
    """Any number of the interval: ever finer decimals, of which there are always enough."""
    found: dict[Hashable, int | float] = {}
    for number in _decimals(interval):
        meter.tick()
        value = plain(number)
        if interval.holds(number) and interval.holds(Fraction(repr(value)) if isinstance(value, float) else number):
            found[key_of(value)] = value
            if len(found) >= want:
                return Outcome(tuple(found.values()), False)
    return Outcome(tuple(found.values()), False, "no double was found in an interval")


def _decimals(interval: Interval) -> Iterator[Fraction]:
    low, high = interval.low, interval.high
    if interval.avoid:  # most often: no integer
        yield from (Fraction(1, 2), Fraction(3, 2), Fraction(-1, 2))
    for digits in range(18):
        scale = Fraction(1, 10**digits)
        first = None if low is None else ceil(low / scale)
        last = None if high is None else floor(high / scale)
        if first is not None and last is not None and first > last:
            continue
        for index in islice(_outward(first, last), 40 if digits else 200 + len(interval.excluded)):
            yield index * scale
    for bound, sign in ((low, 1), (high, -1)):
        if bound is not None:
            for digits in range(20):
                yield bound + sign * abs(bound or Fraction(1)) / 10**digits


def _common(first: Fraction, second: Fraction) -> Fraction:
    """The least common multiple."""
    return Fraction(lcm(first.numerator, second.numerator), gcd(first.denominator, second.denominator))
