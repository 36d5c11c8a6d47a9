"""Which members and items a schema has looked at, so that `unevaluated*` becomes an ordinary fact.

A schema is divided into the ways to satisfy it. The division need not be disjoint: having looked at more only
permits more, so each non-empty choice of `anyOf` branches stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from validator.schemas.containment.budget import UndecidableError
from validator.schemas.containment.model import Additional, Node, Required, Rest
from validator.schemas.containment.values import ANYTHING, OBJECT

if TYPE_CHECKING:
    from validator.schemas.containment.normalise import Normaliser

_CASES = 96
_PRESERVE = "x-kubernetes-preserve-unknown-fields"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What has been looked at."""

    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    all_members: bool = False
    prefix: int = 0
    all_items: bool = False
    contains: tuple[Node, ...] = ()

    def __or__(self, other: Evaluated) -> Evaluated:
        return Evaluated(
            self.names | other.names,
            self.patterns | other.patterns,
            self.all_members or other.all_members,
            max(self.prefix, other.prefix),
            self.all_items or other.all_items,
            self.contains + other.contains,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One way to satisfy a schema."""

    node: Node
    evaluated: Evaluated


def all_cases(reader: Normaliser, schema: dict[str, Any], base: str) -> list[Case]:
    """The ways to satisfy a schema whose base URI is `base`. Raises UndecidableError when there are too many."""
    pool = reader.pool
    if "$ref" in schema and reader.dialect.reference_alone:
        return reader.cases(*reader.target(schema, base))
    cases = [Case(pool.every(reader.literals(_without_branches(schema), base)), _own(reader, schema, base))]
    for keyword in ("$ref", "$dynamicRef"):
        if keyword in schema and keyword not in reader.dialect.ignored:
            cases = _product(reader, cases, reader.cases(*reader.target(schema, base, keyword)))
    for part in schema.get("allOf", ()):
        cases = _product(reader, cases, reader.cases(part, base))
    if "anyOf" in schema:
        cases = _product(reader, cases, _any_of(reader, [reader.cases(part, base) for part in schema["anyOf"]]))
    if "oneOf" in schema:
        cases = _product(reader, cases, _one_of(reader, schema["oneOf"], base))
    if "if" in schema:
        cases = _product(reader, cases, _conditional(reader, schema, base))
    for name, part in _dependent(reader, schema):
        there = _guard(reader, pool.leaf(Required(name)), reader.cases(part, base))
        absent = pool.some((pool.leaf(Required(name), False), pool.kinds(ANYTHING & ~OBJECT)))
        cases = _product(reader, cases, [Case(absent, Evaluated()), *there])
    return [_finish(reader, schema, base, case) for case in cases]


_BRANCHES = {"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"}


def _without_branches(schema: dict[str, Any]) -> dict[str, Any]:
    return {keyword: value for keyword, value in schema.items() if keyword not in _BRANCHES}


def _dependent(reader: Normaliser, schema: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    if "dependentSchemas" in reader.dialect.ignored:
        return ()
    found: dict[str, Any] = schema.get("dependentSchemas", {})
    return found.items()


def _own(reader: Normaliser, schema: dict[str, Any], base: str) -> Evaluated:
    """What the schema's own keywords look at."""
    active = {keyword for keyword in schema if keyword not in reader.dialect.ignored}
    names = set(schema.get("properties", {}))
    if reader.closed:  # a producer declares a member also by requiring it
        names |= set(schema["required"]) if isinstance(schema.get("required"), list) else set()
        for needed in schema.get("dependentRequired", {}).values():
            names |= set(needed)
    contains: tuple[Node, ...] = ()
    if "contains" in active and not reader.dialect.tuple_items:
        contains = (reader.place(schema["contains"], base),)
    prefix = schema["prefixItems"] if "prefixItems" in active else []
    items = schema.get("items")
    if isinstance(items, list):
        prefix, items = items, schema.get("additionalItems")
    return Evaluated(
        frozenset(names),
        frozenset(schema.get("patternProperties", {})),
        "additionalProperties" in schema or (reader.closed and schema.get(_PRESERVE) is True),
        len(prefix),
        items is not None,
        contains,
    )


def _product(reader: Normaliser, first: list[Case], second: list[Case]) -> list[Case]:
    if len(first) * len(second) > _CASES:
        raise UndecidableError("too many ways to evaluate a schema with unevaluated keywords")
    every, false = reader.pool.every, reader.pool.false
    joined = [Case(every((a.node, b.node)), a.evaluated | b.evaluated) for a in first for b in second]
    return [case for case in joined if case.node is not false]


def _guard(reader: Normaliser, node: Node, cases: list[Case]) -> list[Case]:
    return [Case(reader.pool.every((node, case.node)), case.evaluated) for case in cases]


def _any_of(reader: Normaliser, branches: list[list[Case]]) -> list[Case]:
    if len(branches) > 6:
        if reader.closed:  # a producer is taken to mean one branch
            return [case for branch in branches for case in branch]
        raise UndecidableError("a wide anyOf beside unevaluated keywords")
    cases: list[Case] = []
    for size in range(1, len(branches) + 1):
        for chosen in combinations(branches, size):
            together = [Case(reader.pool.true, Evaluated())]
            for branch in chosen:
                together = _product(reader, together, branch)
            cases.extend(together)
    return cases


def _one_of(reader: Normaliser, parts: list[Any], base: str) -> list[Case]:
    pool = reader.pool
    negations = [pool.negate(reader.open_inplace(part, base)) for part in parts]
    cases: list[Case] = []
    for index, part in enumerate(parts):
        alone = pool.every(negations[:index] + negations[index + 1 :])
        cases.extend(_guard(reader, alone, reader.cases(part, base)))
    return cases


def _conditional(reader: Normaliser, schema: dict[str, Any], base: str) -> list[Case]:
    pool = reader.pool
    met = reader.cases(schema["if"], base)
    if "then" in schema:
        met = _product(reader, met, reader.cases(schema["then"], base))
    unmet = reader.cases(schema["else"], base) if "else" in schema else [Case(pool.true, Evaluated())]
    return [*met, *_guard(reader, pool.negate(reader.open_inplace(schema["if"], base)), unmet)]


def _finish(reader: Normaliser, schema: dict[str, Any], base: str, case: Case) -> Case:
    """Apply the schema's own `unevaluated*` to what this case has left over."""
    pool, evaluated = reader.pool, case.evaluated
    nodes = [case.node]
    if "unevaluatedProperties" in schema and "unevaluatedProperties" not in reader.dialect.ignored:
        node = reader.place(schema["unevaluatedProperties"], base)
        if not evaluated.all_members:
            nodes.append(pool.leaf(Additional(evaluated.names, evaluated.patterns, node)))
        evaluated |= Evaluated(all_members=True)
    if "unevaluatedItems" in schema and "unevaluatedItems" not in reader.dialect.ignored:
        node = reader.place(schema["unevaluatedItems"], base)
        if not evaluated.all_items:
            nodes.append(pool.leaf(Rest(evaluated.prefix, pool.some((*evaluated.contains, node)))))
        evaluated |= Evaluated(all_items=True)
    return Case(pool.every(nodes), evaluated)
