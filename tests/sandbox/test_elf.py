"""For which machine an executable is."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from validator.sandbox import elf


def header(machine: int, order: str = "<") -> bytes:
    return b"\x7fELF" + bytes([2, 1 if order == "<" else 2]) + bytes(12) + struct.pack(f"{order}H", machine)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (header(62), "amd64"),
        (header(183), "arm64"),
        (header(22, ">"), "s390x"),
        (header(9999), "machine 9999"),
        (b"#!/usr/bin/env python3\n", ""),
        (b"\x7fELF", ""),
        (b"", ""),
    ],
)
def test_architecture(head: bytes, expected: str) -> None:
    assert elf.architecture(head) == expected


def test_only_a_foreign_binary_has_a_fault(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_bytes(header(183 if elf.host_architecture() == "amd64" else 62))
    script = tmp_path / "script"
    script.write_bytes(b"#!/bin/sh\n")
    assert elf.host_architecture() in elf.start_fault(str(foreign))
    assert elf.start_fault(str(script)) == ""
