"""Pairs of schemas: the outcome for a producer that emits what it declares, every disagreement, and what is unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from validator.checks.pairwise.pairs import Outcome, Pairs, dotted
from validator.checks.pairwise.payloads import is_frame, streamed, without_frames
from validator.sources.manifests import EngramTemplate
from validator.sources.reader import read
from validator.sources.text import SourceText

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
REFERENCE = {"$bubuStorageRef": TEXT}
PRESERVED = {"x-kubernetes-preserve-unknown-fields": True}


def fields(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def shown(producer: Any, consumer: Any, **options: Any) -> tuple[Outcome, list[str], int]:
    judged = Pairs().judge(producer, consumer, **options)
    return judged.outcome, [f"{dotted(one.path)} {one.keyword}" for one in judged.disagreements], len(judged.unknown)


@pytest.mark.parametrize(
    ("producer", "consumer", "expected"),
    [
        # What is declared decides, an open producer is no reason to complain.
        (fields(a=TEXT), fields(b=TEXT), (Outcome.ACCEPTED, [], 0)),
        (fields(a=TEXT), {**fields(a=TEXT), "additionalProperties": False}, (Outcome.ACCEPTED, [], 0)),
        # All disagreements are told, also behind one that leaves nothing.
        (fields(a=WHOLE, b=WHOLE), fields(a=TEXT, b=TEXT), (Outcome.CAN_FAIL, ["a type", "b type"], 0)),
        (fields("a", "b", a=WHOLE, b=WHOLE), fields(a=TEXT, b=TEXT), (Outcome.NEVER, ["a type", "b type"], 0)),
        (fields(a=WHOLE), fields("b", "c", a=TEXT), (Outcome.NEVER, ["b required", "c required", "a type"], 0)),
        # An optional field is one that can be missing; an undeclared one always is.
        (fields(a=TEXT), fields("a", a=TEXT), (Outcome.CAN_FAIL, ["a required"], 0)),
        (fields(b=TEXT), fields("a", a=TEXT), (Outcome.NEVER, ["a required"], 0)),
        (fields(b=TEXT), fields(a={"type": "string", "required": True}), (Outcome.NEVER, ["a required"], 0)),
        (fields(b=TEXT), fields("a", a={"type": "string", "default": "x"}), (Outcome.ACCEPTED, [], 0)),
        # Nothing is concluded from what is not described.
        (fields("a", a={}), fields(a=TEXT), (Outcome.UNKNOWN, [], 1)),
        (fields("a", a=PRESERVED), fields(a=TEXT), (Outcome.UNKNOWN, [], 1)),
        (fields(a={"type": "object"}), fields(a=fields("x", x=TEXT)), (Outcome.UNKNOWN, [], 1)),
        (fields(a={"type": "array"}), fields(a={"type": "array", "items": TEXT}), (Outcome.UNKNOWN, [], 1)),
        ({"type": "object"}, fields("a", a=TEXT), (Outcome.UNKNOWN, [], 1)),
        ({}, fields("a", a=TEXT), (Outcome.UNKNOWN, [], 1)),
        (None, fields("a", a=TEXT), (Outcome.UNKNOWN, [], 1)),
        (fields("a", a={}, b=WHOLE), fields(a=TEXT, b=TEXT), (Outcome.CAN_FAIL, ["b type"], 1)),
        # An output is an object, whatever its schema forgets to say.
        ({"properties": {"a": TEXT}}, {"type": "object"}, (Outcome.ACCEPTED, [], 0)),
        # What the platform takes beside values does not make a wrong type right.
        (fields("a", a=TEXT), fields(a=WHOLE), (Outcome.NEVER, ["a type"], 0)),
        (fields("a", a={"type": "string", "pattern": r"^\{\{.+\}\}$"}), fields(a=WHOLE), (Outcome.ACCEPTED, [], 0)),
        # A reference becomes what it refers to before the engram sees it.
        (fields("a", a=fields("$bubuStorageRef", **REFERENCE)), fields(a=TEXT), (Outcome.ACCEPTED, [], 0)),
        (fields("a", a=fields(size=WHOLE, **REFERENCE)), fields(a=TEXT), (Outcome.UNKNOWN, [], 1)),
        # Deep inside.
        (fields(a={"type": "array", "items": fields(r=TEXT)}),
         fields(a={"type": "array", "items": fields(r={"enum": ["x"]})}), (Outcome.CAN_FAIL, ["a[0].r enum"], 0)),
        (fields("a", a=TEXT), fields(a={"anyOf": [TEXT, WHOLE]}), (Outcome.ACCEPTED, [], 0)),
        (fields("a", a={"oneOf": [TEXT, WHOLE]}), fields(a=TEXT), (Outcome.CAN_FAIL, ["a type"], 0)),
        # A schema that the platform refuses says nothing.
        (fields(a=TEXT), fields(a={"type": "text"}), (Outcome.UNKNOWN, [], 1)),
        (fields(a=TEXT), fields(a={"$ref": "#/definitions/x"}), (Outcome.UNKNOWN, [], 1)),
    ],
)  # fmt: skip
def test_outcomes(producer: Any, consumer: Any, expected: tuple[Outcome, list[str], int]) -> None:
    assert shown(producer, consumer) == expected
    assert shown(producer, consumer, most=1)[0] == expected[0], "the outcome does not depend on how many are told"


def test_the_strict_reading_is_told_apart() -> None:
    judged = Pairs().judge(fields(a=TEXT), {**fields(a=TEXT), "additionalProperties": False})
    assert judged.undeclared is not None
    assert judged.undeclared.keyword == "additionalProperties"


BYTES = {"type": "string", "contentEncoding": "base64"}
FRAME = {"type": "object", "properties": {"pcm": BYTES}}


@pytest.mark.parametrize(
    ("name", "emitted", "taken", "expected"),
    [
        ("audio", FRAME, TEXT, True),
        ("video", BYTES, FRAME, True),
        ("binary", None, {"type": "string", "format": "binary"}, True),
        ("audio", None, FRAME, True),
        # A frame is known by its name and by the types of both sides; what is encoded is text anyway.
        ("audio", TEXT, FRAME, False),
        ("audio", WHOLE, BYTES, False),
        ("audio", FRAME, WHOLE, False),
        ("audio", None, TEXT, False),
        ("scan", WHOLE, BYTES, False),
        ("doc", None, {"type": "string", "contentMediaType": "image/png"}, False),
        ("audio", None, {"type": "string", "contentMediaType": "application/json"}, False),
    ],
)
def test_frames_are_known_by_name_and_type(name: str, emitted: Any, taken: Any, expected: bool) -> None:
    assert is_frame(name, emitted, taken) is expected


def test_a_frame_is_not_asked_of_json() -> None:
    consumer = fields("a", "audio", a=TEXT, audio=FRAME)
    assert shown(fields("a", a=TEXT), without_frames(fields("a", a=TEXT), consumer)) == (Outcome.ACCEPTED, [], 0)
    assert without_frames(fields("a", a=TEXT), fields("a", a=TEXT)) == fields("a", a=TEXT)


@pytest.mark.parametrize(
    ("producer", "consumer", "expected"),
    [
        (["deployment"], ["deployment"], True),
        (["deployment"], ["job", "statefulset"], True),
        (["job", "deployment"], ["job", "deployment"], False),
        (["job"], ["deployment"], False),
        ([], ["deployment"], False),
    ],
)
def test_frames_travel_in_streams_only(producer: list[str], consumer: list[str], expected: bool) -> None:
    assert streamed(template(supportedModes=producer), template(supportedModes=consumer)) is expected


def template(**spec: Any) -> EngramTemplate:
    manifest = {"kind": "EngramTemplate", "metadata": {"name": "chat"}, "spec": spec}
    return EngramTemplate.of(read(SourceText("template.json", json.dumps(manifest))).documents[0].root)


def test_a_message_speaks_of_what_was_emitted_and_of_what_was_declared() -> None:
    taken = fields("line", line=TEXT, tags={"type": "array", "default": []})
    found = Pairs().judge(fields("code", "note", code=TEXT, note=TEXT), {**taken, "additionalProperties": False})
    assert [each.message for each in found.disagreements] == [
        "`line` is required, found `code`, `note`",
        "`code` is not declared here, only `line`, `tags`",
        "`note` is not declared here, only `line`, `tags`",
    ]


def test_a_refused_schema_says_why() -> None:
    (reason,) = Pairs().judge(fields(a={"type": "strng"}), fields(a=TEXT)).unknown
    assert "at `properties.a.type`" in reason
    assert "strng" in reason


@pytest.mark.parametrize(
    ("emitted", "pattern"),
    [("uri", "^https?://"), ("date-time", "^20"), ("email", "@example\\.org$"), ("ipv4", "^192"), ("hostname", "^e")],
)
def test_a_format_has_members_that_a_pattern_leaves_out(emitted: str, pattern: str) -> None:
    taken = fields(a={"type": "string", "pattern": pattern})
    assert shown(fields("a", a={"type": "string", "format": emitted}), taken)[0] is Outcome.CAN_FAIL
