"""Objects whose members, names and counts satisfy a set of facts."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from typing import TYPE_CHECKING

from validator.findings import Json
from validator.schemas.containment.model import (
    Additional,
    Fact,
    Match,
    Matching,
    Names,
    Node,
    Opaque,
    Property,
    Required,
    Size,
    Values,
)
from validator.schemas.containment.outcome import EMPTY, NEVER, Outcome
from validator.schemas.containment.values import STRING, key_of

if TYPE_CHECKING:
    from validator.schemas.containment.solver import Solver

_PATTERNS = 10
_FRESH = ("extra", "other", "more", "another", "further")

Goal = frozenset[Node]


@dataclass(frozen=True, slots=True)
class Stranger:
    """There is a member whose name is in some class, with a value that satisfies the goal."""

    pattern: str | None
    """The name matches it …"""
    names: frozenset[str]
    """… is none of these …"""
    patterns: frozenset[str]
    """… matches none of these …"""
    name_node: Node | None
    """… and satisfies this."""
    value: Node | None


@dataclass(slots=True)
class Shape:
    """What the facts say together."""

    required: dict[str, None] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    members: dict[str, list[Node]] = field(default_factory=dict)
    matching: list[Matching] = field(default_factory=list)
    additional: list[Additional] = field(default_factory=list)
    names: list[Node] = field(default_factory=list)
    strangers: list[Stranger] = field(default_factory=list)
    low: int = 0
    high: int | None = None
    excluded: set[Hashable] = field(default_factory=set)
    opaque: str = ""


def gather(facts: list[tuple[Fact, bool]], solver: Solver) -> Shape:
    """Sort the facts."""
    shape = Shape()
    for fact, positive in facts:
        if positive:
            _positive(shape, fact)
        else:
            _negative(shape, fact, solver)
    return shape


def _positive(shape: Shape, fact: Fact) -> None:
    if isinstance(fact, Property):
        shape.members.setdefault(fact.name, []).append(fact.node)
    elif isinstance(fact, Required):
        shape.required[fact.name] = None
    elif isinstance(fact, Matching):
        shape.matching.append(fact)
    elif isinstance(fact, Additional):
        shape.additional.append(fact)
    elif isinstance(fact, Names):
        shape.names.append(fact.node)
    elif isinstance(fact, Size):
        _bound(shape, fact.low, fact.high)
    elif isinstance(fact, Opaque):
        shape.opaque = fact.reason


def _negative(shape: Shape, fact: Fact, solver: Solver) -> None:
    negate = solver.pool.negate
    if isinstance(fact, Property):
        shape.members.setdefault(fact.name, []).append(negate(fact.node))
        shape.required[fact.name] = None
    elif isinstance(fact, Required):
        shape.absent.add(fact.name)
    elif isinstance(fact, Matching):
        shape.strangers.append(Stranger(fact.pattern, frozenset(), frozenset(), None, negate(fact.node)))
    elif isinstance(fact, Additional):
        shape.strangers.append(Stranger(None, fact.names, fact.patterns, None, negate(fact.node)))
    elif isinstance(fact, Names):
        shape.strangers.append(Stranger(None, frozenset(), frozenset(), negate(fact.node), None))
    elif isinstance(fact, Size):
        _bound(shape, *((0, fact.low - 1) if fact.high is None else (fact.high + 1, None)))
    elif isinstance(fact, Values):
        shape.excluded |= fact.keys
    elif isinstance(fact, Opaque):
        shape.opaque = fact.reason


def _bound(shape: Shape, low: int, high: int | None) -> None:
    shape.low = max(shape.low, low)
    if high is not None:
        shape.high = high if shape.high is None else min(shape.high, high)


def solve(facts: list[tuple[Fact, bool]], want: int, solver: Solver) -> Outcome:
    """Find up to `want` objects."""
    shape = gather(facts, solver)
    if shape.absent & shape.required.keys() or (shape.high is not None and shape.low > shape.high):
        return EMPTY
    if shape.high is not None and len(shape.required) > shape.high:
        return EMPTY
    if shape.low > 1_000:
        return Outcome(complete=False, reason="an object of very many members")
    search = _Search(shape, solver, want + len(shape.excluded))
    found: dict[Hashable, Json] = {}
    for value in search.objects():
        key = key_of(value)
        if key not in shape.excluded:
            found[key] = value
        if len(found) >= want:
            return Outcome(tuple(found.values()), False)
    values = tuple(found.values())
    return Outcome(values, search.complete, search.reason or "an object could not be built", search.floor)


class _Search:
    """Chooses which members the object has, then their values."""

    def __init__(self, shape: Shape, solver: Solver, want: int) -> None:
        self.shape = shape
        self.solver = solver
        self.want = want
        self.complete = True
        self.reason = ""
        self.floor = NEVER
        self.classes = list(dict.fromkeys(
            pattern
            for patterns in (
                *([fact.pattern] for fact in shape.matching),
                *(sorted(fact.patterns) for fact in shape.additional),
                *([each.pattern] if each.pattern is not None else sorted(each.patterns) for each in shape.strangers),
            )
            for pattern in patterns
        ))  # fmt: skip
        self._goals: dict[str, Goal | None] = {}

    def unsure(self, reason: str) -> None:
        """From here on, finding nothing proves nothing."""
        self.complete = False
        self.reason = self.reason or reason

    def possible(self, goal: Goal) -> bool:
        """Has the goal a value?"""
        outcome = self.solver.models(goal)
        self.floor = min(self.floor, outcome.floor)
        if outcome.unknown:
            self.unsure(outcome.reason)
        return bool(outcome.values)

    def goal(self, name: str) -> Goal | None:
        """What a member of that name must satisfy; None if there must be none."""
        if name not in self._goals:
            self._goals[name] = self._goal(name)
        return self._goals[name]

    def _goal(self, name: str) -> Goal | None:
        shape, judge = self.shape, self.solver.judge
        if name in shape.absent or not all(judge.holds(node, name) for node in shape.names):
            return None
        matched = {pattern for pattern in self.classes if judge.matches(pattern, name)}
        nodes = list(shape.members.get(name, ()))
        nodes.extend(fact.node for fact in shape.matching if fact.pattern in matched)
        nodes.extend(
            fact.node for fact in shape.additional if name not in fact.names and matched.isdisjoint(fact.patterns)
        )
        return None if self.solver.pool.false in nodes else frozenset(nodes)

    def objects(self) -> Iterator[Json]:
        """Objects of that shape; every one, if `complete` is still true afterwards."""
        members: dict[str, Goal] = {}
        for name in self.shape.required:
            goal = self.goal(name)
            if goal is None:
                return
            members[name] = goal
        # What was added last is most likely to be in the way: look at the members with most to satisfy first.
        if all(self.possible(goal) for goal in sorted(members.values(), key=len, reverse=True)):
            yield from self._settle(self.shape.strangers, members)

    def _settle(self, strangers: list[Stranger], members: dict[str, Goal]) -> Iterator[Json]:
        self.solver.meter.tick()
        if not strangers:
            yield from self._complete(members)
            return
        if len(strangers) > 1:
            for stranger in strangers:
                if not self._alone(stranger, members):
                    return
        for name, goal in self._choices(strangers[0], members):
            yield from self._settle(strangers[1:], {**members, name: goal})
        if len(strangers) > 1:
            self.unsure("many conditions on names that are not known")

    def _alone(self, stranger: Stranger, members: dict[str, Goal]) -> bool:
        return next(self._choices(stranger, members), None) is not None

    def _choices(self, stranger: Stranger, members: dict[str, Goal]) -> Iterator[tuple[str, Goal]]:
        """Members that could be the stranger, each with its whole goal: new ones first, unless there is no room."""
        known = dict.fromkeys((*members, *self.shape.members, *self._mentioned()))
        room = self.shape.high is None or len(members) < self.shape.high
        if room:
            yield from self._fresh(stranger, frozenset(known))
        for name in known:
            if not room and name not in members:
                continue
            goal = members.get(name) or self.goal(name)
            if goal is None and name not in members:
                continue
            if self._fits(stranger, name):
                full = (goal or frozenset()) | ({stranger.value} if stranger.value else set())
                if self.possible(full):
                    yield name, full

    def _mentioned(self) -> Iterator[str]:
        for fact in self.shape.additional:
            yield from sorted(fact.names)
        for stranger in self.shape.strangers:
            yield from sorted(stranger.names)

    def _fits(self, stranger: Stranger, name: str) -> bool:
        judge = self.solver.judge
        if name in stranger.names or any(judge.matches(pattern, name) for pattern in stranger.patterns):
            return False
        if stranger.pattern is not None and not judge.matches(stranger.pattern, name):
            return False
        return stranger.name_node is None or judge.holds(stranger.name_node, name)

    def _fresh(self, stranger: Stranger | None, taken: frozenset[str], want: int = 1) -> Iterator[tuple[str, Goal]]:
        """Members with names that nothing mentions, for each combination of patterns they may match."""
        if len(self.classes) > _PATTERNS:
            self.unsure("very many patterns of names")
            return
        value = {stranger.value} if stranger and stranger.value else set()
        for matched in self._combinations(stranger):
            nodes = [fact.node for fact in self.shape.matching if fact.pattern in matched]
            nodes.extend(fact.node for fact in self.shape.additional if matched.isdisjoint(fact.patterns))
            if self.solver.pool.false in nodes:
                continue
            goal = frozenset((*nodes, *value))
            if not self.possible(goal):
                continue
            for name in self._fresh_names(stranger, matched, taken, want):
                yield name, goal

    def _combinations(self, stranger: Stranger | None) -> Iterator[frozenset[str]]:
        """Sets of patterns that a name matches, small ones first."""
        wanted = {stranger.pattern} if stranger and stranger.pattern is not None else set()
        barred = stranger.patterns if stranger else frozenset()
        free = [pattern for pattern in self.classes if pattern not in wanted and pattern not in barred]
        if wanted & barred:
            return
        for signs in sorted(product((False, True), repeat=len(free)), key=sum):
            yield frozenset(wanted) | {pattern for pattern, sign in zip(free, signs, strict=True) if sign}

    def _fresh_names(
        self, stranger: Stranger | None, matched: frozenset[str], taken: frozenset[str], want: int
    ) -> tuple[str, ...]:
        pool = self.solver.pool
        nodes = list(self.shape.names)
        if stranger and stranger.name_node:
            nodes.append(stranger.name_node)
        if not nodes and not self.classes:
            return tuple(islice((name for name in _made_up() if name not in taken), want))
        nodes.append(pool.kinds(STRING))
        nodes.extend(pool.leaf(Match(pattern), pattern in matched) for pattern in self.classes)
        excluded = taken | self.shape.absent
        if excluded:
            nodes.append(pool.negate(pool.among(sorted(excluded))))
        if stranger is None or stranger.name_node is None:
            for name in islice(_made_up(), want + 2):
                if want == 1 and name not in excluded and self._surely(nodes, name):
                    return (name,)
        outcome = self.solver.models(frozenset(nodes), want)
        self.floor = min(self.floor, outcome.floor)
        if len(outcome.values) < want and not outcome.complete:
            self.unsure(outcome.reason)
        return tuple(str(value) for value in outcome.values)

    def _surely(self, nodes: list[Node], name: str) -> bool:
        return all(self.solver.judge.holds(node, name) for node in nodes)

    def _complete(self, members: dict[str, Goal]) -> Iterator[Json]:
        """Add members until there are enough, then choose values."""
        missing = self.shape.low - len(members)
        optional = self._optional(members)
        if missing > 0:
            members = {**members, **dict(islice(optional, missing))}
        if len(members) < self.shape.low:
            if self.shape.strangers:
                self.unsure("a member that stands for several conditions")
            return
        if self.want == 1:
            yield {name: self.solver.models(goal).values[0] for name, goal in members.items()}
            return
        yield from self._variants(members, optional)

    def _variants(self, members: dict[str, Goal], optional: Iterator[tuple[str, Goal]]) -> Iterator[Json]:
        """Several objects: with other values, then with more members."""
        if self.shape.strangers:
            self.complete = False
        required = dict(members)
        room = None if self.shape.high is None else self.shape.high - len(required)
        more = list(islice(optional, self.want + 1))
        if len(more) > self.want:
            self.complete = False
        for chosen in _subsets(more, room):
            self.solver.meter.tick()
            names = {**required, **dict(chosen)}
            options = []
            for goal in names.values():
                outcome = self.solver.models(goal, self.want)
                self.complete &= outcome.complete or len(outcome.values) >= self.want
                self.floor = min(self.floor, outcome.floor)
                options.append(outcome.values)
            for values in product(*options):
                self.solver.meter.tick()
                yield dict(zip(names, values, strict=True))
        if self.shape.low > len(self.shape.required):
            self.complete = False

    def _optional(self, members: dict[str, Goal]) -> Iterator[tuple[str, Goal]]:
        """Further members the object may have: known names, then others."""
        known = dict.fromkeys((*self.shape.members, *self._mentioned()))
        for name in known:
            goal = None if name in members else self.goal(name)
            if goal is not None and self.possible(goal):
                yield name, goal
        taken = frozenset((*members, *known))
        want = max(self.shape.low - len(members), self.want, 1)
        yield from self._fresh(None, taken, want)


def _made_up() -> Iterator[str]:
    """Names for members that nothing mentions."""
    yield from _FRESH
    yield from (f"extra{index}" for index in range(2, 100_000))


def _subsets(options: list[tuple[str, Goal]], room: int | None) -> Iterator[list[tuple[str, Goal]]]:
    """Choices of further members, fewest first."""
    ordered: list[list[tuple[str, Goal]]] = [[]]
    while ordered:
        following: list[list[tuple[str, Goal]]] = []
        for chosen in ordered:
            yield chosen
            if room is None or len(chosen) < room:
                start = options.index(chosen[-1]) + 1 if chosen else 0
                following.extend([*chosen, option] for option in options[start:])
        ordered = following
