"""Faults that a case puts on an edge: what becomes of a packet between the hub and its receiver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from validator.stories.hub.outcomes import Delivery

FaultKind = Literal["drop", "delay", "duplicate", "reorder", "corrupt", "close"]
KINDS: tuple[FaultKind, ...] = ("drop", "delay", "duplicate", "reorder", "corrupt", "close")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault on the edge between two steps."""

    source: str
    target: str
    kind: FaultKind
    packets: frozenset[int] = frozenset()
    """Which packets of the edge, counted from 1; empty for all."""
    seconds: float = 0.0
    """Of a delay."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What becomes of one delivery."""

    deliveries: tuple[Delivery, ...]
    dropped: bool = False
    closes: bool = False
    """The stream of the sender is closed behind the packet."""


class Faults:
    """All faults of a run, and how many packets each edge has seen."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = tuple(faults)
        self._seen: Counter[tuple[str, str]] = Counter()
        self._delayed: dict[tuple[str, str], Delivery] = {}

    def passage(self, delivery: Delivery) -> Passage:
        """What of a delivery gets through, and in which order."""
        edge = delivery.source, delivery.target
        if not any((one.source, one.target) == edge for one in self._faults):
            return Passage((delivery,))
        self._seen[edge] += 1
        kinds = {one.kind: one for one in self._faults if (one.source, one.target) == edge and self._meant(one, edge)}
        delayed = self._delayed.pop(edge, None)
        behind = () if delayed is None else (replace(delayed, at=delivery.at),)
        if "drop" in kinds:
            return Passage(behind, dropped=True)
        if "reorder" in kinds and delayed is None:
            self._delayed[edge] = delivery
            return Passage(())
        if "delay" in kinds:
            delivery = replace(delivery, at=delivery.at + kinds["delay"].seconds)
        if "corrupt" in kinds:
            delivery = replace(delivery, packet=delivery.packet.corrupted())
        copies = (delivery, delivery) if "duplicate" in kinds else (delivery,)
        return Passage((*copies, *behind), closes="close" in kinds)

    def rest(self) -> tuple[Delivery, ...]:
        """What was held back for a packet that never came; it is delivered at the end."""
        delayed, self._delayed = tuple(self._delayed.values()), {}
        return delayed

    def _meant(self, fault: Fault, edge: tuple[str, str]) -> bool:
        return not fault.packets or self._seen[edge] in fault.packets
