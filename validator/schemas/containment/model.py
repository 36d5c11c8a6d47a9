"""The canonical form of a schema: facts about a value, joined by *all of* and *some of*, negated at the leaves only.

A fact speaks of one kind of value (`Property` of objects, …) and says nothing of the others, just as a keyword does:
every other kind satisfies it. A negated fact therefore also says that the value IS of that kind.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from validator.findings import Json
from validator.schemas.containment.values import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    key_of,
)


class Node:
    """One proposition about a value. Equal propositions are the same object: see `Pool`."""

    __slots__ = ("may", "must", "serial")

    def __init__(self, serial: int, may: int, must: int) -> None:
        self.serial = serial
        self.may = may
        """Kinds of values that can satisfy it."""
        self.must = must
        """Kinds of values of which all satisfy it."""


class Leaf(Node):
    """A fact, or its negation."""

    __slots__ = ("fact", "positive")

    def __init__(self, serial: int, fact: Fact, positive: bool) -> None:
        super().__init__(serial, *_kinds(fact, positive))
        self.fact = fact
        self.positive = positive


class All(Node):
    """Every part holds; with no parts: anything."""

    __slots__ = ("parts",)

    def __init__(self, serial: int, parts: tuple[Node, ...]) -> None:
        may = must = ANYTHING
        for part in parts:
            may &= part.may
            must &= part.must
        super().__init__(serial, may, must)
        self.parts = parts


class Some(Node):
    """At least one part holds; with no parts: nothing."""

    __slots__ = ("parts",)

    def __init__(self, serial: int, parts: tuple[Node, ...]) -> None:
        may = must = 0
        for part in parts:
            may |= part.may
            must |= part.must
        super().__init__(serial, may, must)
        self.parts = parts


class Link(Node):
    """A recursive reference: its body is looked up in the pool when it is needed."""

    __slots__ = ("key", "positive")

    def __init__(self, serial: int, key: Hashable, positive: bool) -> None:
        super().__init__(serial, ANYTHING, 0)
        self.key = key
        self.positive = positive


@dataclass(frozen=True, slots=True)
class Kinds:
    """The value is of one of these kinds (bits)."""

    mask: int


@dataclass(frozen=True, slots=True)
class Values:
    """The value is one of these, by `key_of`."""

    keys: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class Least:
    """A number is not below the bound, or is above it."""

    bound: Fraction
    open: bool


@dataclass(frozen=True, slots=True)
class Most:
    """A number is not above the bound, or is below it."""

    bound: Fraction
    open: bool


@dataclass(frozen=True, slots=True)
class Multiple:
    """A number is a whole multiple; of 1: an integer."""

    of: Fraction


@dataclass(frozen=True, slots=True)
class Size:
    """A string, an array or an object (`kind`) has at least `low` and at most `high` characters, items, members."""

    kind: int
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Match:
    """A string contains a match of the pattern."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Format:
    """A string is in a named set about which nothing else is known."""

    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """An array's item at the index, if there is one, satisfies the node."""

    index: int
    node: Node


@dataclass(frozen=True, slots=True)
class Rest:
    """Every item of an array from the index on satisfies the node."""

    start: int
    node: Node


@dataclass(frozen=True, slots=True)
class Contains:
    """At least `low`, at most `high` items of an array satisfy the node. Only one of the two is a limit."""

    node: Node
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Distinct:
    """No two items of an array are equal."""


@dataclass(frozen=True, slots=True)
class Property:
    """An object's member of that name, if there is one, satisfies the node."""

    name: str
    node: Node


@dataclass(frozen=True, slots=True)
class Matching:
    """Every member of an object whose name contains a match of the pattern satisfies the node."""

    pattern: str
    node: Node


@dataclass(frozen=True, slots=True)
class Additional:
    """Every other member of an object, neither named nor matched, satisfies the node."""

    names: frozenset[str]
    patterns: frozenset[str]
    node: Node


@dataclass(frozen=True, slots=True)
class Names:
    """Every member name of an object satisfies the node."""

    node: Node


@dataclass(frozen=True, slots=True)
class Required:
    """An object has a member of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something about which nothing can be said but that it equals itself."""

    reason: str
    identity: Hashable


Fact: TypeAlias = (
    Kinds
    | Values
    | Least
    | Most
    | Multiple
    | Size
    | Match
    | Format
    | Item
    | Rest
    | Contains
    | Distinct
    | Property
    | Matching
    | Additional
    | Names
    | Required
    | Opaque
)

_DOMAIN: dict[type[object], int] = {
    **dict.fromkeys((Least, Most, Multiple), NUMBER),
    **dict.fromkeys((Match, Format), STRING),
    **dict.fromkeys((Item, Rest, Contains, Distinct), ARRAY),
    **dict.fromkeys((Property, Matching, Additional, Names, Required), OBJECT),
}


def _kinds(fact: Fact, positive: bool) -> tuple[int, int]:
    """The kinds that may and that must satisfy a literal."""
    if isinstance(fact, Kinds):
        mask = fact.mask if positive else ANYTHING & ~fact.mask
        return mask, mask
    if isinstance(fact, Opaque):
        return ANYTHING, 0
    if isinstance(fact, Values):
        some = full = 0
        for key in fact.keys:
            some |= _kind_of_key(key)
        full |= NULL if ("constant", None) in fact.keys else 0
        full |= BOOLEAN if ("constant", True) in fact.keys and ("constant", False) in fact.keys else 0
        return (some, full) if positive else (ANYTHING & ~full, ANYTHING & ~some)
    domain = fact.kind if isinstance(fact, Size) else _DOMAIN[type(fact)]
    return (ANYTHING, ANYTHING & ~domain) if positive else (domain, 0)


def _kind_of_key(key: Hashable) -> int:
    if isinstance(key, tuple):
        if key[0] == "constant":
            return NULL if key[1] is None else BOOLEAN
        return ARRAY if key[0] == "array" else OBJECT
    return STRING if isinstance(key, str) else NUMBER


class Pool:
    """Makes nodes so that equal ones are one object: a proposition and its negation meet in constant time."""

    def __init__(self) -> None:
        self._nodes: dict[Hashable, Node] = {}
        self.negations: dict[Node, Node] = {}
        self.values: dict[Hashable, Json] = {}
        """The value behind each key of a `Values` fact."""
        self._bodies: dict[Hashable, Node] = {}
        self.true: Node = self._make((All, ()), All(0, ()))
        self.false: Node = self._make((Some, ()), Some(1, ()))
        self.negations[self.true] = self.false
        self.negations[self.false] = self.true

    def __len__(self) -> int:
        return len(self._nodes)

    def _make(self, key: Hashable, node: Node) -> Node:
        self._nodes[key] = node
        return node

    def leaf(self, fact: Fact, positive: bool = True) -> Node:
        """The literal for a fact, simplified where it says everything or nothing."""
        if isinstance(fact, Kinds) and not positive:
            fact, positive = Kinds(ANYTHING & ~fact.mask), True
        key = (fact, positive)
        found = self._nodes.get(key)
        if found is not None:
            return found
        node: Node = Leaf(len(self._nodes), fact, positive)
        if node.must == ANYTHING or self._trivial(fact):
            node = self.true if node.must == ANYTHING or positive else self.false
        elif node.may == 0:
            node = self.false
        return self._make(key, node)

    def _trivial(self, fact: Fact) -> bool:
        """Is the fact true of everything?"""
        if isinstance(fact, Property | Matching | Additional | Names | Item | Rest):
            return fact.node is self.true
        if isinstance(fact, Size | Contains):
            return fact.low <= 0 and fact.high is None
        return False

    def among(self, values: Iterable[Json]) -> Node:
        """The value is one of these."""
        keys = []
        for value in values:
            key = key_of(value)
            self.values.setdefault(key, value)
            keys.append(key)
        return self.leaf(Values(frozenset(keys)))

    def kinds(self, mask: int) -> Node:
        """The value is of one of these kinds."""
        return self.leaf(Kinds(mask))

    def link(self, key: Hashable) -> Node:
        """A reference to a body that `bind` supplies later."""
        return self._link(key, True)

    def _link(self, key: Hashable, positive: bool) -> Node:
        name = (Link, key, positive)
        found = self._nodes.get(name)
        return found if found is not None else self._make(name, Link(len(self._nodes), key, positive))

    def bind(self, key: Hashable, body: Node) -> None:
        """Say what a link stands for."""
        self._bodies[key] = body

    def body(self, link: Link) -> Node:
        """What a link stands for."""
        body = self._bodies[link.key]
        return body if link.positive else self.negate(body)

    def every(self, nodes: Iterable[Node]) -> Node:
        """All of the nodes hold."""
        parts: dict[Node, None] = {}
        mask = ANYTHING
        for node in nodes:
            for part in node.parts if isinstance(node, All) else (node,):
                if isinstance(part, Leaf) and isinstance(part.fact, Kinds):
                    mask &= part.must
                elif self.negations.get(part) in parts:
                    return self.false
                else:
                    parts[part] = None
        if mask != ANYTHING:
            parts[self.kinds(mask)] = None
        if self.false in parts:
            return self.false
        return self._join(All, parts)

    def some(self, nodes: Iterable[Node]) -> Node:
        """At least one of the nodes holds."""
        parts: dict[Node, None] = {}
        mask = 0
        keys: frozenset[Hashable] = frozenset()
        for node in nodes:
            for part in node.parts if isinstance(node, Some) else (node,):
                if isinstance(part, Leaf) and isinstance(part.fact, Kinds):
                    mask |= part.must
                elif isinstance(part, Leaf) and isinstance(part.fact, Values) and part.positive:
                    keys |= part.fact.keys
                elif self.negations.get(part) in parts:
                    return self.true
                else:
                    parts[part] = None
        if mask:
            parts[self.kinds(mask)] = None
        if keys:
            parts[self.leaf(Values(keys))] = None
        if self.true in parts:
            return self.true
        return self._join(Some, parts)

    def _join(self, form: type[All] | type[Some], parts: dict[Node, None]) -> Node:
        if len(parts) == 1:
            return next(iter(parts))
        key = (form, frozenset(parts))
        found = self._nodes.get(key)
        if found is not None:
            return found
        node: Node = form(len(self._nodes), tuple(parts))
        if node.may == 0:
            node = self.false
        elif node.must == ANYTHING:
            node = self.true
        return self._make(key, node)

    def negate(self, node: Node) -> Node:
        """What holds of exactly the values of which the node does not."""
        found = self.negations.get(node)
        if found is not None:
            return found
        if isinstance(node, Leaf):
            opposite = self.leaf(node.fact, not node.positive)
        elif isinstance(node, Link):
            opposite = self._link(node.key, not node.positive)
        elif isinstance(node, All):
            opposite = self.some(self.negate(part) for part in node.parts)
        else:
            assert isinstance(node, Some)
            opposite = self.every(self.negate(part) for part in node.parts)
        self.negations[node] = opposite
        self.negations.setdefault(opposite, node)
        return opposite
