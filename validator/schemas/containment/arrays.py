"""Arrays whose items, counts and distinctness satisfy a set of facts."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, islice, product
from typing import TYPE_CHECKING

from validator.findings import Json
from validator.schemas.containment.model import Contains, Distinct, Fact, Item, Node, Opaque, Pool, Rest, Size, Values
from validator.schemas.containment.outcome import NEVER, Outcome
from validator.schemas.containment.values import key_of

if TYPE_CHECKING:
    from validator.schemas.containment.solver import Solver

_COUNTERS = 9
_LONGEST = 2_000

Goal = frozenset[Node]


@dataclass(frozen=True, slots=True)
class Counter:
    """At least `low`, at most `high` items from `start` on satisfy the node."""

    node: Node
    start: int
    low: int
    high: int | None


@dataclass(slots=True)
class Layout:
    """What the facts say together."""

    places: list[tuple[int, bool, Node]] = field(default_factory=list)
    """Index, whether it reaches to the end, and what holds there."""
    counters: list[Counter] = field(default_factory=list)
    low: int = 0
    high: int | None = None
    distinct: bool = False
    twins: bool = False
    """Must two items be equal?"""
    excluded: set[Hashable] = field(default_factory=set)
    opaque: str = ""

    def base(self, index: int) -> Goal:
        """What holds of the item at the index, whatever is counted."""
        return frozenset(node for start, on, node in self.places if start == index or (on and start < index))

    @property
    def prefix(self) -> int:
        """From this index on all items are alike."""
        ends = [start if on else start + 1 for start, on, _ in self.places]
        return max((0, *ends, *(counter.start for counter in self.counters)))


def _lower(one: int | None, other: int | None) -> int | None:
    """The lower of two limits; None is no limit."""
    return min((limit for limit in (one, other) if limit is not None), default=None)


def lay_out(facts: list[tuple[Fact, bool]], pool: Pool) -> Layout:
    """Gather the facts."""
    layout = Layout()
    counted: dict[tuple[Node, int], Counter] = {}

    def count(node: Node, start: int, low: int, high: int | None) -> None:
        known = counted.get((node, start), Counter(node, start, 0, None))
        counted[node, start] = Counter(node, start, max(low, known.low), _lower(known.high, high))

    def bound(low: int, high: int | None) -> None:
        layout.low = max(layout.low, low)
        layout.high = _lower(layout.high, high)

    for fact, positive in facts:
        if isinstance(fact, Size):
            low, high = _limits(fact, positive)
            bound(low, high)
        elif isinstance(fact, Item):
            layout.places.append((fact.index, False, fact.node if positive else pool.negate(fact.node)))
            bound(0 if positive else fact.index + 1, None)
        elif isinstance(fact, Rest) and positive:
            layout.places.append((fact.start, True, fact.node))
        elif isinstance(fact, Rest):
            count(pool.negate(fact.node), fact.start, 1, None)
        elif isinstance(fact, Contains):
            low, high = _limits(fact, positive)
            count(fact.node, 0, low, high)
        elif isinstance(fact, Distinct):
            layout.distinct |= positive
            layout.twins |= not positive
        elif isinstance(fact, Values):
            layout.excluded |= fact.keys
        elif isinstance(fact, Opaque):
            layout.opaque = fact.reason
    layout.counters = list(counted.values())
    return layout


def _limits(fact: Size | Contains, positive: bool) -> tuple[int, int | None]:
    if positive:
        return fact.low, fact.high
    return (0, fact.low - 1) if fact.high is None else (fact.high + 1, None)


def solve(facts: list[tuple[Fact, bool]], want: int, solver: Solver) -> Outcome:
    """Find up to `want` arrays."""
    layout = lay_out(facts, solver.pool)
    if layout.twins and layout.distinct:
        return Outcome()
    if any(counter.high is not None and counter.low > counter.high for counter in layout.counters):
        return Outcome()
    if layout.high is not None and layout.low > layout.high:
        return Outcome()
    if layout.low > _LONGEST or layout.prefix > _LONGEST or len(layout.counters) > _COUNTERS:
        return Outcome(complete=False, reason="an array of many items or many counted kinds of items")
    search = _Search(layout, solver, want + len(layout.excluded))
    found: dict[Hashable, Json] = {}
    for value in search.arrays():
        key = key_of(value)
        if key not in layout.excluded:
            found[key] = value
        if len(found) >= want:
            break
    else:
        values = tuple(found.values())
        return Outcome(values, search.complete, search.reason or "an array could not be built", search.floor)
    return Outcome(tuple(found.values()), False)


@dataclass(frozen=True, slots=True)
class _Place:
    """One item of the array under construction, or two that are equal."""

    base: Goal
    active: tuple[int, ...]
    """How often the item counts, for each counter."""


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far the counting is."""

    counts: tuple[int, ...]
    last: tuple[int, ...]
    """What the place before was decided to be."""


class _Search:
    """Chooses a length, then for each item which counted kinds it belongs to."""

    def __init__(self, layout: Layout, solver: Solver, want: int) -> None:
        self.layout = layout
        self.solver = solver
        self.want = want
        self.complete = True
        self.reason = ""
        self.floor = NEVER
        self.prefix = layout.prefix

    def arrays(self) -> Iterator[Json]:
        """Arrays that satisfy the layout; every one, if `complete` is still true afterwards."""
        if not self.layout.twins:
            yield from self._lengths(None)
            return
        for first, second in combinations(range(self.prefix + 2), 2):
            yield from self._lengths((first, second))
        if self.want > 1:
            self.complete = False

    def _lengths(self, twins: tuple[int, int] | None) -> Iterator[Json]:
        layout = self.layout
        prefix = self.prefix + (2 if twins else 0)
        low = max(layout.low, twins[1] + 1 if twins else 0)
        needed = sum(counter.low for counter in layout.counters)
        # A smallest solution has no item that could be left out: no array longer than this is one.
        last = max(low, prefix + needed) if needed else low
        if self.want > 1:
            last += self.want
            self.complete &= layout.high is not None and layout.high <= last
        if layout.high is not None:
            last = min(last, layout.high)
        for length in range(low, last + 1):
            self.solver.meter.tick()
            for places in self._fill(length, twins):
                yield from self._instantiate(places, twins)

    def _fill(self, length: int, twins: tuple[int, int] | None) -> Iterator[list[Goal]]:
        """Goals for each place, such that every counter is within its limits."""
        counters = self.layout.counters
        places: list[_Place] = []
        for index in range(length):
            base = self.layout.base(min(index, self.prefix))
            active = tuple(int(index >= counter.start) for counter in counters)
            if twins and index == twins[1]:
                first = places[twins[0]]
                both = tuple(a + b for a, b in zip(first.active, active, strict=True))
                places[twins[0]] = _Place(first.base | base, both)
                base, active = frozenset(), (0,) * len(counters)
            places.append(_Place(base, active))
        # Of arrays that differ only in the order of alike places one is made: not every one.
        self.complete &= self.want == 1 or not counters
        if not counters:
            goals = [place.base for place in places]
            if all(self._possible(goal) for goal in dict.fromkeys(goals)):
                yield goals
            return
        yield from self._assign(places, [], _Progress((0,) * len(counters), ()), set())

    def _assign(
        self, places: list[_Place], chosen: list[Goal], progress: _Progress, failed: set[tuple[int, _Progress]]
    ) -> Iterator[list[Goal]]:
        index = len(chosen)
        if index == len(places):
            if all(counter.low <= count for counter, count in zip(self.layout.counters, progress.counts, strict=True)):
                yield list(chosen)
            return
        if (index, progress) in failed:
            return
        self.solver.meter.tick()
        found = False
        for goal, after in self._choices(places, index, progress):
            for goals in self._assign(places, [*chosen, goal], after, failed):
                found = True
                yield goals
        if not found and not self.layout.distinct:
            failed.add((index, progress))

    def _choices(self, places: list[_Place], index: int, progress: _Progress) -> Iterator[tuple[Goal, _Progress]]:
        """Goals that the place at the index may have, with the counts after it."""
        place = places[index]
        alike = index > 0 and place == places[index - 1]
        # 1: is of the counted kind, 2: is not, 0: is not asked. Like places are filled in this order only.
        for signs in product(*((1, 2) if weight else (0,) for weight in place.active)):
            if alike and signs < progress.last:
                continue
            weighed = zip(progress.counts, place.active, signs, strict=True)
            counts = tuple(count + weight * (sign == 1) for count, weight, sign in weighed)
            goal = place.base | self._signed(signs)
            if self._within(counts, places, index) and self._possible(goal):
                yield goal, _Progress(counts, signs)

    def _within(self, counts: tuple[int, ...], places: list[_Place], index: int) -> bool:
        for number, (counter, count) in enumerate(zip(self.layout.counters, counts, strict=True)):
            if counter.high is not None and count > counter.high:
                return False
            if count < counter.low and count + sum(place.active[number] for place in places[index + 1 :]) < counter.low:
                return False
        return True

    def _signed(self, signs: tuple[int, ...]) -> Goal:
        pool, counters = self.solver.pool, self.layout.counters
        return frozenset(
            counter.node if sign == 1 else pool.negate(counter.node)
            for counter, sign in zip(counters, signs, strict=True)
            if sign
        )

    def _possible(self, goal: Goal) -> bool:
        outcome = self.solver.models(goal)
        self.floor = min(self.floor, outcome.floor)
        if outcome.unknown:
            self.complete = False
            self.reason = outcome.reason
        return bool(outcome.values)

    def _instantiate(self, goals: list[Goal], twins: tuple[int, int] | None) -> Iterator[Json]:
        if not self.layout.distinct and self.want == 1:
            array = [self.solver.models(goal).values[0] for goal in goals]
            yield _twinned(array, twins)
            return
        free = [goal for index, goal in enumerate(goals) if not twins or index != twins[1]]
        enough = max(self.want, len(goals)) if self.layout.distinct else self.want
        options = [self._values(goal, enough) for goal in free]
        if not self.layout.distinct:
            for choice in islice(product(*options), self.want):
                array = list(choice)
                if twins:
                    array.insert(twins[1], None)
                yield _twinned(array, twins)
            return
        matched = _match(options)
        if matched is not None:
            yield matched
            if self.want > 1:
                yield from islice(self._different(options), self.want)

    def _values(self, goal: Goal, enough: int) -> list[Json]:
        outcome = self.solver.models(goal, enough)
        self.floor = min(self.floor, outcome.floor)
        if not outcome.complete and len(outcome.values) < enough:
            self.complete = False
            self.reason = self.reason or outcome.reason or "too few distinct items are known"
        return list(outcome.values)

    def _different(self, options: list[list[Json]]) -> Iterator[Json]:
        for choice in product(*options):
            self.solver.meter.tick()
            if len(set(map(key_of, choice))) == len(choice):
                yield list(choice)


def _twinned(array: list[Json], twins: tuple[int, int] | None) -> Json:
    if twins:
        array[twins[1]] = array[twins[0]]
    return array


def _match(options: list[list[Json]]) -> Json | None:
    """Choose for each place one of its options, all different (augmenting paths); None if that cannot be."""
    keys = [[key_of(option) for option in each] for each in options]
    taken: dict[Hashable, int] = {}

    def place(index: int, visited: set[Hashable]) -> bool:
        for key in keys[index]:
            if key not in visited:
                visited.add(key)
                if key not in taken or place(taken[key], visited):
                    taken[key] = index
                    return True
        return False

    for index in range(len(options)):
        if not place(index, set()):
            return None
    array: list[Json] = [None] * len(options)
    for key, index in taken.items():
        array[index] = options[index][keys[index].index(key)]
    return array
