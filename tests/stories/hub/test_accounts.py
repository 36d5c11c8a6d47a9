"""A law: every packet has an account for every step that its sender's packets are for, and only for those."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.stories.hub.worlds import World, step
from validator.stories.hub.dependents import dependents
from validator.stories.hub.ledger import final, lost, tally
from validator.stories.hub.outcomes import HopStatus

CONDITIONS = ["", "true", "false", '{{ eq packet.text "x" }}', "{{ packet.nope }}", "{{ steps.s9.ok }}", "{{ now }}"]
RUNTIMES = [None, {"text": "{{ packet.text }}"}, {"text": 1}, {"text": "{{ steps.s0.text }}"}]
TYPES = ["condition", "parallel", "sleep", "stop", "executeStory"]


@st.composite
def stories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Steps in any order, engrams mostly, on one transport, another or none."""
    steps: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        needs = draw(st.lists(st.sampled_from([f"s{n}" for n in range(6) if n != number]), max_size=3, unique=True))
        more: dict[str, Any] = {}
        if draw(st.integers(0, 3)) == 0:
            more["type"] = draw(st.sampled_from(TYPES))
        else:
            more["ref"] = draw(st.sampled_from(["e", "says", "takes"]))
            runtime = draw(st.sampled_from(RUNTIMES))
            more |= {"runtime": runtime} if runtime else {}
        for key, values in (("if_", CONDITIONS), ("transport", ["", "one", "two"])):
            value = draw(st.sampled_from(values))
            more |= {key: value} if value else {}
        steps.append(step(f"s{number}", *needs, **more))
    return steps


@given(stories(), st.sampled_from([None, {"text": "x"}, {"text": "y"}, {"n": 1}]), st.sampled_from(["", "k"]))
def test_every_packet_has_an_account(steps: list[dict[str, Any]], payload: Any, key: str) -> None:
    world = World(*steps)
    for source in world.hub.run.steps:
        if not source.is_engram:
            continue
        before = len(world.outcomes)
        world.send(source.name, payload, id=source.name, key=key)
        told = [one for one in world.outcomes[before:] if one.packet == source.name and one.source == source.name]
        route = world.hub.run.topology.routes[source.name]
        if route.peer is not None:
            assert [one.target for one in told] == [route.peer]
            continue
        meant = {one.step.name for one in dependents(world.hub.run.steps, source) if one.step.is_engram}
        needing = {one.name for one in world.hub.run.steps if source.name in one.needs and one.is_engram}
        targets = [one.target for one in told]
        assert {target for target in targets if target} >= (meant & needing if payload else meant)
        assert set(targets) <= meant | {one.name for one in world.hub.run.steps if one.needs or one.type} | {""}
        if world.reactions[-1].closed:
            assert any(one.status is HopStatus.STREAM_CLOSED for one in told)
            world.take(world.hub.connect(source.name, 0.0))
    delivered = {(one.packet.id, one.target) for one in world.deliveries}
    for one in final(world.outcomes).values():
        if one.status is HopStatus.DELIVERED and not one.detail.startswith("joined"):
            assert (one.packet, one.target) in delivered
        if one.status is not HopStatus.DELIVERED:
            assert (one.packet, one.target) not in delivered


def test_what_is_lost_and_how_often() -> None:
    world = World(
        step("a"),
        step("b", "a", if_='{{ eq packet.text "x" }}'),
        step("p", "a", type="stop"),
        step("c", "a", if_="true"),
    )
    for name, text in (("1", "x"), ("2", "y")):
        world.send("a", {"text": text}, id=name)
    counts = {(status.value, cause.row if cause else 0): n for (status, cause), n in tally(world.outcomes).items()}
    assert counts == {("delivered", 0): 1, ("filtered by if", 5): 1, ("dropped", 9): 2}
    assert [one.packet for one in lost(world.outcomes)] == ["1", "2"]
