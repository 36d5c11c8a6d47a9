"""A packet as it is written, into the one that is sent."""

from __future__ import annotations

import base64

import pytest

from validator.sandbox.stream_model import Audio, Binary, Packet
from validator.suite.packets import packet

HOT = {"name": "voice", "kind": "livekit", "mode": "hot"}


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ({"payload": {"a": 1}, "inputs": {"b": 2}}, Packet(payload={"a": 1}, inputs={"b": 2})),
        ({"payload": {}, "metadata": {"m": "x"}, "kind": "k", "id": "1"}, Packet({}, None, {"m": "x"}, "k", "1")),
        ({"payload": {}, "delay": "1500ms"}, Packet(payload={}, delay=1.5)),
        ({"hook": "storyrun.ready"}, Packet(hook="storyrun.ready", sequenced=False)),
        ({"transports": [HOT]}, Packet(transports=(HOT,))),
        ({"binary": {"text": "hi", "mime": "text/plain"}}, Packet(binary=Binary(b"hi", "text/plain"))),
        ({"binary": {"file": "pcm"}}, Packet(binary=Binary(b"\0\1"))),
        (
            {"audio": {"base64": base64.b64encode(b"\0").decode(), "channels": 2}},
            Packet(audio=Audio(b"\0", channels=2)),
        ),
        ({"audio": {"file": "pcm", "sample_rate_hz": 8000}}, Packet(audio=Audio(b"\0\1", 8000))),
    ],
)
def test_every_key_of_a_packet_is_sent(tmp_path, written, sent):
    (tmp_path / "pcm").write_bytes(b"\0\1")
    assert packet(written, tmp_path) == sent
