"""The rows of section B of story-run.md that are about the hub, each as a small run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.stories.hub.worlds import RUNTIME, World, line, step
from validator.stories.hub.acceptance import refusal
from validator.stories.hub.outcomes import Pause
from validator.stories.hub.packets import Envelope, Frame
from validator.stories.hub.primitives import Ended
from validator.stories.hub.profile import DOCUMENTED, IMPLEMENTED

A = step("a", transport="one")
HI = {"text": "hi"}
OPENED = {
    "bubu-transport-protocol": "1.0.0",
    "storyrun-name": "r",
    "storyrun-namespace": "ns",
    "current-step-id": "a",
    "connector-generation": "1",
}


def b(*needs: str, name: str = "b", transport: str = "one", **more: Any) -> dict[str, Any]:
    """A step on the transport of the others, evaluated by the hub."""
    return step(name, *(needs or ("a",)), transport=transport, **(RUNTIME | more))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, None),
        ({"storyrun-name": ""}, "UNKNOWN"),
        ({"storyrun-namespace": ""}, "UNKNOWN"),
        ({"current-step-id": ""}, "UNKNOWN"),
        ({"connector-generation": ""}, "FAILED_PRECONDITION"),
        ({"connector-generation": "0"}, "FAILED_PRECONDITION"),
        ({"connector-generation": "-1"}, "FAILED_PRECONDITION"),
        ({"connector-generation": "9" * 30}, "FAILED_PRECONDITION"),
        ({"bubu-transport-protocol": ""}, "FAILED_PRECONDITION"),
    ],
)
def test_b4_1_acceptance(change: dict[str, str], status: str | None) -> None:
    found = refusal(OPENED | change)
    assert (found.status if found is not None else None) == status


def test_b4_2_packets_of_one_stream_wait_for_each_other() -> None:
    world = World(
        step("a"),
        step("z"),
        step("nap", "a", type="sleep", with_={"duration": "{{ packet.nap }}"}),
        b("a", "z", if_="true"),
    )
    world.send("a", {"text": "x", "nap": "5s"}, id="1", at=1)
    world.send("a", {"text": "y", "nap": "1s"}, id="2", at=2)
    world.send("z", {"text": "z"}, id="3", at=2)
    assert [(one.packet.id, one.at) for one in world.deliveries if one.target == "b"] == [("1", 6), ("2", 7), ("3", 2)]


@pytest.mark.parametrize(("profile", "expected"), [(IMPLEMENTED, "{<no value>}"), (DOCUMENTED, "{en}")])
def test_b4_3_defaults_of_the_story(profile: Any, expected: str) -> None:
    schema = {"type": "object", "properties": {"lang": {"type": "string", "default": "en"}}}
    world = World(
        A,
        b(runtime={"text": '{{ printf "{" }}{{ inputs.lang }}{{ printf "}" }}'}),
        profile=profile,
        inputsSchema=schema,
    )
    world.send("a", HI)
    assert world.got("b") == [{"text": expected}]


@pytest.mark.parametrize(("condition", "reached"), [('{{ eq packet.text "x" }}', True), ("false", False), ("", True)])
def test_b4_5_heartbeats(condition: str, reached: bool) -> None:
    world = World(A, step("p", "a", type="stop", transport="one"), b(if_=condition))
    world.send("a", metadata={"bubu-heartbeat": "true"})
    assert [one.target for one in world.deliveries] == ["b"] * reached
    assert not world.outcomes


def test_b4_6_payload_covers_inputs_and_is_flat() -> None:
    world = World(A, b(runtime={"text": "{{ steps.a.text }} {{ steps.a.tone }} {{ packet.text }}"}))
    world.send("a", {"text": "said"}, inputs={"text": "asked", "tone": "low"})
    assert world.got("b") == [{"text": "said low said"}]


def test_b4_6_media_without_payload_is_not_validated() -> None:
    world = World(step("a", ref="says", transport="one"), b(ref="takes", runtime={"text": 1}))
    world.send("a", frame=Frame("audio", 320))
    assert world.lines == ["p a>b delivered"]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step("a"), b(), b(name="c")], ["b", "c"]),
        ([b(), step("a"), b(name="c")], ["c"]),
        ([step("x"), step("a"), step("c", if_="true")], ["c"]),
        ([step("x", if_="true"), step("a")], []),
    ],
)
def test_b5_1_who_depends(steps: list[Any], expected: list[str]) -> None:
    world = World(*steps)
    world.send("a", HI)
    assert [one.target for one in world.deliveries] == expected


def test_b5_4_a_condition_and_an_unknown_type_pass() -> None:
    world = World(step("a"), step("q", "a", type="condition", if_="false"), step("w", "a", type="wait"), b())
    world.send("a", HI)
    assert world.lines == ["p a>b delivered"]


@pytest.mark.parametrize(
    ("waits", "ended", "lines", "at"),
    [
        (None, Ended(9, "it failed"), ["p a>b delivered"], 0),
        (True, Ended(9), ["p a>b delivered"], 9),
        (True, Ended(9, "it failed"), [f"p a>{to} stream closed PRIMITIVE_FAILED" for to in "pb"], None),
    ],
)
def test_b5_4_a_story_for_each_packet(waits: bool | None, ended: Ended, lines: list[str], at: float | None) -> None:
    block: dict[str, Any] = {"storyRef": {"name": "child"}, "with": {"of": "{{ packet.text }}"}}
    block |= {"waitForCompletion": waits} if waits is not None else {}
    world = World(step("a"), step("p", "a", type="executeStory", with_=block), b(), ends={"p": ended})
    world.send("a", HI)
    assert world.lines == lines
    assert world.script.started == [("child", {"of": "hi"})]
    assert [one.at for one in world.deliveries] == ([at] if at is not None else [])


@pytest.mark.parametrize("duration", ["soon", 3])
def test_b5_4_a_sleep_without_a_duration(duration: Any) -> None:
    world = World(step("a"), step("p", "a", type="sleep", with_={"duration": duration}), b())
    world.send("a", HI)
    assert world.lines == (
        ["p a>b delivered"] if duration == 3 else [f"p a>{to} stream closed PRIMITIVE_FAILED" for to in "pb"]
    )


def test_b5_5_siblings_of_a_parallel_do_not_see_each_other() -> None:
    reads = {"text": '{{ default "none" (dig "nap" "text" "" steps) }}'}
    nap = step("nap", "a", type="sleep")
    world = World(step("a"), step("fan", "a", type="parallel"), nap, b(runtime=reads))
    world.send("a", HI)
    other = World(step("a"), nap, b(runtime=reads))
    other.send("a", HI)
    assert (world.got("b"), other.got("b")) == ([{"text": "none"}], [{"text": "hi"}])


def test_b5_6_a_limit_of_receivers() -> None:
    world = World(
        A, b(), b(name="c", if_="false"), b(name="d"), b(name="e"), settings={"routing": {"maxDownstreams": 2}}
    )
    world.send("a", HI)
    assert world.lines == [
        "p a>b delivered", "p a>c filtered by if 5", "p a>d delivered", "p a>e dropped MAX_DOWNSTREAMS",
    ]  # fmt: skip


def test_b6_1_a_static_condition_sees_inputs_only() -> None:
    world = World(A, b(if_="{{ inputs.on }}"), inputs={"on": True})
    world.send("a", HI)
    assert world.lines == ["p a>b delivered"]


JOIN = [A, b(name="l"), b(name="r"), b(name="m"), b("l", "r", "m", name="j", runtime={"text": "{{ toJson steps }}"})]


@pytest.mark.parametrize(
    ("fan_in", "sends", "expected"),
    [
        ({}, "l1 r1 m1", "m1 l1 r1"),
        ({"mode": "any"}, "l1 r1", "l1 r1"),
        ({"mode": "quorum", "quorum": 2}, "l1 m1", "m1 l1"),
        ({"mode": "quorum"}, "l1 m1", ""),
        ({"mode": "most"}, "l1 r1", ""),
        ({"timeoutSeconds": 5}, "l1 r1 9 m1", ""),
        ({"timeoutSeconds": 0}, "l1 r1 999 m1", "m1 l1 r1"),
        ({}, "l1 r1 121 m1", ""),
        ({}, "l1 r1 120 m1", "m1 l1 r1"),
        ({"maxEntries": 1}, "l1 r1 l2 m1 r2 m2", ""),
    ],
    ids=range(10),
)
def test_b6_3_joins(fan_in: Any, sends: str, expected: str) -> None:
    world, at = World(*JOIN, settings={"fanIn": fan_in}), 0.0
    for word in sends.split():
        if word.isdigit():
            at += float(word)
        else:
            world.send(word[0], {"text": word}, id=word, key=word[1], at=at)
    assert " ".join(one.packet for one in world.outcomes if line(one).endswith(">j delivered")) == expected


def test_b6_3_a_second_packet_of_a_branch_takes_the_place_of_the_first() -> None:
    world = World(*JOIN)
    for source, name in (("l", "old"), ("r", "r"), ("l", "new"), ("m", "m")):
        world.send(source, {"text": name}, id=name, key="k")
    assert "old l>j dropped 10" in world.lines
    assert world.got("j") == [{"text": '{"l":{"text":"new"},"m":{"text":"m"},"r":{"text":"r"}}'}]


def test_b6_3_the_last_packet_is_forwarded() -> None:
    world = World(*JOIN, settings={"fanIn": {"mode": "quorum", "quorum": 2}})
    world.send("l", {"text": "x"}, key="k", metadata={"of": "l"}, frame=Frame("audio", 1))
    world.send("r", {"text": "y"}, key="k", metadata={"of": "r"}, frame=Frame("video", 2))
    packet = world.deliveries[-1].packet
    assert (packet.payload, packet.metadata["of"], packet.frame) == ({"text": "y"}, "r", Frame("video", 2))


def test_b6_2_if_is_evaluated_before_the_join() -> None:
    condition = '{{ eq steps.l.text "x" }}'
    world = World(A, b(name="l"), b(name="r"), b("l", "r", name="j", if_=condition))
    world.send("l", {"text": "x"}, key="k")
    world.send("r", {"text": "y"}, key="k")
    assert world.lines == ["p l>j in a join", "p r>j stream closed 3"]


def test_b6_5_an_engram_elsewhere() -> None:
    world = World(A, b(ref="elsewhere"), b(name="c"))
    world.send("a", HI)
    assert world.lines == ["p a>b stream closed ENGRAM_UNKNOWN", "p a>c stream closed ENGRAM_UNKNOWN"]
    assert world.reactions[-1].status == "NOT_FOUND"


HOT = step("b", "a", ref="takes", transport="one")


def test_b6_7_the_hot_path_validates_nothing() -> None:
    world = World(A, HOT, b(name="c"))
    world.send("a", {"n": 1}, inputs={"n": 2})
    packet = world.deliveries[0].packet
    assert (packet.payload, packet.inputs) == ({"n": 1}, {"n": 2})


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([A, step("p", "a", type="condition", transport="one"), HOT, b(name="c")], id="after-a-primitive"),
        pytest.param([step("a"), HOT, b(name="c")], id="sender-names-no-transport"),
        pytest.param([A, HOT | {"with": {"text": 1}}, b(name="c")], id="with"),
    ],
)
def test_b6_7_not_hot(steps: list[Any]) -> None:
    world = World(*steps)
    world.send("a", {"n": 1})
    assert world.lines[0] == "p a>b stream closed 2"


def test_b6_8_runtime_takes_the_place_of_with_and_defaults_are_filled_in() -> None:
    world = World(A, b(ref="takes", with_={"voice": "bass", "x": 1}))
    world.send("a", HI)
    assert world.got("b") == [{"text": "hi", "voice": "alto"}]


def test_b6_8_with_sees_the_inputs_of_the_run() -> None:
    step_ = step("b", "a", transport="one", with_={"text": "{{ inputs.greeting }}"})
    world = World(A, step_, b(name="c"), inputs={"greeting": "hello"})
    world.send("a", HI)
    assert world.got("b") == [{"text": "hello"}]


def test_b6_9_a_missing_field_in_a_text_is_no_value() -> None:
    world = World(A, b(runtime={"text": "say {{ packet.nope }}"}))
    world.send("a", HI)
    assert world.got("b") == [{"text": "say <no value>"}]


def test_b6_10_what_is_forwarded() -> None:
    world = World(A, b())
    envelope = Envelope("up", 7, "left")
    world.send(
        "a",
        HI,
        frame=Frame("audio", 3, b"pcm"),
        metadata={"participant": "x", "current-step-id": "a"},
        envelope=envelope,
    )
    packet = world.deliveries[-1].packet
    assert packet.metadata == {
        "participant": "x", "storyrun-name": "run", "storyrun-namespace": "ns", "current-step-id": "b",
    }  # fmt: skip
    assert (packet.payload, packet.inputs, packet.frame) == (HI, HI, Frame("audio", 3, b"pcm"))
    assert packet.envelope == replace(envelope, stream_id="b", sequence=0)


def test_b7_a_job_holds_up_the_stream_and_sends_its_output_on() -> None:
    world = World(A, b(name="j", ref="job"), b("j", name="c"), ends={"j": Ended(4, output={"text": "done"})})
    world.send("a", HI, metadata={"who": "me"})
    assert world.lines == ["p a>j delivered", "p j>c delivered"]
    assert [(one.target, one.at, "who" in one.packet.metadata) for one in world.deliveries] == [("c", 4, False)]


def test_b7_a_job_that_fails() -> None:
    world = World(A, b(name="j", ref="job"), b(name="c"), ends={"j": Ended(4, "boom")})
    world.send("a", HI)
    assert world.lines == ["p a>j stream closed STEP_FAILED", "p a>c stream closed STEP_FAILED"]


@pytest.mark.parametrize(("profile", "times"), [(IMPLEMENTED, 2), (DOCUMENTED, 1)])
def test_b8_4_hooks_after_a_reconnect(profile: Any, times: int) -> None:
    takes = {"if_": '{{ eq packet.hook.event "storyrun.ready" }}', "runtime": {"text": "x"}}
    world = World(A, b(**takes), profile=profile)
    world.take(world.hub.disconnect("a", 1))
    world.take(world.hub.connect("a", 2))
    assert sum("storyrun.ready" in one for one in world.lines) == times


def test_b8_2_a_hook_sees_no_steps_and_no_metadata() -> None:
    says = '{{ if eq packet.type "steprun.ready" }}{{ toJson packet.metadata }}{{ toJson steps }}{{ end }}'
    world = World(A, b(if_='{{ eq packet.type "steprun.ready" }}', runtime={"text": says}))
    assert world.got("b")[0] == {"text": "{}{}"}


def test_b9_1_a_step_without_retries_keeps_nothing() -> None:
    world = World(A, b(execution={"retry": {"maxRetries": 0}}), absent=["b"])
    world.send("a", HI)
    assert world.lines == ["p a>b stream closed 13"]


def test_b9_1_a_buffer_that_nothing_happens_to_is_given_up() -> None:
    world = World(A, b(), absent=["b"])
    world.send("a", HI)
    world.take(world.hub.advance(600))
    assert world.hub.buffered("b") == 1
    world.take(world.hub.advance(601))
    assert world.lines[-1] == "p a>b dropped EVICTED"


@pytest.mark.parametrize(
    ("delivery", "sequences"),
    [
        ({}, [0, 0, 0]),
        ({"ordering": "per_stream"}, [1, 2, 3]),
        ({"semantics": "at_least_once"}, [1, 2, 3]),
        ({"replay": {"mode": "memory"}}, [1, 2, 3]),
        ({"ordering": "per_partition"}, [1, 1, 2]),
    ],
)
def test_b9_2_sequence_numbers(delivery: Any, sequences: list[int]) -> None:
    world = World(A, b(), settings={"delivery": delivery})
    for partition in ("x", "y", "x"):
        world.send("a", HI, envelope=Envelope(partition=partition))
    assert [one.packet.envelope.sequence for one in world.deliveries if one.packet.envelope] == sequences


@pytest.mark.parametrize(
    ("profile", "mode", "again"),
    [
        (IMPLEMENTED, "memory", []),
        (DOCUMENTED, "memory", ["2"]),
        (IMPLEMENTED, "durable", ["2"]),
        (DOCUMENTED, "durable", ["2"]),
        (IMPLEMENTED, "none", []),
    ],
)
def test_b9_3_packets_without_a_receipt(profile: Any, mode: str, again: list[str]) -> None:
    world = World(A, b(), settings={"delivery": {"replay": {"mode": mode}}}, profile=profile)
    world.send("a", HI, id="1")
    world.send("a", HI, id="2")
    world.take(world.hub.acknowledge("b", 1, sequence=1))
    world.take(world.hub.disconnect("b", 2))
    assert [one.packet.id for one in world.take(world.hub.connect("b", 3)).deliveries] == again


def test_b9_4_without_credits_packets_wait() -> None:
    world = World(A, b(), settings={"flowControl": {"mode": "credits", "initialCredits": {"messages": 1}}})
    for name in "12":
        world.send("a", HI, id=name)
    assert world.lines == ["1 a>b delivered", "2 a>b buffered"]
    world.take(world.hub.acknowledge("b", 1, more=5))
    world.send("a", HI, id="3", at=2)
    assert [one.packet.id for one in world.deliveries] == ["1", "2", "3"]


def test_b9_4_a_buffer_that_is_nearly_full_pauses_and_never_goes_on() -> None:
    """A packet is sent only when the stream is not paused, and only sending empties the buffer."""
    world = World(A, b(), settings={"backpressure": {"buffer": {"maxMessages": 2}}}, absent=["b"])
    world.send("a", HI, id="1")
    world.send("a", HI, id="2")
    assert not world.take(world.hub.connect("b", 1)).deliveries
    assert world.hub.buffered("b") == 2


def test_b9_4_a_connector_is_told_to_pause() -> None:
    flow = {"mode": "credits", "initialCredits": {"messages": 1}, "pauseThreshold": {"bufferPct": 50}}
    world = World(A, b(), settings={"flowControl": flow, "backpressure": {"buffer": {"maxMessages": 2}}})
    for name in "12":
        world.send("a", HI, id=name)
    assert [pause for one in world.reactions for pause in one.pauses] == [Pause("b", True, 0.0)]


def test_b11_1_a_run_ends_with_its_last_stream() -> None:
    world = World(A, b())
    ends = []
    for name in "ab":
        world.take(world.hub.disconnect(name, 1))
        ends.append(world.hub.is_terminated)
    assert ends == [False, True]


def test_a_closed_stream_says_its_status() -> None:
    world = World(A, b(runtime={"text": "{{ packet.nope }}"}))
    reaction = world.send("a", HI)
    assert (reaction.closed, reaction.status) == ("a", "INTERNAL")
    assert "a" not in world.hub.connected
    world.send("a", HI, id="q")
    assert world.lines[-1] == "q a> dropped NO_STREAM"


def test_a_template_that_cannot_be_evaluated_here_is_unknown() -> None:
    world = World(A, b(runtime={"text": "{{ now }}"}), b(name="c"))
    world.send("a", HI)
    assert world.lines == ["p a>b unknown", "p a>c unknown"]
