"""What the mock connector sends is what the real one sends (contract/runtime.md 2.6 and 2.10)."""

from __future__ import annotations

import base64
import json

import pytest

from validator.sandbox.harness import decoding
from validator.sandbox.harness.frames import Frames
from validator.sandbox.harness.wire import transport_pb2 as wire
from validator.sandbox.harness.wire_names import PACKET_MIME


def sent(packet: dict, sequence: int = 7, delivery: str = "evaluated") -> list:
    return [wire.DataResponse.FromString(raw) for raw in Frames(packet, delivery).at(sequence)]


def test_an_evaluated_packet_is_an_envelope_without_copies() -> None:
    (message,) = sent({"payload": {"a": 1}, "inputs": {"b": 2}, "metadata": {"m": "x"}, "id": "m1"})
    assert json.loads(message.binary.payload) == {
        "version": "v1", "kind": "data", "messageId": "m1", "metadata": {"m": "x"},
        "payload": {"a": 1}, "inputs": {"b": 2},
    }  # fmt: skip
    assert dict(message.metadata) == {"m": "x", "bubu.envelope.message_id": "m1"}
    assert not message.HasField("payload")
    assert (message.envelope.stream_id, message.envelope.sequence, message.envelope.partition) == ("st-1", 7, "p0")


def test_a_forwarded_packet_has_the_hubs_inputs_beside_the_frame() -> None:
    (message,) = sent({"payload": {"a": 1}, "inputs": {"b": 2}}, delivery="forwarded")
    assert json.loads(message.binary.payload) == {"version": "v1", "kind": "data", "payload": {"a": 1}}
    assert dict(message.inputs) == {"b": 2}
    assert dict(message.payload) == {"a": 1}


def test_a_hook_is_what_the_hub_sends() -> None:
    (message,) = sent({"hook": "storyrun.ready"}, 0)
    envelope = json.loads(message.binary.payload)
    assert envelope["kind"] == "hook"
    assert envelope["payload"]["hook"]["event"] == "storyrun.ready"
    assert message.metadata["hook.event"] == "storyrun.ready"
    assert not message.HasField("envelope")


@pytest.mark.parametrize(("indices", "count"), [((2, 0, 1), 3), ((0, 0, 1), 2), ((0,), 2)])
def test_chunks_go_out_in_the_order_that_is_asked_for(indices: tuple[int, ...], count: int) -> None:
    whole = sent({"payload": {"text": "hello"}})[0].binary.payload
    parts = sent({"payload": {"text": "hello"}, "chunks": list(indices), "chunk_count": count})
    assert [part.envelope.chunk_index for part in parts] == list(indices)
    assert {part.envelope.chunk_count for part in parts} == {count}
    assert {part.envelope.total_bytes for part in parts} == {len(whole)}
    pieces = {part.envelope.chunk_index: part.binary.payload for part in parts}
    if len(pieces) == count:
        assert b"".join(pieces[index] for index in range(count)) == whole


@pytest.mark.parametrize("packet", [{"audio": True}, {"binary": 0}, {"binary": 2}], ids=["audio", "empty", "short"])
def test_no_chunk_is_empty(packet: dict) -> None:
    # runtime.md 2.6: the SDK refuses an empty chunk, and only binary frames come in chunks.
    content = base64.b64encode(b"x" * packet.get("binary", 0)).decode()
    audio = {"base64": "", "sample_rate_hz": 8000, "channels": 1, "codec": "pcm16"}
    frame = {"audio": audio} if "audio" in packet else {"binary": {"base64": content, "mime": "application/x"}}
    with pytest.raises(ValueError, match="cannot be cut into 3 chunks"):
        sent(frame | {"chunks": [2, 0, 1]})


@pytest.mark.parametrize("size", range(3, 12))
def test_chunks_are_cut_evenly(size: int) -> None:
    binary = {"base64": base64.b64encode(bytes(range(size))).decode(), "mime": "application/x"}
    parts = sent({"binary": binary, "chunks": [0, 1, 2]})
    assert all(part.binary.payload for part in parts)
    assert b"".join(part.binary.payload for part in parts) == bytes(range(size))


def test_chunks_say_what_they_are_told_to() -> None:
    lies = [{}, {"chunk_index": 7}]
    first, second = sent({"payload": {"text": "hello"}, "chunks": [0, 1], "chunk_lies": lies})
    assert (first.envelope.chunk_index, second.envelope.chunk_index) == (0, 7)
    assert first.envelope.chunk_id == second.envelope.chunk_id


def test_media_keep_their_fields() -> None:
    audio = {"base64": base64.b64encode(b"pcm").decode(), "sample_rate_hz": 8000, "channels": 2, "codec": "pcm16"}
    (message,) = sent({"audio": audio, "payload": {"a": 1}})
    assert (message.audio.pcm, message.audio.sample_rate_hz, message.audio.channels) == (b"pcm", 8000, 2)
    assert dict(message.payload) == {"a": 1}


def test_a_document_keeps_exact_numbers_and_says_what_was_trimmed() -> None:
    message = wire.DataRequest(metadata={"long": "x" * 5000})
    message.binary.mime_type = PACKET_MIME
    message.binary.payload = b'{"payload":{"id":9007199254740993}}'
    message.payload.update({"id": 9007199254740993})
    _, body, violations = decoding.data(message.SerializeToString(), outbound=False)
    assert body["packet"] == {"payload": {"id": 9007199254740993}}
    assert body["payload"] == {"id": 9007199254740992.0}
    assert body["metadata"]["long"].endswith("(5000 characters)")
    assert len(violations) == 1


@pytest.mark.parametrize(
    ("payload", "problem"),
    [(b"not json", "no JSON"), (b"[1]", "no JSON object"), (b'{"a":NaN}', "NaN"), (b"[" * 100_000, "no JSON")],
)
def test_a_broken_envelope_is_told(payload: bytes, problem: str) -> None:
    message = wire.DataRequest()
    message.binary.mime_type = PACKET_MIME
    message.binary.payload = payload
    assert problem in decoding.data(message.SerializeToString(), outbound=False)[1]["packet_error"]


def test_garbage_is_no_message() -> None:
    with pytest.raises(ValueError, match=r".+"):
        decoding.data(b"\xff\xff\xff", outbound=False)


def test_verbs_have_the_names_of_the_sdk() -> None:
    assert decoding.VERBS[9] == "connector.ready"
    assert decoding.VERBS[11] == "handoff.draining"
    assert decoding.VERBS[16] == "codec-select"
    assert decoding.verb(wire.ControlRequest(action=14, custom_action=" my.verb ")) == "my.verb"
