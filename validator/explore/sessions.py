"""Sessions to try on a streaming engram: sequences of packets of other sizes, in another order, with hooks and gaps.

A session is a document `{"send": [PACKET, …]}`. A packet has `inputs` or is a hook, and may wait for its `delay`; what
people wrote (audio, raw bytes) is taken as it is.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from validator.explore.budget import Budget
from validator.explore.candidates import Candidate, Source, edges, halves, plain, shapes
from validator.explore.lookahead import IN_TURN, Lookahead
from validator.explore.search import Attempt, Exploration, Observation, Probe, search
from validator.explore.shrink import shrink
from validator.findings import Json
from validator.schemas.profile import WEBHOOK
from validator.schemas.samples import full
from validator.schemas.validation import is_instance

Packet = Mapping[str, Json]
Item = TypeVar("Item")
TOGETHER = 8
"""Packets of one session."""
RANDOM = 5
"""Packets of a random session."""
GAP = "400ms"
"""A pause longer than the silence that ends a burst, and shorter than anybody waits."""
HOOKS: tuple[Packet, ...] = ({"hook": "steprun.ready"}, {"hook": "storyrun.ready"})


def explore_sessions(
    schema: Json,
    probe: Probe,
    *,
    written: Sequence[Packet] = (),
    corpus: Sequence[Mapping[str, Json]] = (),
    chance: Callable[[], Iterable[Mapping[str, Json]]] = tuple,
    budget: Budget,
    seed: int = 0,
    lookahead: Lookahead = IN_TURN,
) -> Exploration:
    """Search for sequences of packets that show a fault. `written` are packets of people, `corpus` sessions that
    earlier runs kept, half of the budget is for them; `budget.inputs` are packets."""

    def smallest(document: Json, fails: Callable[[Json], bool]) -> Json:
        packets = _fewest(_packets(document), lambda candidate: fails({"send": candidate}))
        usual: Json = {"send": [{"inputs": full(schema)} for _ in packets]}
        return shrink({"send": packets}, usual, fails)

    def order(attempt: Attempt, ahead: Lookahead) -> Iterator[Candidate]:
        earlier = (Candidate(each, Source.CORPUS) for each in corpus if _allowed(schema, written, dict(each)))
        before = ahead(_within(budget.inputs // 2, earlier))
        choices = random.Random(seed)  # noqa: S311
        return _within(budget.inputs, chain(before, _in_order(schema, written, chance, attempt, choices, ahead)))

    return search(order, probe, smallest, lambda document: _allowed(schema, written, document), budget, lookahead)


def _within(most: int, sessions: Iterable[Candidate]) -> Iterator[Candidate]:
    for session in sessions:
        most -= len(_packets(session.inputs))
        if most < 0:
            return
        yield session


def _in_order(
    schema: Json,
    written: Sequence[Packet],
    chance: Callable[[], Iterable[Mapping[str, Json]]],
    attempt: Attempt,
    choices: random.Random,
    ahead: Lookahead,
) -> Iterator[Candidate]:
    samples: list[Packet] = [_packet(each.inputs) for each in plain(schema)]
    packets: list[Packet] = [*written[:TOGETHER], *(samples or [_packet({})])]
    small, large = _by_size(packets)
    first = [
        # A session costs as much as a hundred packets, so the first one has most of what goes wrong in sequences.
        _session((packets[0], large, small, small, *HOOKS, small, large), Source.ORDER),
        _session((HOOKS[0], small, HOOKS[1], large), Source.ORDER),
        *(_session(batch, Source.FULL) for batch in _batches(_descending(packets), TOGETHER)),
    ]
    yield from _whole(first, attempt, ahead)
    base = large.get("inputs")
    if isinstance(base, dict):
        changed = chain(edges(schema, base), shapes(schema, base))
        yield from _together(schema, changed, attempt, ahead)
    slow = (small, {**large, "delay": GAP}, *HOOKS, {**small, "delay": GAP})
    yield from _whole([_session(slow, Source.ORDER)], attempt, ahead)
    yield from ahead(_session(_with_hook(inputs, choices), Source.CHANCE) for inputs in _batches(chance(), RANDOM))


def _with_hook(inputs: Iterable[Mapping[str, Json]], choices: random.Random) -> list[Packet]:
    """Packets with a hook somewhere between them."""
    sequence: list[Packet] = [_packet(each) for each in inputs]
    sequence.insert(choices.randrange(len(sequence) + 1), choices.choice(HOOKS))
    return sequence


def _descending(packets: Sequence[Packet]) -> list[Packet]:
    """All packets from the largest to the smallest."""
    return sorted(packets, key=_size, reverse=True)


def _by_size(packets: Sequence[Packet]) -> tuple[Packet, Packet]:
    return min(packets, key=_size), max(packets, key=_size)


def _size(packet: Packet) -> int:
    return len(repr(packet))


def _batches(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """The items, so many at a time, taken when they are asked for."""
    left = iter(items)
    while batch := tuple(islice(left, size)):
        yield batch


def _session(packets: Iterable[Packet], source: Source) -> Candidate:
    return Candidate({"send": [dict(packet) for packet in packets]}, source)


def _packet(inputs: Mapping[str, Json]) -> Packet:
    return {"inputs": dict(inputs)}


def _whole(sessions: Iterable[Candidate], attempt: Attempt, ahead: Lookahead) -> Iterator[Candidate]:
    """Sessions; where the engram ends one early, each of its halves, and so on: what came later was not tried."""
    for session in ahead(sessions):
        yield session
        packets: Sequence[Any] = _packets(session.inputs)
        if len(packets) > 1 and attempt(session.inputs).cut:
            middle = len(packets) // 2
            parts = (packets[:middle], packets[middle:])
            yield from _whole([_session(part, session.source) for part in parts], attempt, ahead)


def _together(schema: Json, candidates: Iterable[Candidate], attempt: Attempt, ahead: Lookahead) -> Iterator[Candidate]:
    """Changed inputs, many a session; of those in a session in which any was refused, the halves."""
    rows_of: dict[str, tuple[Candidate, ...]] = {}

    def sessions() -> Iterator[Candidate]:
        for rows in _batches(candidates, TOGETHER):
            session = _session([_packet(row.inputs) for row in rows], rows[0].source)
            rows_of[repr(session.inputs)] = rows
            yield session

    for session in ahead(sessions()):
        yield from _whole([session], attempt, ahead)
        if _refused(attempt(session.inputs)):
            parts = chain.from_iterable(halves(schema, row) for row in rows_of[repr(session.inputs)])
            yield from _together(schema, parts, attempt, ahead)


def _refused(observation: Observation) -> bool:
    return observation.cut or bool(observation.refusal)


def _fewest(packets: list[Json], fails: Callable[[list[Json]], bool]) -> list[Json]:
    """The packets without those that do not matter: half of them at a time, then each."""
    size = len(packets) // 2
    while size:
        start = 0
        while start < len(packets):
            rest = packets[:start] + packets[start + size :]
            if rest and fails(rest):
                packets = rest
            else:
                start += size
        size //= 2
    return packets


def _packets(document: Any) -> list[Json]:
    found = document.get("send") if isinstance(document, Mapping) else None
    return found if isinstance(found, list) else []


def _allowed(schema: Json, written: Sequence[Packet], document: Json) -> bool:
    packets = _packets(document)
    return bool(packets) and all(_valid(schema, written, packet) for packet in packets)


def _valid(schema: Json, written: Sequence[Packet], packet: Json) -> bool:
    """Whether a packet is one of those that we make, or one that people wrote."""
    if not isinstance(packet, dict) or packet.get("delay", GAP) != GAP:
        return False
    bare = {key: value for key, value in packet.items() if key != "delay"}
    if bare in (*HOOKS, *written):
        return True
    return bare.keys() == {"inputs"} and is_instance(schema, bare["inputs"], profile=WEBHOOK)
