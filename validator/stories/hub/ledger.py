"""The account of all packets: what became of each on each of its ways, and how many of what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from validator.stories.hub.outcomes import Cause, HopStatus, Outcome

Way = tuple[str, str, str]
"""Packet, source, target."""


def final(outcomes: Iterable[Outcome]) -> Mapping[Way, Outcome]:
    """The last outcome of each way."""
    return {(one.packet, one.source, one.target): one for one in outcomes}


def tally(outcomes: Iterable[Outcome]) -> Counter[tuple[HopStatus, Cause | None]]:
    """How many ways ended how."""
    return Counter((one.status, one.cause) for one in final(outcomes).values())


LOST = frozenset({HopStatus.DROPPED, HopStatus.BLOCKED, HopStatus.STREAM_CLOSED})
"""Fates of packets that are gone; an `if` that is false loses nothing."""


def lost(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The ways on which a packet was lost; an `if` that is false loses nothing."""
    return tuple(one for one in final(outcomes).values() if one.status in LOST)
