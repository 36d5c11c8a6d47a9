"""Reading module versions out of Go binaries."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.sandbox import gobinary
from validator.sandbox.gobuildinfo import MAGIC, module_text, modules

MARK = b"0123456789abcdef"


def varint(number: int) -> bytes:
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def binary(text: str, *, offset: int = 64, flags: int = 2, version: str = "go1.26") -> bytes:
    """What the linker writes: a header of 32 bytes, then version and module text with their lengths."""
    body = MARK + text.encode() + MARK
    header = (MAGIC + bytes([8, flags])).ljust(32, b"\0")
    return b"\x7fELF".ljust(offset, b"\0") + header + varint(len(version)) + version.encode() + varint(len(body)) + body


TEXT = (
    "path\texample.com/engram\n"
    "mod\texample.com/engram\t(devel)\t\n"
    "dep\tgithub.com/bubustack/bubu-sdk-go\tv0.1.4\th1:x=\n"
    "=>\tgithub.com/bubustack/bubu-sdk-go\tv0.1.5\th1:y=\n"
    "dep\tgoogle.golang.org/grpc\tv1.80.0\th1:z=\n"
    'build\t-ldflags="-s -w"\n'
)


def test_versions_with_replacements() -> None:
    assert modules(binary(TEXT)) == {
        "example.com/engram": "(devel)",
        "github.com/bubustack/bubu-sdk-go": "v0.1.5",
        "google.golang.org/grpc": "v1.80.0",
    }


def test_a_replacement_by_a_folder_has_no_version() -> None:
    assert modules(binary("dep\tgithub.com/a/b\tv1.0.0\n=>\t../b\t\n")) == {"github.com/a/b": ""}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"#!/bin/sh\n",
        MAGIC,
        binary(TEXT, offset=65),
        binary(TEXT, flags=0),
        binary(TEXT)[:120],
        binary("", version="")[:-20],
    ],
    ids=["empty", "script", "bare magic", "unaligned", "before Go 1.18", "cut", "cut text"],
)
def test_nothing_is_read_where_nothing_is(data: bytes) -> None:
    assert modules(data) == {}


def test_the_magic_may_occur_before_the_real_header() -> None:
    assert "bubu-sdk-go" in module_text(MAGIC.ljust(64, b"\xff") + binary(TEXT, offset=64))


@given(st.binary(max_size=300))
def test_garbage_behind_the_header_is_no_trouble(garbage: bytes) -> None:
    modules((MAGIC + bytes([8, 2])).ljust(32, b"\0") + garbage)


def test_a_real_stripped_binary(fixture_binaries: Path) -> None:
    assert gobinary.sdk_version_of_file(fixture_binaries / "conforming") == "v0.1.5"
