"""Faults that show in a sequence of packets: each is found among the first sessions, and brought down to the fewest."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from validator.explore.budget import Budget
from validator.explore.chance import random_inputs
from validator.explore.search import Exploration, Observation
from validator.explore.sessions import explore_sessions
from validator.findings import Json
from validator.schemas.validation import is_instance

SAY = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string"},
        "tone": {"enum": ["plain", "formal"]},
        "words": {"type": "integer", "minimum": 1},
    },
}
QUICK = Budget(50, 60.0)
Program = Callable[[list[dict[str, Any]]], bool]
"""Whether a session shows the fault."""


def sizes(packets: list[dict[str, Any]]) -> list[int]:
    return [len(repr(packet["inputs"])) for packet in packets if "inputs" in packet]


def after_hook(packets: list[dict[str, Any]]) -> bool:
    first = next((at for at, packet in enumerate(packets) if "hook" in packet), len(packets))
    return any("inputs" in packet for packet in packets[first:])


def hook_between(packets: list[dict[str, Any]]) -> bool:
    at = [number for number, packet in enumerate(packets) if "inputs" in packet]
    return bool(at) and any("hook" in packet for packet in packets[at[0] : at[-1]])


def smaller(packets: list[dict[str, Any]]) -> bool:
    found = sizes(packets)
    return any(later < earlier for earlier, later in itertools.pairwise(found))


def larger(packets: list[dict[str, Any]]) -> bool:
    found = sizes(packets)
    return any(later > earlier for earlier, later in itertools.pairwise(found))


def third(packets: list[dict[str, Any]]) -> bool:
    return len(sizes(packets)) > 2


def twice(packets: list[dict[str, Any]]) -> bool:
    said = [packet["inputs"] for packet in packets if "inputs" in packet]
    return any(one == other for one, other in itertools.pairwise(said))


def two_hooks(packets: list[dict[str, Any]]) -> bool:
    return len({packet["hook"] for packet in packets if "hook" in packet}) == 2


def empty(packets: list[dict[str, Any]]) -> bool:
    return any(packet.get("inputs", {}).get("text") == "" for packet in packets)


def after_gap(packets: list[dict[str, Any]]) -> bool:
    return any("delay" in packet for packet in packets)


LEAST = {"inputs": {"text": "Hello, world"}}
PLANTED = [
    (after_hook, [{"hook": "storyrun.ready"}, LEAST]),
    (hook_between, [LEAST, {"hook": "storyrun.ready"}, LEAST]),
    (smaller, [{"inputs": {"text": "Hello, world", "words": 1}}, LEAST]),
    (larger, [{"inputs": {"text": "r"}}, LEAST]),
    (third, [LEAST, LEAST, LEAST]),
    (twice, [LEAST, LEAST]),
    (two_hooks, [{"hook": "steprun.ready"}, {"hook": "storyrun.ready"}]),
    (empty, [{"inputs": {"text": ""}}]),
    (after_gap, [{**LEAST, "delay": "400ms"}]),
]


def search(program: Program, tried: list[Json] | None = None, seed: int = 0) -> Exploration:
    def probe(session: Mapping[str, Json]) -> Observation:
        packets: Any = session["send"]
        if tried is not None:
            tried.append(packets)
        return Observation(reached=True, causes=frozenset({"fault"} if program(packets) else ()))

    return explore_sessions(SAY, probe, chance=lambda: random_inputs(SAY, 50, seed), budget=QUICK, seed=seed)


@pytest.mark.parametrize(("program", "fewest"), PLANTED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_sequence_is_found_with_its_fewest_packets(program: Program, fewest: Json) -> None:
    (fault,) = search(program).faults

    assert len(fault.inputs["send"]) == len(fewest)  # type: ignore[arg-type]
    assert program(fault.inputs["send"])  # type: ignore[arg-type]
    if program not in {larger, smaller}:
        assert fault.inputs["send"] == fewest


@pytest.mark.parametrize("seed", range(20))
def test_no_session_is_one_that_the_schema_forbids(seed: int) -> None:
    tried: list[Any] = []

    assert search(lambda _: False, tried, seed).faults == []
    packets = [packet for session in tried for packet in session]
    assert len(packets) <= QUICK.inputs
    assert all("hook" in packet or is_instance(SAY, packet["inputs"]) for packet in packets)


def test_the_same_seed_gives_the_same_sessions() -> None:
    once: list[Json] = []
    again: list[Json] = []
    search(lambda _: False, once, 7)
    search(lambda _: False, again, 7)

    assert repr(once) == repr(again)


def test_what_the_end_of_a_session_hides_is_tried_by_itself() -> None:
    """The first packet that ends the stream must not hide a fault of those behind it."""

    def probe(session: Mapping[str, Json]) -> Observation:
        packets: Any = session["send"]
        if any("tone" in packet.get("inputs", {}) for packet in packets[:-1]):
            return Observation(reached=True, causes=frozenset({"it ends"}), cut=True)
        return Observation(reached=True, causes=frozenset({"hidden"} if after_hook(packets) else ()))

    found = explore_sessions(SAY, probe, budget=QUICK)

    assert {fault.cause for fault in found.faults} == {"it ends", "hidden"}


def test_what_people_wrote_is_sent_as_it_is() -> None:
    audio: dict[str, Json] = {"audio": {"base64": "AAAA"}}
    tried: list[Any] = []

    def probe(session: Mapping[str, Json]) -> Observation:
        tried.append(session["send"])
        return Observation(reached=True)

    explore_sessions(SAY, probe, written=[audio], budget=QUICK)

    assert tried[0][0] == audio
