"""Compare two schemas: is everything that `lhs` allows accepted by `rhs`?

    compare({"type": "integer"}, {"type": "number"})       # Verdict(subtype)
    compare({"type": "number"}, {"type": "integer"})       # Verdict(not, witness=0.5)

`lhs AND NOT rhs` is searched for a value: none, proven, is `subtype`; one is a witness, and is confirmed by
python-jsonschema before anybody sees it. A `Comparer` keeps what it has read and learned from pair to pair.
"""

from __future__ import annotations

import enum
import json
from typing import Any

from validator.findings import Json
from validator.schemas.containment.budget import Budget, ExhaustedError, Meter, UndecidableError
from validator.schemas.containment.confirm import Judge, judge_as_platform, judge_for
from validator.schemas.containment.deadline import deadline
from validator.schemas.containment.dialect import DRAFT_2020_12, Dialect
from validator.schemas.containment.documents import Reading, Schema
from validator.schemas.containment.model import Node, Pool
from validator.schemas.containment.normalise import Normaliser
from validator.schemas.containment.outcome import Outcome
from validator.schemas.containment.regex.language import Languages
from validator.schemas.containment.solver import Solver
from validator.schemas.containment.verdict import Answer, Comparison, Verdict


class Role(enum.Enum):
    """How a schema is read."""

    PRODUCER = enum.auto()
    DECLARED = enum.auto()
    """A producer whose objects hold declared members only."""
    CONSUMER = enum.auto()


_REVERSING = frozenset({"not", "oneOf", "if", "default", "$ref"})
_FULL = 150_000
"""Nodes, goals and expressions that a comparer keeps before it begins afresh."""
_VERDICTS = 4096
"""Pairs whose verdict a comparer remembers; the oldest are forgotten first."""


class Prepared:
    """One schema as a comparer has read it."""

    def __init__(self, schema: Schema, dialect: Dialect) -> None:
        self.schema = schema
        self.dialect = dialect
        self.nodes: dict[Role, Node | str] = {}
        """The canonical form in each role, or why there is none."""
        self._readings: dict[bool, Reading] = {}
        self._judges: dict[bool, Judge] = {}

    def equals(self, other: Prepared) -> bool:
        """Whether both are the same document, whatever the order of its members."""
        if self is other:
            return True
        try:
            return _sorted(self.schema) == _sorted(other.schema)
        except (RecursionError, TypeError, ValueError):
            return False

    def reading(self, consumer: bool) -> Reading:
        """The plain schema, as a producer or as a consumer."""
        profile = self.dialect.profile
        if profile is None:
            return Reading(self.schema)
        if consumer not in self._readings:
            from validator.schemas.containment import platform

            read = platform.consumer(self.schema, profile) if consumer else platform.producer(self.schema)
            self._readings[consumer] = read
        return self._readings[consumer]

    def judge(self, consumer: bool) -> Judge:
        """The independent validator of the schema."""
        if consumer not in self._judges:
            plain = self.reading(consumer).schema
            if consumer and self.dialect.profile:
                self._judges[consumer] = judge_as_platform(self.schema, plain, self.dialect)
            else:
                self._judges[consumer] = judge_for(plain, self.dialect)
        return self._judges[consumer]


def _sorted(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True)


def _mentions(schema: Any, keywords: frozenset[str]) -> bool:
    """Whether any of the words is a key somewhere."""
    pending = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if not keywords.isdisjoint(node):
                return True
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    return False


class Comparer:
    """Compares many pairs in one dialect. Not for several threads at once."""

    def __init__(self, dialect: Dialect = DRAFT_2020_12, budget: Budget | None = None) -> None:
        self.dialect = dialect
        self.budget = budget or Budget()
        self._prepared: dict[str, Prepared] = {}
        self._verdicts: dict[tuple[Prepared, Prepared, bool], Verdict] = {}
        self._clear()

    def _clear(self) -> None:
        for prepared in self._prepared.values():
            prepared.nodes.clear()  # they belong to the pool that is given up; somebody may hold on to the schema
        self._pool = Pool()
        self._languages = Languages(self.dialect.re2)
        self._solver = Solver(self._pool, self._languages, Meter(self.budget))
        self._prepared = {}
        self._verdicts = {}

    def prepare(self, schema: Schema) -> Prepared:
        """Read a schema once; the result may be given wherever a schema is asked for."""
        try:
            text = json.dumps(schema)
        except (RecursionError, TypeError, ValueError):
            return Prepared(schema, self.dialect)
        found = self._prepared.get(text)
        if found is None:
            found = self._prepared[text] = Prepared(schema, self.dialect)
        return found

    def compare(self, lhs: Schema | Prepared, rhs: Schema | Prepared, *, declared: bool = False) -> Verdict:
        """Is everything that `lhs` allows accepted by `rhs`? `declared`: of what `lhs` declares. Never raises."""
        self._make_room()
        left, right = self._read(lhs), self._read(rhs)
        key = (left, right, declared)
        if key not in self._verdicts:
            verdict = self._in_time(left, right, declared)
            if len(self._verdicts) >= _VERDICTS:
                del self._verdicts[next(iter(self._verdicts))]
            self._verdicts[key] = verdict
        return self._verdicts[key]

    def _in_time(self, left: Prepared, right: Prepared, declared: bool) -> Verdict:
        if left.equals(right) and self._is_reflexive(left.schema):
            return Verdict(Answer.SUBTYPE)
        try:
            with deadline(self.budget.limit):
                return self._compare(left, right, declared)
        except ExhaustedError as gap:
            self._clear()  # what was being worked on is in no state to be used again
            return Verdict(Answer.UNKNOWN, reason=str(gap))

    def _is_reflexive(self, schema: Schema) -> bool:
        """Whether a schema is contained in itself by its form alone.

        The platform reads a consumer more widely than a producer and fills in defaults: more is accepted then, unless a
        keyword turns more into less.
        """
        return self.dialect.profile is None or not _mentions(schema, _REVERSING)

    def _compare(self, left: Prepared, right: Prepared, declared: bool) -> Verdict:
        self._solver.rewind(Meter(self.budget))
        try:
            producer = self._node(left, Role.DECLARED if declared else Role.PRODUCER)
            consumer = self._node(right, Role.CONSUMER)
            goal = frozenset((producer, self._pool.negate(consumer)))
            outcome = self._solver.models(goal)
        except (ExhaustedError, UndecidableError) as gap:
            return Verdict(Answer.UNKNOWN, reason=str(gap))
        except RecursionError:
            return Verdict(Answer.UNKNOWN, reason="the schemas are nested too deeply")
        if outcome.empty:
            doubt = right.reading(consumer=True).doubt
            return Verdict(Answer.UNKNOWN, reason=doubt) if doubt else Verdict(Answer.SUBTYPE)
        return self._confirmed(left, right, goal, outcome)

    def compare_both(self, lhs: Schema | Prepared, rhs: Schema | Prepared) -> Comparison:
        """Both readings of the producer at once, and whether nothing it emits is ever accepted. Never raises."""
        left, right = self._read(lhs), self._read(rhs)
        strict = self.compare(left, right)
        declared = strict if strict.answer is Answer.SUBTYPE else self.compare(left, right, declared=True)
        if declared.answer is Answer.NOT and strict.answer is Answer.UNKNOWN:
            strict = declared
        disjoint = False if declared.answer is Answer.SUBTYPE else self.disjoint(left, right)
        return Comparison(strict, declared, disjoint)

    def disjoint(self, lhs: Schema | Prepared, rhs: Schema | Prepared) -> bool | None:
        """Can `lhs` emit something, and is nothing of it ever accepted? None if it is not known. Never raises."""
        self._make_room()
        left, right = self._read(lhs), self._read(rhs)
        try:
            with deadline(self.budget.limit):
                return self._disjoint(left, right)
        except ExhaustedError:
            self._clear()
            return None

    def _disjoint(self, left: Prepared, right: Prepared) -> bool | None:
        self._solver.rewind(Meter(self.budget))
        try:
            producer, consumer = self._node(left, Role.PRODUCER), self._node(right, Role.CONSUMER)
            both = self._solver.models(frozenset((producer, consumer)))
            if both.values:
                return False
            alone = self._solver.models(frozenset((producer,)))
        except (ExhaustedError, UndecidableError, RecursionError):
            return None
        if not alone.values:
            return False if alone.empty else None
        return True if both.empty else None

    def examples(self, schema: Schema | Prepared, count: int) -> tuple[Json, ...]:
        """Up to `count` documents that the schema allows, small ones. Never raises."""
        self._make_room()
        self._solver.rewind(Meter(self.budget))
        try:
            return self._solver.models(frozenset((self._node(self._read(schema), Role.PRODUCER),)), count).values
        except (ExhaustedError, UndecidableError, RecursionError):
            return ()

    def _make_room(self) -> None:
        if len(self._pool) + len(self._solver.known) + len(self._languages.algebra) > _FULL:
            self._clear()

    def _read(self, schema: Schema | Prepared) -> Prepared:
        return schema if isinstance(schema, Prepared) else self.prepare(schema)

    def _node(self, prepared: Prepared, role: Role) -> Node:
        found = prepared.nodes.get(role)
        if found is None:
            try:
                plain = prepared.reading(role is Role.CONSUMER).schema
                found = Normaliser(plain, self._pool, self.dialect, closed=role is Role.DECLARED).root()
            except UndecidableError as gap:
                found = str(gap)
            prepared.nodes[role] = found
        if isinstance(found, str):
            raise UndecidableError(found)
        return found

    def _confirmed(self, left: Prepared, right: Prepared, goal: frozenset[Node], outcome: Outcome) -> Verdict:
        """`not` with a witness that the independent validator confirms, or else `unknown`."""
        produces, accepts = left.judge(consumer=False), right.judge(consumer=True)

        def good(value: Json) -> bool:
            return produces(value) is True and accepts(value) is False

        for value in (*outcome.values, *outcome.guesses):
            if good(value):
                return Verdict(Answer.NOT, value)
        if outcome.values:
            try:
                for value in self._solver.models(goal, 6).values:
                    if good(value):
                        return Verdict(Answer.NOT, value)
            except (ExhaustedError, UndecidableError, RecursionError):
                pass
            return Verdict(Answer.UNKNOWN, reason="a counterexample was found, but jsonschema does not confirm it")
        return Verdict(Answer.UNKNOWN, reason=outcome.reason or "no counterexample and no proof was found")


def compare(
    lhs: Any, rhs: Any, *, dialect: Dialect = DRAFT_2020_12, budget: Budget | None = None, declared: bool = False
) -> Verdict:
    """Compare one pair; for many, keep a `Comparer`. See `Comparer.compare`."""
    return Comparer(dialect, budget).compare(lhs, rhs, declared=declared)
