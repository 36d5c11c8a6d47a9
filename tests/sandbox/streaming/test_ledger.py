"""The transcript is bounded, whatever an engram sends: the beginning in full, the end in short, all of it counted."""

from __future__ import annotations

from validator.sandbox.harness import ledger
from validator.sandbox.harness.ledger import Ledger
from validator.sandbox.harness.wire import transport_pb2 as wire
from validator.sandbox.harness.wire_names import PACKET_MIME

RAW = wire.DataRequest(binary=wire.BinaryFrame(payload=b"x", mime_type="a/b")).SerializeToString()


def test_a_long_session_keeps_both_ends() -> None:
    book = Ledger()
    for number in range(ledger.HEAD_ENTRIES + ledger.TAIL_ENTRIES + 50):
        book.message("engram", "data", 1, RAW, f"n{number}")
    kept = book.entries()
    assert len(kept) == ledger.HEAD_ENTRIES + ledger.TAIL_ENTRIES
    assert book.omitted == 50
    assert kept[0]["label"] == "n0"
    assert kept[-1]["label"] == f"n{ledger.HEAD_ENTRIES + ledger.TAIL_ENTRIES + 49}"


def test_large_messages_are_kept_as_what_is_known_of_them() -> None:
    book = Ledger()
    large = wire.DataRequest(binary=wire.BinaryFrame(payload=b"x" * (9 << 20), mime_type="a/b")).SerializeToString()
    book.message("engram", "data", 1, large)
    (entry,) = book.entries()
    assert entry["body"]["bytes"] == 9 << 20
    assert len(entry["body"]["head"]["text"]) == 256


def test_a_limit_keeps_hundreds_of_messages_from_piling_up() -> None:
    book = Ledger(1000)
    for size in (100, 2000):
        payload = b'{"payload":{"text":"' + b"x" * size + b'"}}'
        frame = wire.BinaryFrame(payload=payload, mime_type=PACKET_MIME)
        book.message("engram", "data", 1, wire.DataRequest(binary=frame).SerializeToString())
    small, large = (entry["body"] for entry in book.entries())
    assert small["packet"] == {"payload": {"text": "x" * 100}}
    assert "packet" not in large
    assert (large["trimmed"], large["bytes"]) == (True, 2023)


def test_garbage_has_its_own_event() -> None:
    book = Ledger()
    book.message("engram", "data", 1, b"\xff\xff")
    assert book.entries()[0]["event"] == "garbage"
