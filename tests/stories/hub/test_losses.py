"""Each row of table B12 (story-run.md): a story in which packets are lost, and one in which they are not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.hub.worlds import RUNTIME, World, step
from validator.stories.hub.connectors import Outbox
from validator.stories.hub.outcomes import Cause
from validator.stories.hub.packets import Envelope, Frame, Packet
from validator.stories.hub.profile import IMPLEMENTED

A = step("a", transport="one")
HI = {"text": "hi"}


def b(*needs: str, name: str = "b", transport: str = "one", **more: Any) -> dict[str, Any]:
    """A step on the transport of the others, evaluated by the hub."""
    return step(name, *(needs or ("a",)), transport=transport, **(RUNTIME | more))


ROWS = [
    (1, [step("a", ref="says"), b()], {"n": 1}, ["p a>b stream closed 1"]),
    (1, [step("a", ref="says"), b()], HI, ["p a>b delivered"]),
    (2, [A, b(ref="takes", runtime={"text": 1})], HI, ["p a>b stream closed 2"]),
    (2, [A, b(ref="takes")], HI, ["p a>b delivered"]),
    (2, [A, b(name="x"), b(ref="takes", runtime={"text": 1}), b(name="y")], HI,
     ["p a>x delivered", "p a>b stream closed 2", "p a>y stream closed 2"]),
    (3, [A, b(if_='{{ eq steps.x.ok "y" }}'), b(name="c")], HI, ["p a>b stream closed 3", "p a>c stream closed 3"]),
    (3, [A, b(runtime={"text": "{{ packet.nope }}"})], HI, ["p a>b stream closed 3"]),
    (3, [A, b(if_='{{ eq packet.text "hi" }}')], HI, ["p a>b delivered"]),
    (4, [A, b(if_="{{ steps.x.ok }}"), b(name="c")], HI, ["p a>b blocked 4", "p a>c blocked 4"]),
    (4, [A, b(name="c"), b(runtime={"text": "{{ steps.x.text }}"})], HI, ["p a>c delivered", "p a>b blocked 4"]),
    (4, [A, b(runtime={"text": "{{ steps.a.text }}"})], HI, ["p a>b delivered"]),
    (4, [A, b(runtime={"text": "say {{ steps.x.text }}"})], HI, ["p a>b stream closed 3"]),
    (5, [A, b(if_='{{ eq packet.text "no" }}'), b(name="c")], HI, ["p a>b filtered by if 5", "p a>c delivered"]),
    (7, [A, b(transport="two"), b(name="c")], HI, ["p a>b dropped 7", "p a>c delivered"]),
    (7, [step("a"), b(transport="two")], HI, ["p a>b delivered"]),
    (8, [step("a"), step("p", "a", type="sleep"), b("p"), b(name="c")], HI, ["p a>b dropped 8", "p a>c delivered"]),
    (9, [step("a"), b(name="c"), step("p", "a", type="stop"), b()], HI, ["p a>c delivered", "p a>b dropped 9"]),
    (9, [step("a"), step("p", "a", type="stop", if_="false"), b()], HI, ["p a>b delivered"]),
    (12, [step("a", id="alpha"), b()], HI, ["p a>b dropped 12"]),
    (12, [step("a", id="a"), b()], HI, ["p a>b delivered"]),
    (15, [A, b()], None, ["p a>b dropped 15"]),
    (15, [A, b(runtime={"text": "x"})], {"text": ""}, ["p a>b delivered"]),
    (19, [A, step("p", "a", type="sleep", with_={"duration": "1s"})], HI, ["p a>p dropped 19"]),
    (20, [A, step("b", "a", transport="one")], HI, ["p a>b delivered 20"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "steps", "payload", "expected"), ROWS, ids=[f"{row[0]}-{n}" for n, row in enumerate(ROWS)]
)
def test_row(row: int, steps: list[Any], payload: Any, expected: list[str]) -> None:
    world = World(*steps)
    world.send("a", payload)
    assert world.lines == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([{"action": "deny", "target": {"steps": ["b"]}}], ["p a>b dropped 6", "p a>c delivered"]),
        ([{"action": "deny", "when": '{{ eq packet.text "no" }}'}], ["p a>b delivered", "p a>c delivered"]),
        ([{"target": {"steps": ["c"]}}], ["p a>b dropped 6", "p a>c delivered"]),
        ([{"action": "allow"}, {"action": "deny", "target": {"steps": ["c"]}}], ["p a>b delivered", "p a>c dropped 6"]),
        ([{"action": "perhaps"}], ["p a>b delivered", "p a>c delivered"]),
        ([{"when": "{{ steps.x.ok }}"}], ["p a>b blocked 4", "p a>c blocked 4"]),
    ],
)
def test_row_6(rules: list[Any], expected: list[str]) -> None:
    world = World(A, b(), b(name="c"), settings={"routing": {"rules": rules}})
    world.send("a", HI)
    assert world.lines == expected


BRANCHES = [
    A,
    b(name="l"),
    b(name="r"),
    b("l", "r", name="j", runtime={"text": "{{ steps.l.text }}{{ steps.r.text }}"}),
]


def test_row_10_a_join_that_is_incomplete() -> None:
    world = World(*BRANCHES)
    world.send("l", {"text": "x"}, id="p", key="k", at=1)
    assert world.lines == ["p l>j in a join"]
    assert world.outcomes[-1].detail == "waits for r"
    world.take(world.hub.finish(200))
    assert world.lines[-1] == "p l>j dropped 10"
    assert world.outcomes[-1].detail == "r did not come within 199 s"


def test_row_10_a_join_that_is_complete() -> None:
    world = World(*BRANCHES)
    world.send("l", {"text": "x"}, id="p", key="k")
    world.send("r", {"text": "y"}, id="q", key="k", at=119)
    assert world.lines[-2:] == ["q r>j delivered", "p l>j delivered"]
    assert world.got("j") == [{"text": "xy"}]


def test_row_11_without_a_key_each_branch_runs_alone() -> None:
    world = World(*BRANCHES[:3], b("l", "r", name="j"))
    world.send("l", {"text": "x"}, id="p")
    world.send("r", {"text": "y"}, id="q")
    assert world.lines == ["p l>j delivered 11", "q r>j delivered 11"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("drop_newest", ["1 a>b buffered", "2 a>b buffered", "3 a>b stream closed 13"]),
        ("drop_oldest", ["1 a>b buffered", "2 a>b buffered", "1 a>b dropped 13", "3 a>b buffered"]),
    ],
)
def test_row_13_a_full_buffer(policy: str, expected: list[str]) -> None:
    world = World(A, b(), settings={"backpressure": {"buffer": {"maxMessages": 2, "dropPolicy": policy}}}, absent=["b"])
    for number in (1, 2, 3):
        world.send("a", HI, id=str(number))
    assert world.lines == expected


def test_row_13_a_buffer_that_is_emptied_in_time() -> None:
    world = World(A, b(), absent=["b"])
    world.send("a", HI)
    world.take(world.hub.connect("b", 1))
    assert world.lines == ["p a>b buffered", "p a>b delivered"]


def test_row_14_a_connector_that_drops() -> None:
    box = Outbox(IMPLEMENTED, messages=2)
    one, two, three = (Packet(str(number), HI) for number in (1, 2, 3))
    assert [box.add(packet) for packet in (one, two, three)] == [(), (), (one,)]
    assert box.drain() == (two, three)
    box.open = False
    assert box.add(one) == (one,)
    assert box.add(Packet("h", metadata={"bubu-heartbeat": "true"})) == ()


def _part(world: World, number: int, at: float = 0.0, **more: Any) -> None:
    envelope = Envelope("s", chunk_id="c", chunk_index=number, chunk_count=2, **more)
    world.send("a", at=at, id=f"p{number}", frame=Frame("binary", 3, bytes([number]) * 3), envelope=envelope)


def test_row_16_a_part_that_never_comes() -> None:
    world = World(A, b(runtime={"text": "x"}))
    _part(world, 0)
    assert world.lines == []
    world.take(world.hub.finish(1))
    assert world.lines == ["p0 a> dropped 16"]
    assert world.outcomes[-1].detail == "part 1 of 2 never came"


def test_row_16_parts_that_all_come() -> None:
    world = World(A, b(runtime={"text": "x"}))
    _part(world, 1)
    _part(world, 1)
    _part(world, 0)
    assert world.lines == ["p0 a>b delivered"]
    frame = world.deliveries[-1].packet.frame
    assert frame is not None
    assert (frame.size, frame.data) == (6, b"\0\0\0\1\1\1")


HOOKED = {"if_": '{{ eq packet.type "steprun.ready" }}', "runtime": {"text": "{{ packet.hook.data.step.name }}"}}


def test_row_17_a_hook_that_nobody_takes() -> None:
    speaks = {"text": '{{ if eq packet.type "steprun.ready" }}x{{ end }}'}
    world = World(A, b(runtime=speaks))
    assert world.lines == ["hook steprun.ready a hub>b dropped 17", "hook steprun.ready b hub>b dropped 17"]


def test_row_17_a_hook_that_arrives() -> None:
    world = World(A, b(**HOOKED))
    assert [world.lines[0], world.lines[-1]] == [
        "hook steprun.ready a hub>b buffered",
        "hook steprun.ready b hub>b delivered",
    ]
    assert world.got("b") == [{"text": "a"}, {"text": "b"}]


READY = {"if_": '{{ eq packet.type "storyrun.ready" }}', "runtime": {"text": "x"}}


def test_row_18_a_step_that_sends_directly() -> None:
    world = World(A, step("c", "a", transport="one"), b("c", **READY))
    world.take(world.hub.finish(1))
    assert world.lines == ["hook storyrun.ready hub>b dropped 18"]
    assert world.outcomes[-1].detail == "a sends directly"


def test_row_18_all_by_the_hub() -> None:
    world = World(A, step("c", "a", transport="one"), b("c", **READY), settings={"routing": {"mode": "hub"}})
    world.take(world.hub.finish(1))
    assert world.lines == ["hook storyrun.ready b hub>b delivered"]


def test_every_row_has_a_cause() -> None:
    rows = sorted(cause.row for cause in Cause if cause.row)
    assert rows == list(range(1, 21))
    assert all(cause.section and cause.text for cause in Cause)
