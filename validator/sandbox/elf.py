"""Which machine an executable is for, from its first bytes."""

from __future__ import annotations

import platform
import struct
import sys
from pathlib import Path

_MACHINES = {3: "386", 40: "arm", 62: "amd64", 183: "arm64", 22: "s390x", 21: "ppc64le", 243: "riscv64", 258: "loong64"}
_HERE = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "i386": "386",
    "i686": "386",
}
HEADER = 20
"""Bytes that tell."""


def host_architecture() -> str:
    """This machine, in Go's words (`amd64`)."""
    machine = platform.machine().lower()
    return _HERE.get(machine, machine)


def architecture(head: bytes) -> str:
    """The architecture of an ELF file, in Go's words; empty for anything else."""
    if len(head) < HEADER or head[:4] != b"\x7fELF":
        return ""
    order = "<" if head[5] == 1 else ">"
    machine: int = struct.unpack_from(f"{order}H", head, 18)[0]
    return _MACHINES.get(machine, f"machine {machine}")


def start_fault(file: str) -> str:
    """Why the kernel would not run this file here; empty when it would. A shell would take it for a script instead."""
    if not sys.platform.startswith("linux") or _emulated():
        return ""
    with Path(file).open("rb") as opened:
        found = architecture(opened.read(HEADER))
    here = host_architecture()
    runs = {here, "386"} if here == "amd64" else {here, "arm"} if here == "arm64" else {here}
    return "" if not found or found in runs else f"exec format error: it is built for {found}, and this is {here}"


def _emulated() -> bool:
    """Whether the kernel hands foreign programs to an emulator."""
    folder = Path("/proc/sys/fs/binfmt_misc")
    return folder.is_dir() and any(entry.name.startswith("qemu-") for entry in folder.iterdir())
