"""Cases run with mocks alone: what is delivered, what faults take, and what is not as expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.suite.realtime.rooms import ECHO, STORY, play
from validator.findings import Subject
from validator.reports import packets as shown
from validator.suite.realtime.conversation import conversation, hops
from validator.suite.realtime.results import row

HELLO = {"from": "mic", "id": "hello", "payload": {"text": "hello"}}
BYE = {"from": "mic", "id": "bye", "payload": {"text": "bye"}}
THREE = [{"from": "mic", "id": name, "payload": {"text": name}} for name in "abc"]


def to_show(ran: Any) -> list[Any]:
    return [(one.packet.inputs or {}).get("text") for one in ran.played.deliveries if one.target == "show"]


def rules(ran: Any) -> list[str]:
    return [one.rule.code for one in ran.findings]


def test_a_packet_keeps_its_id_from_the_source_to_the_last_step(tmp_path: Path) -> None:
    ran = play(tmp_path, {"send": [HELLO, BYE]})
    ways = [(hop.root, hop.outcome.packet, hop.outcome.source, hop.outcome.target) for hop in hops(ran)]
    assert ways == [
        ("hello", "hello", "mic", "think"),
        ("hello", "hello", "think", "show"),
        ("bye", "bye", "mic", "think"),
        ("bye", "bye", "think", "show"),
    ]
    assert to_show(ran) == ["hello!", "bye!"]
    assert rules(ran) == []


@pytest.mark.parametrize(
    ("fault", "expected", "found"),
    [
        ({"drop": 2}, ["a!", "c!"], ["EV788"]),
        ({"drop": True}, [], ["EV788"]),
        ({"delay": 1, "by": "1500ms"}, ["b!", "a!", "c!"], []),
        ({"duplicate": 1}, ["a!", "a!", "b!", "c!"], []),
        ({"reorder": 1}, ["b!", "a!", "c!"], []),
        ({"reorder": 3}, ["a!", "b!", "c!"], []),
    ],
)
def test_faults_on_an_edge(fault: dict[str, Any], expected: list[str], found: list[str], tmp_path: Path) -> None:
    document = {"send": THREE, "faults": [{"from": "mic", "to": "think", **fault}]}
    ran = play(tmp_path, document)
    assert to_show(ran) == expected
    assert rules(ran) == found


def test_a_stream_that_a_fault_closes_comes_back(tmp_path: Path) -> None:
    sent = [{**one, "at": at} for one, at in zip(THREE, (1, 1.5, 4), strict=True)]
    ran = play(tmp_path, {"send": sent, "faults": [{"from": "mic", "to": "think", "close": 1}]})
    assert to_show(ran) == ["a!", "b!", "c!"]
    assert [one.at for one in ran.played.deliveries if one.target == "show"] == [1, 2, 4]


@pytest.mark.parametrize(
    ("expect", "found"),
    [
        ({}, []),
        ({"edges": [{"from": "mic", "to": "think", "count": 2}]}, []),
        ({"edges": [{"from": "think", "to": "show", "packets": [{"inputs": {"text": "bye!"}}]}]}, []),
        (
            {
                "edges": [
                    {
                        "from": "think",
                        "to": "show",
                        "order": "exact",
                        "packets": [{"inputs": {"text": "bye!"}}, {"inputs": {"text": "hello!"}}],
                    }
                ]
            },
            [
                'EV791 case `packets`, from step `think` to step `show`: packet 1: `inputs.text`: expected "bye!", '
                'found "hello!"'
            ],
        ),
        (
            {"edges": [{"from": "think", "to": "show", "count": 3}]},
            ["EV791 case `packets`, from step `think` to step `show`: expected 3 packets, found 2"],
        ),
        (
            {"edges": [{"from": "mic", "to": "show", "packets": [{"payload": {}}]}]},
            [
                "EV791 case `packets`, from step `mic` to step `show`: no packet is what packet 1 of the expectation "
                "says: none came"
            ],
        ),
        (
            {"steps": {"think": {"packets": [{"payload": {"text": {"type": "number"}}}]}}},
            [
                "EV792 case `packets`, step `think`: no packet is what packet 1 of the expectation says: "
                "`payload.text`: 'hello' is not of type 'number'"
            ],
        ),
    ],
)
def test_expectations(expect: dict[str, Any], found: list[str], tmp_path: Path) -> None:
    ran = play(tmp_path, {"send": [HELLO, BYE], "expect": expect})
    assert [f"{one.rule.code} {one.message}" for one in ran.findings] == found


@pytest.mark.parametrize(("lost", "found"), [([], ["EV762", "EV793"]), (["EV762"], ["EV762"])])
def test_what_is_lost_fails_a_case_that_does_not_say_so(lost: list[str], found: list[str], tmp_path: Path) -> None:
    story = STORY.replace("{{ packet.text }}!", "{{ packet.txt }}")
    ran = play(tmp_path, {"send": [HELLO], "expect": {"lost": lost}}, story)
    assert rules(ran) == found
    assert ran.findings[0].location.line == story[: story.index("{{ packet.txt")].count("\n") + 1


def test_a_step_that_never_connects(tmp_path: Path) -> None:
    ran = play(tmp_path, {"send": [HELLO], "steps": {"think": ECHO, "show": {"absent": True}}})
    assert rules(ran) == ["EV793"]
    assert "1 packet not delivered to every step: buffered on 1 way" in ran.findings[0].message


def test_a_mock_that_cannot_be_evaluated(tmp_path: Path) -> None:
    ran = play(tmp_path, {"send": [HELLO], "steps": {"think": {"answers": [{"payload": {"text": "{{ packet.no }}"}}]}}})
    assert rules(ran) == ["EV794"]


def test_what_people_see(tmp_path: Path) -> None:
    story = STORY.replace('runtime: {text: "{{ packet.text }}!"}', "if: '{{ eq packet.text \"bye\" }}'")
    ran = play(tmp_path, {"send": [HELLO]}, story)
    assert shown.text(ran).splitlines() == [
        "  hello",
        "       1.00s  mic → think",
        '              inputs {"text": "hello"}',
        '                from {"text": "{{ packet.text }}"}',
        '       1.00s  think ○ show  filtered by if [EV764] {{ eq packet.text "bye" }}',
        "  packets: passed, 2 deliveries: 1 delivered, 1 filtered by if",
    ]
    assert shown.sequence(conversation("room", ran)).splitlines() == [
        "sequenceDiagram",
        "  participant s0 as mic",
        "  participant s1 as think",
        "  participant s2 as show",
        "  s0->>s1: hello",
        "  s1-->>s2: hello EV764",
    ]
    (way, other) = shown.document(row(Subject("story", "room"), ran, "mocked"), ran)["packets"]  # type: ignore[misc, str-unpack]
    assert isinstance(way, dict)
    assert isinstance(other, dict)
    assert way["delivered"]["inputs"] == {"text": "hello"}  # type: ignore[index,call-overload]
    assert way["template"] == {"text": "{{ packet.text }}"}
    assert other["rule"] == "EV764"
