"""Table B12 with engrams of the real SDK: one story, run as processes and in Docker, has one and the same trace."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.suite.realtime.rooms import TRANSPORT, play
from validator.sources.workspace import load
from validator.suite.realtime.cases import case
from validator.suite.realtime.conversation import hops
from validator.suite.realtime.running import run_case

STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: losses}
spec:
  pattern: realtime
  transports:
  - name: main
    transportRef: live
    settings:
      routing: {rules: [{name: not-six, action: deny, target: {steps: [r6]}}]}
      backpressure: {buffer: {maxMessages: 1, dropPolicy: drop_oldest}}
  - {name: one, transportRef: live}
  - {name: two, transportRef: live}
  - {name: three, transportRef: live}
  steps:
  - {name: a, ref: {name: echo}, transport: main}
  - {name: s1, ref: {name: says-number}, transport: one}
  - {name: s2, ref: {name: echo}, transport: two}
  - {name: s3, ref: {name: echo}, transport: three}
  - {name: s9, ref: {name: echo}}
  - {name: r1, ref: {name: echo}, transport: one, needs: [s1], runtime: {text: "{{ packet.text }}"}}
  - {name: r2, ref: {name: takes-voice}, transport: two, needs: [s2], runtime: {text: "{{ packet.text }}"}}
  - {name: r3, ref: {name: echo}, transport: three, needs: [s3], runtime: {text: "{{ packet.nope }}"}}
  - {name: halt, type: stop, needs: [s9]}
  - {name: r9, ref: {name: echo}, needs: [s9]}
  - {name: r5, ref: {name: echo}, transport: main, needs: [a], if: '{{ eq packet.text "no" }}'}
  - {name: r6, ref: {name: echo}, transport: main, needs: [a]}
  - {name: r, ref: {name: echo}, transport: main, needs: [a], runtime: {text: "{{ packet.text }}"}}
  - {name: r10, ref: {name: echo}, transport: main, needs: [a, r], runtime: {text: "{{ packet.text }}"}}
  - {name: r13, ref: {name: echo}, transport: main, needs: [a], runtime: {text: "{{ packet.text }}"}}
  - {name: r4, ref: {name: echo}, transport: main, needs: [a], runtime: {text: "{{ steps.s1.text }}"}}
"""
ENGRAM = """\
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {{name: {name}}}
spec: {{mode: deployment, templateRef: {{name: {name}}}}}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: {name}}}
spec: {{version: 1.0.0, image: "registry.example/{name}:1.0.0", supportedModes: [deployment]{schemas}}}
"""
SCHEMAS = {
    "echo": "",
    "says-number": ", outputSchema: {type: object, properties: {text: {type: number}}}",
    "takes-voice": ", inputSchema: {type: object, required: [voice], properties: {voice: {type: string}}}",
}
REAL = ("a", "s1", "s2", "s3", "s9", "r")
KEY = {"bubu.join.key": "k"}
CASE: dict[str, Any] = {
    "steps": {"r13": {"absent": True}},
    "send": [
        {"to": "a", "id": "first", "payload": {"text": "hi"}},
        {"to": "a", "id": "second", "payload": {"text": "hi"}},
        {"to": "s1", "id": "output", "payload": {"text": "hi"}},
        {"to": "s2", "id": "input", "payload": {"text": "hi"}},
        {"to": "s3", "id": "template", "payload": {"text": "hi"}},
        {"to": "s9", "id": "stop", "payload": {"text": "hi"}},
        {"from": "a", "id": "join", "payload": {"text": "hi"}, "metadata": KEY},
        {"from": "s1", "id": "empty", "metadata": {"note": "nothing"}},
        {"from": "s9", "id": "part", "binary": {"text": "half"}, "chunk": {"of": "whole", "index": 0, "count": 2}},
    ],
    "expect": {"edges": [{"from": "a", "to": "r", "count": 3, "packets": [{"inputs": {"text": "hi"}}]}]},
}
ROWS = {
    ("output", "s1", "r1"): ("stream closed", 1),
    ("input", "s2", "r2"): ("stream closed", 2),
    ("template", "s3", "r3"): ("stream closed", 3),
    ("first", "a", "r4"): ("blocked", 4),
    ("first", "a", "r5"): ("filtered by if", 5),
    ("first", "a", "r6"): ("dropped", 6),
    ("stop", "s9", "r9"): ("dropped", 9),
    ("join", "a", "r10"): ("in a join", None),  # row 10: it still waits at the end
    ("first", "a", "r13"): ("dropped", 13),
    ("empty", "s1", "r1"): ("dropped", 15),
    ("part", "s9", ""): ("dropped", 16),
    ("first", "a", "r"): ("delivered", None),
    ("second", "a", "r"): ("delivered", None),
}
"""Fate and row of table B12 by way."""


@pytest.mark.timeout(600)
def test_each_row_is_told_with_its_line(bench: Any, tmp_path: Path) -> None:
    sandbox, engram = bench
    text = STORY + "".join(ENGRAM.format(name=name, schemas=schema) for name, schema in SCHEMAS.items()) + TRANSPORT
    (tmp_path / "stories.yaml").write_text(text, encoding="utf-8")
    workspace = load(tmp_path, ["stories.yaml"])
    (story,) = workspace.stories
    read = case({**CASE, "timeout": "400s"}, [step.name for step in story.steps], tmp_path)
    opened = {step: partial(sandbox.pod, engram("stream-echo")) for step in REAL}
    ran = run_case(workspace, story, read, opened)
    assert ran.errors == ()
    told = {
        (hop.outcome.packet, hop.outcome.source, hop.outcome.target): (
            hop.outcome.status.value,
            hop.outcome.cause.row if hop.outcome.cause is not None else None,
        )
        for hop in hops(ran)
    }
    assert {way: told.get(way) for way in ROWS} == ROWS
    places = {(one.rule.code, one.location.line) for one in ran.findings}
    rows = {"EV761": "r2", "EV762": "r3", "EV763": "r4", "EV764": "r5", "EV768": "halt"}
    rows |= {"EV769": "r10", "EV774": "s1", "EV775": "s9"}
    marks = {code: f"name: {step}," for code, step in rows.items()}
    marks |= {"EV760": "{text: {type: number}}", "EV765": "name: not-six", "EV772": "dropPolicy: drop_oldest"}
    expected = {(code, text[: text.index(mark)].count("\n") + 1) for code, mark in marks.items()}
    assert expected <= places
    assert not {"EV791", "EV792"} & {one.rule.code for one in ran.findings}


@pytest.mark.timeout(600)
@pytest.mark.docker_by_day
@pytest.mark.parametrize(
    ("name", "rules", "told"),
    [
        ("stream-returns-error", {"EV789"}, "EV789 1 packet lost in step `think`: its engram ended before"),
        ("stream-no-done", {"EV790"}, "EV790 1 packet for step `think` never acknowledged"),
        ("stream-init-fails", {"EV789"}, "EV789 1 packet lost in step `think`: its engram ended before"),
        ("stream-audio", set(), ""),
    ],
)
def test_packets_lost_in_an_engram(bench: Any, name: str, rules: set[str], told: str, tmp_path: Path) -> None:
    sandbox, engram = bench
    limit = "15s" if name == "stream-no-done" else "200s"
    document = {"steps": {}, "send": [{"from": "mic", "payload": {"text": "hi"}}], "timeout": limit}
    ran = play(tmp_path, document, opened={"think": partial(sandbox.pod, engram(name))})
    found = {one.rule.code: one for one in ran.findings}
    assert found.keys() & {"EV789", "EV790"} == rules
    for code in rules:
        assert f"{code} {found[code].message}".startswith(told)
        assert found[code].location.line == 10


@pytest.mark.timeout(600)
def test_an_engram_that_is_killed_and_started_again(bench: Any, tmp_path: Path) -> None:
    sandbox, engram = bench
    sent = [
        {"from": "mic", "id": name, "at": at, "payload": {"text": name}} for name, at in (("a", 1), ("b", 3), ("c", 5))
    ]
    document = {
        "steps": {},
        "send": sent,
        "events": [{"at": 2, "kill": "think"}, {"at": 4, "restart": "think"}],
        "timeout": "200s",
    }
    ran = play(tmp_path, document, opened={"think": partial(sandbox.pod, engram("stream-echo"))})
    assert [one.packet.id for one in ran.played.deliveries if one.target == "show"] == ["a", "c"]
    (lost,) = [one for one in ran.findings if one.rule.code == "EV789"]
    assert lost.message.endswith("ended before it had handled them: the case killed it")
    assert lost.evidence["packet"] == "b"
