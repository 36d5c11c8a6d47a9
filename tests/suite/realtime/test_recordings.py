"""Mocks that answer some packets alone, and recordings that stand for engrams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.suite.realtime.rooms import ECHO, play
from validator.suite.realtime.recordings import document, recording

THREE = [{"from": "mic", "id": name, "payload": {"text": name}} for name in "abc"]


def shown(ran: Any) -> list[tuple[str, Any]]:
    return [(one.packet.id, (one.packet.inputs or {})["text"]) for one in ran.played.deliveries if one.target == "show"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([{"if": '{{ eq packet.text "b" }}', "payload": {"text": "B"}}], [("b", "B!")]),
        ([{"if": '{{ eq inputs.text "b" }}', "payload": {"text": "B"}}], [("b", "B!")]),
        ([{"packets": [1, 3], "payload": {"text": "x"}}], [("a", "x!"), ("c", "x!")]),
        (
            [{"packets": 2, "payload": {"text": "two"}}, {"payload": {"text": "any"}, "after": "100ms"}],
            [("a", "any!"), ("b.2", "two!"), ("b.1", "any!"), ("c", "any!")],
        ),
    ],
)
def test_a_reaction(answers: list[Any], expected: list[tuple[str, str]], tmp_path: Path) -> None:
    ran = play(tmp_path, {"send": THREE, "steps": {"think": {"answers": answers}}})
    assert shown(ran) == expected
    assert ran.findings == ()


def test_an_if_that_cannot_be_evaluated(tmp_path: Path) -> None:
    answers = [{"if": "{{ packet.no.more }}", "payload": {"text": "x"}}]
    ran = play(tmp_path, {"send": THREE, "steps": {"think": {"answers": answers}}})
    assert {one.rule.code for one in ran.findings} == {"EV794"}


TWICE = {"answers": [{"payload": {"text": "{{ packet.text }}1"}}, {"after": "1s", "payload": {"text": "{{ 2 }}"}}]}


@pytest.mark.parametrize("mock", [ECHO, TWICE])
def test_a_recording_gives_the_same_trace(mock: Any, tmp_path: Path) -> None:
    first = play(tmp_path, {"send": THREE, "steps": {"think": mock}}, records=True)
    kept = recording(json.loads(json.dumps(document(first.played, ["think"]))))
    again = play(tmp_path, {"send": THREE, "steps": {}}, recording=kept)
    assert shown(again) == shown(first)
    assert again.findings == first.findings == ()


def test_what_is_recorded_is_no_template(tmp_path: Path) -> None:
    text = {"answers": [{"payload": {"text": '{{ "{{" }} packet.no }}'}}]}
    first = play(tmp_path, {"send": THREE, "steps": {"think": text}}, records=True)
    kept = recording(document(first.played, ["think"]))
    assert shown(play(tmp_path, {"send": THREE, "steps": {}}, recording=kept)) == shown(first)


@pytest.mark.parametrize(
    ("sent", "problem"),
    [(THREE[:2], "2 packets, and there were 3"), ([*THREE[:2], {**THREE[2], "payload": {"text": "d"}}], "packet 3 is")],
)
def test_other_packets_than_then(sent: list[Any], problem: str, tmp_path: Path) -> None:
    kept = recording(document(play(tmp_path, {"send": THREE}, records=True).played, ["think"]))
    ran = play(tmp_path, {"send": sent, "steps": {}}, recording=kept)
    (found,) = ran.findings
    assert (found.rule.code, found.subject.step) == ("EV798", "think")
    assert problem in found.message
