"""What a message may look like on the wire (streaming contract, sections 1 to 3)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.checks.streaming.run_maker import BENCH, codes, message, packet, raw, run
from validator.checks.streaming import copies, messages, mime, schema
from validator.findings import Unchecked
from validator.sandbox.harness.wire_names import PACKET_MIME
from validator.schemas.validation import validate
from validator.sources.reader import read
from validator.sources.text import SourceText

ERROR = {"version": "v1", "type": "execution_error", "message": "no"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (packet(kind="data", payload={"a": 1}), []),
        (packet(kind="data", inputs={"a": 1}), []),
        (packet(kind="data", transports=[{"name": "hot"}]), []),
        (message({"frame": "audio", "bytes": 320}), []),
        (message({"frame": "audio", "bytes": 0}), ["EV610"]),
        (raw("x", "a/b"), []),
        (packet(kind="data"), ["EV610"]),
        (message({"metadata": {"trace": "1"}}), ["EV610"]),
        (message({}), ["EV610"]),
        (message({"frame": "binary", "mime": PACKET_MIME, "bytes": 2 << 20, "trimmed": True}), []),
        (packet(payload=[1], copies=False), ["EV615"]),
        (packet(inputs="x", payload={}, copies=False), ["EV615"]),
        (message({"frame": "binary", "mime": PACKET_MIME, "packet_error": "no JSON"}), ["EV613"]),
        (packet(kind="error", payload=ERROR), []),
        (packet(kind="error", payload={**ERROR, "exitClass": "terminal", "code": "E1"}), []),
        (packet(kind="error", payload={**ERROR, "version": "v2"}), ["EV611"]),
        (packet(kind="error", payload={**ERROR, "type": "oops"}), ["EV611"]),
        (packet(kind="error", payload={**ERROR, "message": ""}), ["EV611"]),
        (packet(kind="error", payload={**ERROR, "exitClass": "never"}), ["EV611"]),
        (packet(kind="error", inputs={}), ["EV611"]),
    ],
)
def test_validity(entry, expected) -> None:
    assert codes(messages.judge(BENCH, run(entry))) == expected


def test_a_mistake_is_told_once() -> None:
    assert codes(messages.judge(BENCH, run(*(packet(kind="data") for _ in range(5))))) == ["EV610"]


@pytest.mark.parametrize(
    ("entry", "trapped"),
    [
        (raw('{"a": 1}', "text/plain"), True),
        (raw('{"a": 1}', "application/ld+json"), True),
        (raw('{"a": 1}', ""), True),
        (raw(' {"a": 1}', "application/json"), True),
        (raw("[1, 2]", "text/plain"), False),
        (raw("{not json", "text/plain"), False),
        (raw('{"a": 1}', "text/plain", payload={"a": 1}), False),
        (raw('{"a": 1}', PACKET_MIME), False),
        (raw('{"a": 1}', "text/plain", envelope={"chunk_id": "c", "chunk_count": 2}), False),
        (raw(json.dumps({"a": "x" * 400}), "text/plain"), True),
        (raw(json.dumps({"a": "x" * 60_000}), "application/vnd.event+json"), True),
        (raw(json.dumps({"a": "x" * (2 << 20)}), "text/plain"), True),
        (raw(json.dumps({"a": "x" * (2 << 20)})[:-1], "text/plain"), False),
        (raw(json.dumps({"a": "x" * 400}) + "{}", "text/plain"), False),
        (message({"frame": "binary", "mime": "image/png", "bytes": 4, "head": {"base64": "iVBO"}}), False),
        (packet(payload={"a": 1}), False),
    ],
)
def test_the_mime_trap(entry, trapped) -> None:
    assert codes(mime.judge(BENCH, run(entry))) == (["EV612"] if trapped else [])


@pytest.mark.parametrize(
    ("exact", "copy", "expected"),
    [
        ({"a": 1, "b": [True, None, "x", 1.5]}, {"a": 1.0, "b": [True, None, "x", 1.5]}, []),
        ({"a": 2**53}, {"a": float(2**53)}, []),
        ({"a": 2**53 + 1}, {"a": float(2**53)}, ["EV617"]),
        ({"a": 2**60}, {"a": float(2**60)}, []),
        ({"a": 1}, {"a": 2.0}, ["EV616"]),
        ({"a": 1}, {"a": True}, ["EV616"]),
        ({"a": 1}, {}, ["EV616"]),
        ({}, {"a": 1}, ["EV616"]),
        ({"a": [1, 2]}, {"a": [1]}, ["EV616"]),
        ({"a": "1"}, {"a": 1.0}, ["EV616"]),
    ],
)
def test_copies(exact, copy, expected) -> None:
    entry = packet(payload=exact, copies=False)
    both = message({**entry.body, "payload": copy})
    assert codes(copies.judge(BENCH, run(both))) == expected


def test_an_envelope_without_a_copy_is_nothing_to_compare() -> None:
    assert codes(copies.judge(BENCH, run(packet(payload={"a": 1}, copies=False)))) == []


@pytest.mark.parametrize(
    ("version", "mime_type", "fault"),
    [
        ("v0.1.4", "application/json", "sdk"),
        ("v0.1.4", "Application/JSON; charset=utf-8", "sdk"),
        ("v0.1.5-0.20250101000000-abcdefabcdef", "application/json", "sdk"),
        ("v0.1.4", "text/plain", "engram"),
        ("v0.1.5", "application/json", "engram"),
        ("v0.2.0", "application/json", "engram"),
        ("", "application/json", "engram"),
        ("(devel)", "application/json", "engram"),
    ],
)
def test_the_mime_trap_names_who_fell_into_it(version, mime_type, fault) -> None:
    (finding,) = mime.judge(BENCH, run(raw('{"a": 1}', mime_type), sdk_version=version))
    assert finding.evidence["fault"] == fault
    assert (f"bubu-sdk-go {version} sends" in finding.suggestion.text) == (fault == "sdk")


@pytest.mark.parametrize("size", [0, 400, 60_000])
def test_json_in_a_raw_frame_is_judged_whole_and_called_latent(size) -> None:
    text = json.dumps({"type": "turn", "audio": "A" * size, "seconds": "2"})
    judged = replace(
        BENCH,
        output_schema={"type": "object", "properties": {"seconds": {"type": "number"}}},
        validate=lambda schema, packet: validate(schema, packet, profile="hub"),
    )
    found = list(schema.judge(judged, run(raw(text, "text/plain"), raw(text, "text/plain"))))
    assert [(each.rule.code, each.anchor[-1]) for each in found] == [("EV691", "seconds")]
    whole = packet(payload={"seconds": "2"})
    assert codes(schema.judge(judged, run(whole))) == ["EV620"]


def test_json_that_is_too_long_for_a_document_is_a_trap_and_its_schema_is_unknown() -> None:
    long = raw(json.dumps({"a": "x" * (2 << 20)}), "text/plain")
    judged = replace(BENCH, output_schema={}, validate=lambda schema, packet: validate(schema, packet, profile="hub"))
    (told,) = schema.judge(judged, run(long))
    assert (type(told), told.reason) == (Unchecked, "it is larger than 1 MiB")


@pytest.mark.parametrize(("body", "expected"), [("text", []), ({"$bubuStorageRef": "runs/a.json"}, ["EV620"])])
def test_a_reference_below_alternatives_is_refused_as_the_hub_does(body, expected) -> None:
    """The hub appends the reference to each alternative, so that more than one matches (vectors, `oneOf`)."""
    kinds = [{"required": ["body"], "properties": {"body": {"type": kind}}} for kind in ("string", "integer")]
    judged = replace(
        BENCH,
        output_schema={"oneOf": kinds},
        validate=lambda schema, packet: validate(schema, packet, profile="hub"),
    )
    found = list(schema.judge(judged, run(packet(payload={"body": body}))))
    assert codes(found) == expected
    assert all("1 and 2 do; a template or reference inside fits every alternative" in each.message for each in found)


def test_a_broken_packet_is_shown_at_the_line_of_the_schema() -> None:
    text = "spec:\n  outputSchema:\n    type: object\n    properties:\n      seconds:\n        type: number\n"
    node = read(SourceText("Engram.yaml", text)).documents[0].root.at(("spec", "outputSchema"))
    judged = replace(
        BENCH,
        output_schema=node.value,
        schema_node=node,
        validate=lambda schema, packet: validate(schema, packet, profile="hub"),
    )
    (finding,) = schema.judge(judged, run(packet(payload={"seconds": "2"})))
    assert (finding.location.line, finding.evidence["schema path"]) == (6, "properties/seconds/type")
