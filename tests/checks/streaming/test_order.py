"""Which of two streams is heard first is chance: whatever their order, the verdict is the same, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.checks.streaming.run_maker import BENCH, opened, packet, run
from validator.checks.streaming import verdict
from validator.findings import Finding
from validator.sandbox.harness.wire_names import RECEIPT
from validator.sandbox.stream_model import Entry, StreamCase, Violation

DATA, CONTROL = opened()
RECEIVED = Entry(1.0, "engram", "control", "message", 1, label=RECEIPT)


def without_version(entry: Entry) -> Entry:
    return replace(entry, body={"metadata": {}})


def of_another(entry: Entry) -> Entry:
    return replace(entry, body={"metadata": {"bubu-transport-protocol": f"0.{entry.stream}"}})


def with_large_headers(entry: Entry) -> Entry:
    return replace(entry, body={**entry.body, "header_bytes": 9000 + len(entry.stream)})


def too_long(entry: Entry, found: str) -> Entry:
    return replace(entry, violations=(Violation("metadata key", "at most 63 characters", found),))


def garbled(stream: str) -> Entry:
    return Entry(1.0, "engram", stream, "garbage", 1, size=3)


BOTH: dict[str, tuple[str, list[Entry], list[Entry]]] = {
    "a packet and a receipt before ready": ("held-ready", [DATA, packet()], [CONTROL, RECEIVED]),
    "a packet and a receipt before capabilities": ("held-capabilities", [DATA, packet()], [CONTROL, RECEIVED]),
    "a packet and a receipt without ready": ("ready-missing", [DATA, packet()], [CONTROL, RECEIVED]),
    "a binding of another version": ("protocol", [DATA], [CONTROL]),
    "no version on both": ("", [without_version(DATA)], [without_version(CONTROL)]),
    "another version on each": ("", [of_another(DATA)], [of_another(CONTROL)]),
    "large headers on both": ("", [with_large_headers(DATA)], [with_large_headers(CONTROL)]),
    "one limit on both": (
        "",
        [DATA, too_long(packet(), "70"), too_long(packet(), "80")],
        [CONTROL, too_long(RECEIVED, "90")],
    ),
    "garbage on both": ("", [DATA, garbled("data")], [CONTROL, garbled("control")]),
}
"""Probe, what happens on Data, what happens on Control."""


def interleaved(one: list[Entry], other: list[Entry]) -> Iterator[list[Entry]]:
    """Every way in which two streams may be heard, each in its own order."""
    if not one or not other:
        yield [*one, *other]
        return
    yield from ([one[0], *rest] for rest in interleaved(one[1:], other))
    yield from ([other[0], *rest] for rest in interleaved(one, other[1:]))


def said(probe: str, heard: list[Entry]) -> list[tuple[str, str]]:
    timed = tuple(replace(entry, at=0.1 * number) for number, entry in enumerate(heard, 1))
    case = replace(StreamCase("by hand"), probe=probe)
    judged = verdict.judge(BENCH, replace(run(case=case), transcript=timed))
    return [(each.rule.code, each.message) for each in judged if isinstance(each, Finding)]


@pytest.mark.parametrize(("probe", "data", "control"), BOTH.values(), ids=BOTH)
def test_the_order_of_two_streams_changes_no_verdict(probe: str, data: list[Entry], control: list[Entry]) -> None:
    first, *others = (said(probe, heard) for heard in interleaved(data, control))
    assert first
    for other in others:
        assert other == first
