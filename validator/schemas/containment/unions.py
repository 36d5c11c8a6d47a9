"""`oneOf`: branches that obviously exclude each other need not be held against each other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from validator.schemas.containment.model import All, Leaf, Node, Pool, Property, Required, Values
from validator.schemas.containment.values import OBJECT


def one_of(pool: Pool, parts: list[Node]) -> Node:
    """Exactly one of the nodes holds."""
    marks = [_marks(part) for part in parts]
    pairs = [
        pool.some((pool.negate(parts[first]), pool.negate(parts[second])))
        for first in range(len(parts))
        for second in range(first)
        if not _apart(parts[first], parts[second], marks[first], marks[second])
    ]
    return pool.every((pool.some(parts), *pairs))


_Marks = Mapping[str, tuple[bool, frozenset[Hashable] | None]]
"""By member name: is it required, and which values may it have."""


def _marks(node: Node) -> _Marks:
    """What tells an object of this branch from those of other branches: a `kind`, a `type`."""
    marks: dict[str, tuple[bool, frozenset[Hashable] | None]] = {}
    for part in node.parts if isinstance(node, All) else (node,):
        if not isinstance(part, Leaf) or not part.positive:
            continue
        if isinstance(part.fact, Required):
            marks[part.fact.name] = (True, marks.get(part.fact.name, (False, None))[1])
        elif isinstance(part.fact, Property) and (values := _values(part.fact.node)) is not None:
            marks[part.fact.name] = (marks.get(part.fact.name, (False, None))[0], values)
    return marks


def _values(node: Node) -> frozenset[Hashable] | None:
    for part in node.parts if isinstance(node, All) else (node,):
        if isinstance(part, Leaf) and isinstance(part.fact, Values) and part.positive:
            return part.fact.keys
    return None


def _apart(first: Node, second: Node, some: _Marks, other: _Marks) -> bool:
    """Is it plain that no value satisfies both?"""
    common = first.may & second.may
    if common != OBJECT:
        return not common
    for name, (required, values) in some.items():
        needed, others = other.get(name, (False, None))
        if (required or needed) and values is not None and others is not None and not values & others:
            return True
    return False
