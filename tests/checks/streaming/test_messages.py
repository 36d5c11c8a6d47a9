"""What a message may look like on the wire (streaming contract, sections 1 to 3)."""

from __future__ import annotations

import pytest
from checks.streaming.run_maker import BENCH, codes, message, packet, raw, run

from validator.checks.streaming import copies, messages, mime
from validator.sandbox.harness.wire_names import PACKET_MIME

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
        (message({"frame": "binary", "mime": "text/plain", "bytes": 900, "head": {"text": '{"a": 1}'}}), False),
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
