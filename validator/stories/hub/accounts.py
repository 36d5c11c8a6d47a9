"""The account that a run keeps: of all packets how many went where, and in full as many as anybody looks at.

A run of a hundred thousand packets needs no more memory than one of a thousand: of each way and fate some are kept.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from validator.stories.hub.ledger import Way
from validator.stories.hub.outcomes import Cause, Delivery, Emission, HopStatus, Outcome

Edge = tuple[str, str]
"""Source, target."""
Kind = tuple[str, str, HopStatus, Cause | None]
"""Source, target, and what became of a packet."""
K = TypeVar("K")
T = TypeVar("T", Delivery, Emission)

_PASSING = frozenset({HopStatus.DELIVERED, HopStatus.FILTERED})
"""Of what went well the last ones are kept; of what was lost the first ones: they show how it began."""
_WAITING = frozenset({HopStatus.BUFFERED, HopStatus.JOINING})
"""What becomes of these is not known yet: all are kept."""
_AFTERWARDS = frozenset({Cause.ENGRAM_ENDED, Cause.NOT_DONE, Cause.NO_RECEIPT, Cause.FAULT})
"""Causes by which a packet is lost that had been delivered."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is kept in full."""

    most: int | None = None
    """Of each way and fate, of deliveries on an edge, and of what a step puts out; None for all."""
    edges: frozenset[Edge] = frozenset()
    """Of which every delivery is kept."""
    steps: frozenset[str] = frozenset()
    """Of which all that they put out is kept."""


EVERYTHING = Keep()


@dataclass(frozen=True, slots=True)
class Account:
    """What is known at the end."""

    outcomes: tuple[Outcome, ...] = ()
    """The last of each way that is kept, in the order in which ways began."""
    deliveries: tuple[Delivery, ...] = ()
    emissions: tuple[Emission, ...] = ()
    ways: Mapping[Kind, int] = field(default_factory=dict)
    """How many ways ended how: all of them."""
    delivered: Mapping[Edge, int] = field(default_factory=dict)
    """How many deliveries there were on each edge."""
    emitted: Mapping[str, int] = field(default_factory=dict)
    """How many packets each step has put out."""


class Book:
    """The account while a run goes on."""

    def __init__(self, keep: Keep = EVERYTHING) -> None:
        self._most = keep.most
        self._ways: dict[Way, Outcome] = {}
        self._settled: dict[Kind, deque[Way]] = {}
        self._counts: Counter[Kind] = Counter()
        self._forgotten: Counter[Kind] = Counter()
        self._deliveries: _Rings[Edge, Delivery] = _Rings(keep.most, keep.edges)
        self._emissions: _Rings[str, Emission] = _Rings(keep.most, keep.steps)

    def outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """What became of packets, so far."""
        for one in outcomes:
            self._outcome(one)

    def delivery(self, one: Delivery) -> None:
        """A packet has reached the connector of a step."""
        self._deliveries.add((one.source, one.target), one)

    def emission(self, one: Emission) -> None:
        """A step has put out a packet."""
        self._emissions.add(one.source, one)

    def account(self) -> Account:
        """All that is known."""
        return Account(
            tuple(self._ways.values()),
            self._deliveries.all(),
            self._emissions.all(),
            +self._counts,
            self._deliveries.counts,
            self._emissions.counts,
        )

    def _outcome(self, one: Outcome) -> None:
        way, kind = (one.packet, one.source, one.target), kind_of(one)
        before = self._ways.get(way)
        if before is not None:
            self._counts[kind_of(before)] -= 1
        elif one.cause in _AFTERWARDS:
            self._recall(one)
        self._counts[kind] += 1
        self._ways[way] = one
        if self._most is None or one.status in _WAITING or (before is not None and kind_of(before) == kind):
            return
        settled = self._settled.setdefault(kind, deque())
        settled.append(way)
        if len(settled) > self._most:
            self._forget(settled.popleft() if one.status in _PASSING else settled.pop(), kind)

    def _forget(self, way: Way, kind: Kind) -> None:
        outcome = self._ways.get(way)
        if outcome is not None and kind_of(outcome) == kind:
            del self._ways[way]
            self._forgotten[kind] += 1

    def _recall(self, one: Outcome) -> None:
        """One of those that had been delivered, and were forgotten, has come to grief."""
        for cause in (None, *Cause):
            kind = (one.source, one.target, HopStatus.DELIVERED, cause)
            if self._forgotten[kind] > 0:
                self._forgotten[kind] -= 1
                self._counts[kind] -= 1
                return


class _Rings(Generic[K, T]):
    """The last ones of each name, in the order in which they came."""

    def __init__(self, most: int | None, whole: frozenset[K]) -> None:
        self.counts: Counter[K] = Counter()
        self._most = most
        self._whole = whole
        self._number = 0
        self._rings: dict[K, deque[tuple[int, T]]] = {}

    def add(self, name: K, one: T) -> None:
        self.counts[name] += 1
        self._number += 1
        ring = self._rings.get(name)
        if ring is None:
            ring = self._rings[name] = deque(maxlen=None if name in self._whole else self._most)
        ring.append((self._number, one))

    def all(self) -> tuple[T, ...]:
        return tuple(one for _, one in sorted((each for ring in self._rings.values() for each in ring), key=_number))


def _number(each: tuple[int, object]) -> int:
    return each[0]


def kind_of(one: Outcome) -> Kind:
    """The way of a packet, and what became of it."""
    return one.source, one.target, one.status, one.cause
