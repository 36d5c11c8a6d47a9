"""Cases of realtime stories as they are written, and what is said of those that are not understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from validator.stories.hub.faults import Fault
from validator.stories.hub.mocks import Answer
from validator.stories.hub.packets import Frame, Packet
from validator.stories.hub.play import Event
from validator.suite.realtime.cases import Case, CaseError, EdgeExpectation, StepCase, StepExpectation, case

STEPS = ("mic", "think", "show")


def test_everything_that_a_case_may_say(tmp_path: Path) -> None:
    (tmp_path / "hello.wav").write_bytes(b"\x01\x02")
    read = case(
        {
            "name": "hello",
            "inputs": {"lang": "en"},
            "steps": {
                "think": {"answers": [{"after": "500ms", "payload": {"text": "{{ packet.text }}"}}]},
                "show": {"absent": True, "config": {"loud": True}, "env": {"LEVEL": 3}},
            },
            "send": [
                {"from": "mic", "payload": {"text": "hi"}},
                {"to": "mic", "id": "sound", "audio": {"file": "hello.wav"}},
                {"from": "mic", "at": 9, "times": 2, "metadata": {"n": 1}, "inputs": {"a": 1}},
            ],
            "events": [{"at": "4s", "disconnect": "show"}],
            "faults": [{"from": "mic", "to": "think", "drop": [2, 3], "delay": True, "by": "2s"}],
            "expect": {
                "edges": [{"from": "mic", "to": "think", "count": 2, "order": "exact", "packets": [{"payload": {}}]}],
                "steps": {"think": {"count": 0}},
                "lost": ["EV788"],
            },
            "timeout": "10s",
        },
        STEPS,
        tmp_path,
    )
    assert read == Case(
        "hello",
        {"lang": "en"},
        {
            "think": StepCase((Answer(0.5, {"text": "{{ packet.text }}"}),)),
            "show": StepCase(absent=True, config={"loud": True}, env={"LEVEL": "3"}),
        },
        (
            Event(1.0, "send", "mic", Packet("p1", {"text": "hi"})),
            Event(2.0, "give", "mic", Packet("sound", frame=Frame("audio", 2, b"\x01\x02"))),
            Event(9.0, "send", "mic", Packet("p3", None, {"a": 1}, {"n": "1"}), times=2),
            Event(4.0, "disconnect", "show"),
        ),
        (
            Fault("mic", "think", "drop", frozenset({2, 3}), 2.0),
            Fault("mic", "think", "delay", frozenset(), 2.0),
        ),
        (EdgeExpectation("mic", "think", 2, ({"payload": {}},), ordered=True),),
        (StepExpectation("think", 0),),
        frozenset({"EV788"}),
        10.0,
    )


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"sned": []}, "the case has no key `sned`; expected .* did you mean `send`?"),
        ({"send": {}}, "`send`: expected a list, found {}"),
        ({"send": [1]}, r"`send\[0\]`: expected an object, found 1"),
        ({"send": [{"payload": {}}]}, r"`send\[0\]`: expected `from` .* or `to`"),
        ({"send": [{"from": "mic", "to": "mic"}]}, r"`send\[0\]`: expected `from` .* or `to`"),
        (
            {"send": [{"from": "mik"}]},
            r"`send\[0\]`.from: expected a step \(mic, show, think\), found 'mik'; did you mean `mic`?",
        ),
        ({"send": [{"from": "mic", "payload": 1}]}, r"`send\[0\]`.payload: expected an object, found 1"),
        ({"send": [{"from": "mic", "audio": {"file": "no.wav"}}]}, "no.wav"),
        ({"send": [{"from": "mic", "times": 0}]}, "times: expected a number from 1"),
        ({"send": [{"from": "mic", "at": "soon"}]}, "`at`: expected seconds or a duration"),
        ({"steps": {"thnik": {}}}, "did you mean `think`?"),
        ({"steps": {"think": {"anwsers": []}}}, "`steps.think` has no key `anwsers`"),
        ({"steps": {"think": 1}}, "`steps.think`: expected an object"),
        ({"events": [{"at": 1}]}, "expected one of connect, disconnect, kill, restart, found none"),
        ({"faults": [{"from": "mic", "to": "think"}]}, "expected one of drop, delay"),
        ({"faults": [{"from": "mic", "to": "think", "drop": 0}]}, "expected numbers of packets from 1"),
        ({"expect": {"edges": [{"from": "mic", "to": "think", "count": -1}]}}, "expected a number of at least 0"),
        ({"expect": {"steps": {"mic": {"order": "some"}}}}, "expected any or exact, found 'some'"),
    ],
)
def test_what_is_not_understood(document: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=told):
        case(document, STEPS, tmp_path)
