"""Whole conversations in virtual time, as `story simulate` answers them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from validator.stories.simulation import answer

T = {"transport": "one"}
SAY = {"text": "{{ packet.text }}"}


def ask(steps: list[dict[str, Any]], events: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The answer to a question of kind packets about engrams without schemas."""
    for step in steps:
        step.setdefault("ref", {"name": "e"})
    streaming = more.pop("streaming", {})
    story = {
        "pattern": "realtime",
        "transports": [{"name": "one", "transportRef": "tr", "streaming": streaming}],
        "steps": steps,
    }
    question = {
        "kind": "packets",
        "story": story,
        "engrams": {"e": {}},
        "transports": {"tr": {}},
        "events": events,
        **more,
    }
    return answer(question)


def ways(found: dict[str, Any]) -> list[str]:
    """Each packet with its way and fate."""
    return [f"{one['packet']} {one['from']}>{one['to']} {one['fate']}" for one in found["final"]["packets"]]


def conversation(**out: Any) -> list[dict[str, Any]]:
    """In, think, speak, out; every packet goes by the hub."""
    return [
        {"name": "in", **T},
        {"name": "think", "needs": ["in"], "runtime": SAY, **T},
        {"name": "speak", "needs": ["think"], "runtime": SAY, **T},
        {"name": "out", "needs": ["speak"], "runtime": SAY, **T} | out,
    ]


ANSWERS = {
    "think": [{"after": 0.5, "payload": {"text": "{{ packet.text }}!"}}],
    "speak": [{"after": 1, "payload": {"text": "<{{ inputs.text }}>"}, "metadata": {"lang": "en"}}],
}
HELLO = [{"at": 2, "step": "in", "send": {"payload": {"text": "hello"}}}]


def test_the_example_of_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "packets.md").read_text(encoding="utf-8")
    question = json.loads(text.partition("```json\n")[2].partition("```")[0])
    assert ways(answer(question)) == ["p1 mic>think delivered", "p1 think>show filtered by if"]


def test_a_conversation() -> None:
    found = ask(conversation(), HELLO, answers=ANSWERS)
    assert ways(found) == ["p1 in>think delivered", "p1 think>speak delivered", "p1 speak>out delivered"]
    assert [(one["to"], one["at"], one["inputs"]["text"]) for one in found["deliveries"]] == [
        ("think", 2.0, "hello"), ("speak", 2.5, "hello!"), ("out", 3.5, "<hello!>"),
    ]  # fmt: skip
    assert found["final"]["seconds"] == 3.5


@pytest.mark.parametrize(
    ("mistake", "status", "row"),
    [
        ({"if": '{{ eq packet.text "hello" }}'}, "filtered by if", 5),
        ({"runtime": {"text": "{{ packet.words }}"}}, "stream closed", 3),
        ({"runtime": {"text": "{{ steps.think.text }}"}}, "blocked", 4),
        ({"transport": ""}, "dropped", 7),
    ],
)
def test_a_conversation_with_a_mistake(mistake: dict[str, Any], status: str, row: int) -> None:
    found = ask(conversation(**mistake), HELLO, answers=ANSWERS)
    last = found["final"]["packets"][-1]
    assert (last["to"], last["fate"], last["row"]) == ("out", status, row)


def test_several_answers_have_names_of_their_own() -> None:
    found = ask(conversation(), HELLO, answers={"think": [{"payload": {"text": "a"}}, {"payload": {"text": "b"}}]})
    assert ways(found)[1:] == ["p1.1 think>speak delivered", "p1.2 think>speak delivered"]


def test_a_closed_stream_comes_back_after_a_second() -> None:
    events = [
        {"at": at, "step": "in", "send": {"payload": payload}}
        for at, payload in ((1, {}), (1, {"n": 1}), (1.5, {"text": "kept"}), (2, {"text": "late"}))
    ]
    found = ask(conversation()[:2], events)
    assert [(one["packet"], one["fate"], one["at"]) for one in found["final"]["packets"]] == [
        ("p1", "dropped", 1), ("p2", "stream closed", 1), ("p3", "delivered", 2), ("p4", "delivered", 2),
    ]  # fmt: skip


def test_a_paused_connector_drops_what_its_engram_sends() -> None:
    streaming = {
        "flowControl": {"mode": "credits", "initialCredits": {"messages": 1}, "pauseThreshold": {"bufferPct": 50}},
        "backpressure": {"buffer": {"maxMessages": 2}},
    }
    events = [{"at": 1, "step": "in", "send": {"payload": {"text": text}}} for text in "abc"]
    answers = {"think": [{"after": 5, "payload": {"text": "{{ packet.text }}"}}]}
    found = ask(conversation(), events, streaming=streaming, answers=answers)
    assert "p1 think>None dropped" in ways(found)
    assert [one["row"] for one in found["final"]["packets"] if one["from"] == "think"] == [14]


def test_packets_before_a_step_connects_are_kept() -> None:
    events = [*HELLO, {"at": 3, "step": "think", "connect": True}]
    found = ask(conversation()[:2], events, absent=["think"])
    assert [(one["fate"], one["at"]) for one in found["final"]["packets"]] == [("delivered", 3.0)]


def test_answers_that_answer_each_other_end() -> None:
    steps = [{"name": "a", **T, "needs": ["b"], "runtime": SAY}, {"name": "b", **T, "needs": ["a"], "runtime": SAY}]
    found = ask(
        steps, [{"at": 0, "step": "a", "send": {"payload": {"text": "x"}}}], answers={"b": [{"payload": {"text": "y"}}]}
    )
    assert ways(found) == ["p1 a>b delivered", "p1 b>a dropped"]


def test_an_answer_that_cannot_be_evaluated_is_a_problem_of_the_script() -> None:
    found = ask(conversation(), HELLO, answers={"think": [{"payload": {"text": "{{ packet.nope }}"}}]})
    assert "the answer of think" in found["final"]["problems"][0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"story": 1}, "`story` is an object"),
        ({"profile": "dream"}, "`profile` is one of implemented, documented"),
        ({"events": [{"step": "nobody", "connect": True}]}, "`events[0].step` is no engram"),
        ({"events": [{"step": "a"}]}, "has none of send, connect and disconnect"),
        ({"events": [{"step": "a", "at": -1, "connect": True}]}, "`at` is a number"),
        ({"events": [{"step": "a", "at": float("nan"), "connect": True}]}, "`at` is a number"),
        ({"events": [{"step": "a", "send": {"frame": {"kind": "smell"}}}]}, "a `frame` has a `kind`"),
        ({"engrams": []}, "`engrams` is an object"),
    ],
)
def test_a_question_of_another_shape_is_refused(wrong: dict[str, Any], said: str) -> None:
    good = {"kind": "packets", "story": {"steps": [{"name": "a", "ref": {"name": "e"}}]}, "events": []}
    assert said in str(answer({**good, **wrong})["error"])


@pytest.mark.parametrize("name", [1, True, None, [], ""])
def test_a_step_whose_name_is_no_text_ends_nothing(name: Any) -> None:
    steps = [{"name": "a", **T}, {"name": name, "needs": ["a"], **T}]
    found = ask(steps, [{"at": 0, "step": "a", "send": {"payload": {"text": "x"}}}])
    assert "error" not in found
