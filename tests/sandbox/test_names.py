"""The name server of a pod: knows localhost, denies everything else, and remembers."""

from __future__ import annotations

import struct

import pytest

from validator.sandbox.harness.names import Names


def query(name, kind=1, flags=0x0100):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label)
    return struct.pack("!HHHHHH", 7, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def read(answer):
    number, flags, questions, answers, _, _ = struct.unpack_from("!HHHHHH", answer)
    return number, flags & 15, questions, answers, answer[-4:]


def test_names_are_denied_and_remembered():
    names = Names()
    for asked in ("API.openai.com", "api.openai.com", "collector"):
        assert read(names.answer(query(asked)))[:4] == (7, 3, 1, 0)
        assert read(names.answer(query(asked, kind=28)))[:4] == (7, 3, 1, 0)
    assert names.lookups == ["api.openai.com", "collector"]


@pytest.mark.parametrize("name", ["localhost", "a.localhost"])
def test_localhost_is_here_and_no_secret(name):
    names = Names()
    assert read(names.answer(query(name))) == (7, 0, 1, 1, b"\x7f\0\0\1")
    assert read(names.answer(query(name, kind=28)))[:4] == (7, 0, 1, 0)
    assert names.lookups == []


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\0" * 11, b"\xff" * 40, query("a.b")[:-3], query("a", flags=0x8000), query("a")[:12] + b"\xc0\x0c"],
)
def test_what_is_no_question_gets_no_answer(garbage):
    names = Names()
    assert names.answer(garbage) == b""
    assert names.lookups == []
