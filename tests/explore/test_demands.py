"""What an engram may take long for is no fault of it; what asks for little is."""

from __future__ import annotations

import pytest

from validator.engine.exploration import EXHAUSTED, causes
from validator.explore.demands import demanding
from validator.findings import Json, Location, Subject
from validator.rules import conformance as rules

SMALL: list[Json] = [
    {},
    {"item": "!!!"},
    {"seconds": 30, "deep": [{"list": [1, -999]}]},
    {"since": "1969-12-31"},
    {"yes": True, "no": None, "half": 0.5},
    {"text": "\N{GRINNING FACE}" * 999},
]
LARGE: list[Json] = [
    {"seconds": 2**31},
    {"seconds": -(2**53)},
    {"share": 1e300},
    {"deep": [{"list": [1, 1000]}]},
    {"text": "a" * 1000},
    {"many": ["some words"] * 1000},
    {"until": "9999-12-31T23:59:59.999999999Z"},
    {"until": "2038-01-20"},
]


@pytest.mark.parametrize("inputs", SMALL, ids=lambda each: repr(each)[:30])
def test_inputs_that_ask_for_little(inputs: Json) -> None:
    assert not demanding(inputs)


@pytest.mark.parametrize("inputs", LARGE, ids=lambda each: repr(each)[:30])
def test_inputs_that_ask_for_much(inputs: Json) -> None:
    assert demanding(inputs)


def test_a_hang_counts_for_small_inputs_alone_and_a_panic_for_all() -> None:
    at = Location("Engram.yaml", 1, 1)
    hang = rules.HANG.at(at, Subject("engram", "waits"), seconds=30)
    panic = rules.PANIC.at(at, Subject("engram", "waits"), problem="index out of range")
    note = rules.OUTPUT_VARIES.at(at, Subject("engram", "waits"), places="`id`")

    def counted(seconds: int) -> set[str]:
        return {each.rule.code for each in causes([hang, panic, note], {"seconds": seconds}, EXHAUSTED).values()}

    assert counted(30) == {"EV413", "EV412"}
    assert counted(2**31) == {"EV412"}
