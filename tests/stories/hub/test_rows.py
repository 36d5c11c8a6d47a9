"""Rows of section B of story-run.md that have no small run elsewhere, and which test each of the others has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.stories.hub.test_losses import HI, READY, A, b
from tests.stories.hub.worlds import World, step
from validator.stories.hub.outcomes import HopStatus

TESTS = Path(__file__).resolve().parents[2]
CONTRACT = TESTS.parent / "docs" / "contract" / "story-run.md"
HERE = "stories/hub/test_rows.py"
FACTS = "stories/hub/test_facts.py"
LOSSES = "stories/hub/test_losses.py"
TOPOLOGY = "stories/test_topology.py"
TESTED = {
    "B2.1": f"{TOPOLOGY}::test_vector",
    "B2.2": f"{TOPOLOGY}::test_modes",
    "B2.3": f"{TOPOLOGY}::test_peers",
    "B2.3a": f"{LOSSES}::test_row",
    "B2.4": f"{LOSSES}::test_row",
    "B2.5": f"{LOSSES}::test_row_18_a_step_that_sends_directly",
    "B2.6": f"{FACTS}::test_b6_7_the_hot_path_validates_nothing",
    "B3.1": f"{FACTS}::test_b6_10_what_is_forwarded",
    "B3.2": f"{LOSSES}::test_row_14_a_connector_that_drops",
    "B3.3": "stories/hub/test_play.py::test_a_closed_stream_comes_back_after_a_second",
    "B3.4": "stories/hub/test_play.py::test_a_paused_connector_drops_what_its_engram_sends",
    "B3.5": f"{FACTS}::test_b9_3_packets_without_a_receipt",
    "B4.4": f"{LOSSES}::test_row",
    "B4.7": f"{HERE}::test_settings_that_change_no_packet",
    "B4.8": f"{HERE}::test_settings_that_change_no_packet",
    "B5.2": f"{LOSSES}::test_row",
    "B5.3": f"{LOSSES}::test_row",
    "B6.4": f"{LOSSES}::test_row_6",
    "B6.6": f"{FACTS}::test_b7_a_job_holds_up_the_stream_and_sends_its_output_on",
    "B9.5": "",
    "B10": f"{LOSSES}::test_row_16_parts_that_all_come",
    "B11.2": "",
    "B4.9": "",
    "B6.12": "",
}
"""Rows whose test has another name; empty for those that the engine does not play: a second connector of one step, the
end from outside (no packet is lost by it), what admission refuses, and schemas that the hub reads in its own way."""
NAMED = re.compile(r"def test_b(\d+)_(\d+)_", re.MULTILINE)


def test_every_row_of_the_hub_has_a_test() -> None:
    rows = re.findall(r"^(B(?:[2-9]|1[01])\.\d+a?) ", CONTRACT.read_text(encoding="utf-8"), re.MULTILINE)
    named = {
        f"B{number}.{part}"
        for file in (TESTS / "stories").rglob("test_*.py")
        for number, part in NAMED.findall(file.read_text(encoding="utf-8"))
    }

    assert len(rows) > 45
    assert sorted(set(rows) - named - TESTED.keys()) == []
    assert sorted(named & TESTED.keys()) == []


@pytest.mark.parametrize("place", sorted({place for place in TESTED.values() if place}))
def test_the_tests_of_rows_are_there(place: str) -> None:
    file, _, name = place.partition("::")

    assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "more",
    [
        {"concurrency": {"mode": "serial"}},
        {"concurrency": {"mode": "cancelPrevious", "scope": "participant"}},
        {"settings": {"recording": {"mode": "payload"}}},
    ],
    ids=["serial", "cancelPrevious", "recording"],
)
def test_settings_that_change_no_packet(more: dict[str, Any]) -> None:
    world = World(A, b(), b(name="c"), **more)
    for name in "12":
        world.send("a", HI, id=name)

    assert world.lines == ["1 a>b delivered", "1 a>c delivered", "2 a>b delivered", "2 a>c delivered"]


def test_b6_11_a_full_buffer_ends_the_stream_of_the_source() -> None:
    world = World(A, b(), settings={"backpressure": {"buffer": {"maxMessages": 1}}}, absent=["b"])
    world.send("a", HI, id="1")

    reaction = world.send("a", HI, id="2")

    assert (reaction.closed, reaction.status) == ("a", "RESOURCE_EXHAUSTED")
    assert world.lines == ["1 a>b buffered", "2 a>b stream closed 13"]


def test_b8_1_a_step_is_ready_with_its_stream_and_the_story_with_the_last() -> None:
    events = World(A, b(**READY), absent=["b"])
    assert events.lines == []

    events.take(events.hub.connect("b", 1))

    assert events.lines == ["hook storyrun.ready b hub>b delivered"]


@pytest.mark.parametrize("text", ["{{ packet.hook.nope }}", "{{ steps.a.text }}"])
def test_b8_3_a_hook_that_cannot_be_evaluated_ends_no_stream(text: str) -> None:
    world = World(A, b(**READY | {"runtime": {"text": text}}), step("c", "a", transport="one"))

    assert not any(one.status is HopStatus.DELIVERED for one in world.outcomes)
    assert world.hub.connected == {"a", "b", "c"}


def test_b8_5_a_hook_waits_for_a_step_that_is_not_there_yet() -> None:
    hooked = {"if_": '{{ eq packet.type "steprun.ready" }}', "runtime": {"text": "{{ packet.hook.data.step.name }}"}}
    world = World(A, b(**hooked), absent=["b"])
    assert world.lines == ["hook steprun.ready a hub>b buffered"]

    world.take(world.hub.connect("b", 1))

    assert world.got("b") == [{"text": "a"}, {"text": "b"}]


def test_b11_3_a_stop_ends_no_run() -> None:
    world = World(A, step("p", "a", type="stop"), b())
    world.send("a", HI)

    assert not world.hub.is_terminated
    assert world.hub.connected == {"a", "b"}
