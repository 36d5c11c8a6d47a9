"""Which system calls an engram may make: one policy, as Docker's profile and as the filter that bubblewrap loads.

It follows the idea of Docker's own default, a list of what is allowed for a container without capabilities, and differs
in two things: sockets are those of AF_UNIX, AF_INET and AF_INET6 alone, which keeps engrams from the hypervisor
(AF_VSOCK) and the kernel's netlink, and io_uring is refused, since it makes sockets that no filter sees. Only the ABI
of the machine is known; programs of 32 bits and of x32 are ended.
"""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SYSCALLS = Path(__file__).with_name("syscalls.json")
"""Every system call that is allowed, with its number on x86_64 and on aarch64 (null where there is none)."""
ARCHITECTURES: Mapping[str, tuple[int, int, str]] = {
    "amd64": (0, 0xC000003E, "SCMP_ARCH_X86_64"),
    "arm64": (1, 0xC00000B7, "SCMP_ARCH_AARCH64"),
}
"""By Go's name: the column of the numbers, and what the kernel (linux/audit.h) and Docker call it."""
NARROW = frozenset({("amd64", "386"), ("arm64", "arm")})
"""Machines, and the programs of 32 bits that they could run without an emulator."""
FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET and AF_INET6."""
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
"""Linux's own numbers: those of the machine that asks its daemon may differ."""
NAMESPACES = 0x7E020000
"""The flags of clone(2) that make namespaces."""
PERSONALITIES = (0, 0x0008, 0x20000, 0x20008, 0xFFFFFFFF)
"""What personality(2) may be given: to ask for it, and what runtimes ask for to start with plain addresses."""
X32 = 0x40000000
"""The bit by which calls of the ABI x32 are told from those of x86_64."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What the first argument of a call must be; else the call fails with `refusal`, an errno."""

    refusal: int
    values: tuple[int, ...] = ()
    """All values that are allowed."""
    unset: int = 0
    """Instead of values: bits that must not be set."""

    def allows(self, argument: int) -> bool:
        """Whether a call with this first argument, of 64 bits, is made."""
        return argument in self.values if self.values else not argument & self.unset


CONDITIONS: Mapping[str, Condition] = {
    "socket": Condition(EAFNOSUPPORT, FAMILIES),
    "socketpair": Condition(EAFNOSUPPORT, FAMILIES),
    "clone": Condition(EPERM, unset=NAMESPACES),
    "personality": Condition(EPERM, PERSONALITIES),
}
ABSENT = ("clone3",)
"""Its flags lie in memory, where no filter sees them. A kernel without it has its callers use clone instead."""


@functools.cache
def numbers(architecture: str) -> Mapping[str, int]:
    """The allowed calls of an architecture with their numbers."""
    column = ARCHITECTURES[architecture][0]
    listed: dict[str, list[int | None]] = json.loads(SYSCALLS.read_text(encoding="utf-8"))
    return {name: number for name, columns in listed.items() if (number := columns[column]) is not None}


@functools.cache
def profile(architecture: str) -> str:
    """The policy as Docker reads it (`--security-opt seccomp=`), for the architecture of its daemon."""
    plain = sorted({*numbers(architecture)} - {*CONDITIONS, *ABSENT})
    calls: list[dict[str, Any]] = [{"names": plain, "action": "SCMP_ACT_ALLOW"}]
    for name, condition in CONDITIONS.items():
        calls += [{"names": [name], **entry} for entry in _entries(condition)]
    calls.append({"names": list(ABSENT), "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS})
    # Without the architecture runc would not answer ENOSYS for calls that are newer than the list.
    named = [ARCHITECTURES[architecture][2]]
    return json.dumps({"defaultAction": "SCMP_ACT_ERRNO", "architectures": named, "syscalls": calls})


def _entries(condition: Condition) -> Iterator[dict[str, Any]]:
    """The entries of one call: no two of them match the same argument, since libseccomp would take either."""

    def entry(op: str, value: int, second: int = 0, *, refuses: bool = False) -> dict[str, Any]:
        action = (
            {"action": "SCMP_ACT_ERRNO", "errnoRet": condition.refusal} if refuses else {"action": "SCMP_ACT_ALLOW"}
        )
        return action | {"args": [{"index": 0, "value": value, "valueTwo": second, "op": f"SCMP_CMP_{op}"}]}

    if not condition.values:
        yield entry("MASKED_EQ", condition.unset)
        return
    yield from (entry("EQ", value) for value in condition.values)
    if condition.refusal != EPERM:
        highest = max(condition.values)
        refused = (value for value in range(highest) if value not in condition.values)
        yield from (entry("EQ", value, refuses=True) for value in refused)
        yield entry("GT", highest, refuses=True)


LOAD, EQUAL, ABOVE, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
"""Instructions of classic BPF: load a word, jump if =, >, >=, & and return (linux/bpf_common.h)."""
NUMBER_AT, ARCHITECTURE_AT, ARGUMENT_AT = 0, 4, 16
"""Where the kernel puts what a filter sees (linux/seccomp.h, `struct seccomp_data`), on little-endian machines."""
ALLOW, KILL = 0x7FFF0000, 0x80000000
Instruction = tuple[int, int, int, int]
"""What it does, how many instructions it skips if so and if not, and its operand."""


@functools.cache
def program(architecture: str) -> bytes:
    """The policy as the program that bubblewrap loads (`--seccomp`); empty for a machine that it does not know."""
    if architecture not in ARCHITECTURES:
        return b""
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in _instructions(architecture))


def _instructions(architecture: str) -> Iterator[Instruction]:
    known = numbers(architecture)
    yield LOAD, 0, 0, ARCHITECTURE_AT
    yield EQUAL, 1, 0, ARCHITECTURES[architecture][1]
    yield _return(KILL)
    yield LOAD, 0, 0, NUMBER_AT
    yield AT_LEAST, 0, 1, X32
    yield _return(KILL)
    # What came after this list was made is absent: its callers know what to do on older kernels.
    yield ABOVE, 0, 1, max(known.values())
    yield _return(_refuse(ENOSYS))
    for name in ABSENT:
        yield EQUAL, 0, 1, known[name]
        yield _return(_refuse(ENOSYS))
    for name, condition in CONDITIONS.items():
        block = list(_judge(condition))
        yield EQUAL, 0, len(block), known[name]
        yield from block
    for lowest, highest in _ranges(sorted(known.values())):
        yield ABOVE, 3, 0, highest
        yield AT_LEAST, 0, 1, lowest
        yield _return(ALLOW)
        yield _return(_refuse(EPERM))
    yield _return(_refuse(EPERM))


def _judge(condition: Condition) -> Iterator[Instruction]:
    """Looks at the first argument and returns."""
    if condition.values:
        yield LOAD, 0, 0, ARGUMENT_AT + 4
        yield EQUAL, 0, 1 + 2 * len(condition.values), 0
        yield LOAD, 0, 0, ARGUMENT_AT
        for value in condition.values:
            yield EQUAL, 0, 1, value
            yield _return(ALLOW)
        yield _return(_refuse(condition.refusal))
    else:
        yield LOAD, 0, 0, ARGUMENT_AT
        yield ANY_BIT, 1, 0, condition.unset
        yield _return(ALLOW)
        yield _return(_refuse(condition.refusal))


def _ranges(ascending: list[int]) -> Iterator[tuple[int, int]]:
    """Runs of numbers without a gap: the lowest and the highest of each."""
    lowest = highest = ascending[0]
    for number in ascending[1:]:
        if number > highest + 1:
            yield lowest, highest
            lowest = number
        highest = number
    yield lowest, highest


def _return(action: int) -> Instruction:
    return RETURN, 0, 0, action


def _refuse(number: int) -> int:
    """Let a call fail with an errno."""
    return 0x00050000 | number
