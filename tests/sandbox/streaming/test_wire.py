"""The vendored stubs are what `transport.proto` says, and the limits are those of the real connector."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from validator.sandbox.harness import limits
from validator.sandbox.harness.wire import transport_pb2 as wire

ROOT = Path(__file__).resolve().parents[3]
FACTS = ROOT / "docs" / "contract" / "transport-wire.md"


def test_the_stubs_are_generated_from_the_proto() -> None:
    pytest.importorskip("grpc_tools", reason="grpcio-tools compiles the proto")
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/generate_wire.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def sections() -> list[tuple[str, str]]:
    parts = re.split(r"^## message ", FACTS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [(part.split("\n", 1)[0].strip(), part.split("\n## ", 1)[0]) for part in parts]


def test_every_field_has_its_number() -> None:
    for name, text in sections():
        fields = {field: int(number) for number, field in re.findall(r"^\| (\d+) \| (\w+) \|", text, re.MULTILINE)}
        descriptor = wire.DESCRIPTOR.message_types_by_name[name]
        assert {field.name: field.number for field in descriptor.fields} == fields, name


@pytest.mark.parametrize("keyword", ["max_len", "max_items", "lte", "gte"])
def test_every_limit_of_the_facts_is_checked(keyword: str) -> None:
    for name, text in sections():
        for field, rest in re.findall(r"^\| \d+ \| (\w+) \| [^|]+ \| (.+) \|$", text, re.MULTILINE):
            values = re.findall(rf"\b{keyword}\b\s*[=:]\s*(\d+)", rest)
            if not values or "map" in rest or name == "BindingInfo":
                continue  # maps share PAIRS, KEY and VALUE; a binding is never sent on the wire
            limit = limits.LIMITS[name][field]
            assert int(values[0]) == (limit.low if keyword == "gte" else limit.high), (name, field)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (wire.DataRequest(metadata={"k": "x" * 1024}), []),
        (wire.DataRequest(metadata={"k": "x" * 1025}), [('metadata["k"]', "at most 1024 characters", 1025)]),
        (wire.DataRequest(metadata={"k" * 129: ""}), [(f'key of metadata["{"k" * 64}…"]', "1 to 128 characters", 129)]),
        (wire.DataRequest(metadata={str(n): "" for n in range(101)}), [("metadata", "at most 100 pairs", 101)]),
        (
            wire.DataRequest(audio=wire.AudioFrame(pcm=b"x", sample_rate_hz=4000, channels=1)),
            [("audio.sample_rate_hz", "8000 to 192000", 4000)],
        ),
        (
            wire.DataRequest(audio=wire.AudioFrame(pcm=b"x", sample_rate_hz=8000, channels=1, codec="c" * 33)),
            [("audio.codec", "at most 32 characters", 33)],
        ),
        (
            wire.DataRequest(video=wire.VideoFrame(codec="c" * 33, width=16385)),
            [("video.codec", "at most 32 characters", 33), ("video.width", "at most 16384", 16385)],
        ),
        (
            wire.DataRequest(binary=wire.BinaryFrame(mime_type="m" * 256)),
            [("binary.mime_type", "at most 255 characters", 256)],
        ),
        (
            wire.DataRequest(transports=[wire.TransportDescriptor(name="n" * 129)]),
            [("transports[0].name", "at most 128 characters", 129)],
        ),
        (
            wire.DataRequest(envelope=wire.StreamEnvelope(chunk_count=257)),
            [("envelope.chunk_count", "at most 256", 257)],
        ),
        (wire.ControlRequest(custom_action="a" * 129), [("custom_action", "at most 128 characters", 129)]),
    ],
)
def test_a_violation_is_told_by_name_and_value(message, expected) -> None:
    found = [(each["field"], each["limit"], each["found"]) for each in limits.violations(message)]
    assert found == expected
