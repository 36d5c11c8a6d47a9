"""Which system calls an engram may make, told by one that tries: the same in both sandboxes.

No socket that is made is ever connected.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from validator.sandbox.pods import seccomp

SOCKETS = """
import errno, json, socket
made, refused = set(), set()
for family in range(64):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind, 1 if (family, kind) == (2, 3) else 0).close()
            made.add((family, kind))
        except OSError as error:
            refused.add((family, kind, errno.errorcode[error.errno]))
print(json.dumps({"made": sorted(made), "refused": sorted(refused)}))
"""
CALLS = """
import ctypes, errno, json, os, platform, sys
libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
def call(number, *arguments):
    ctypes.set_errno(0)
    made = libc.syscall(*map(ctypes.c_long, (number, *arguments)))
    return "done" if made >= 0 else errno.errorcode[ctypes.get_errno()]
NEW_USER, NEW_NET = 0x10000000, 0x40000000
told = {
    "keyctl": call(219 if arm else 250, 0, -3, 1),
    "add_key": call(217 if arm else 248, 0, 0, 0, 0, 0),
    "unshare": call(97 if arm else 272, NEW_USER),
    "clone a namespace": call(220 if arm else 56, NEW_USER | 17, 0, 0, 0, 0),
    "clone3": call(435, 0, 0),
    "io_uring_setup": call(425, 1, 0),
    "bpf": call(280 if arm else 321, 0, 0, 0),
    "perf_event_open": call(241 if arm else 298, 0, 0, 0, 0, 0),
    "userfaultfd": call(282 if arm else 323, 0),
    "mount": call(40 if arm else 165, 0, 0, 0, 0, 0),
    "open_tree": call(428, -100, 0, 0),
    "fsopen": call(430, 0, 0),
    "not yet invented": call(4000),
    "another personality": call(92 if arm else 135, 0x0400000),
    "socket with a high half": call(198 if arm else 41, (1 << 32) | 40, 1, 0),
    "getpid": call(172 if arm else 39),
}
print(json.dumps(told))
"""
FOREIGN = """
import ctypes, json, mmap, os
# mov eax, NUMBER; int 0x80 or syscall; ret: getpid of the 32-bit ABI, and of x32
ABI = {"32 bits": b"\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3", "x32": b"\\xb8\\x27\\0\\0\\x40\\x0f\\x05\\xc3"}
told = {}
for name, code in ABI.items():
    pid = os.fork()
    if not pid:
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(code)
        at = ctypes.addressof(ctypes.c_char.from_buffer(page))
        os._exit(0 if ctypes.CFUNCTYPE(ctypes.c_long)(at)() == os.getpid() else 1)
    told[name] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps(told))
"""


def told(ended: Any) -> Any:
    assert ended.code == 0, ended
    return json.loads(ended.stdout.text)


def test_sockets_are_local_or_of_the_internet(stranger: Any) -> None:
    seen = told(stranger(SOCKETS))
    assert {family for family, _ in seen["made"]} == set(seccomp.FAMILIES)
    others = {reason for family, _, reason in seen["refused"] if family not in seccomp.FAMILIES}
    assert others == {"EAFNOSUPPORT"}
    assert {reason for family, kind, reason in seen["refused"] if family == 2 and kind == 3} == {"EPERM"}


def test_calls_that_reach_into_the_kernel_are_refused(stranger: Any) -> None:
    absent = {"clone3": "ENOSYS", "not yet invented": "ENOSYS"}
    assert told(stranger(CALLS)) == {
        **dict.fromkeys(("keyctl", "add_key", "unshare", "clone a namespace", "io_uring_setup", "bpf"), "EPERM"),
        **dict.fromkeys(("perf_event_open", "userfaultfd", "mount", "open_tree", "fsopen"), "EPERM"),
        **absent,
        "another personality": "EPERM",
        "socket with a high half": "EAFNOSUPPORT",
        "getpid": "done",
    }


@pytest.mark.skipif("x86_64" not in __import__("platform").machine(), reason="machine code of x86_64")
def test_programs_of_another_abi_are_ended(stranger: Any) -> None:
    assert told(stranger(FOREIGN)) == {"32 bits": -31, "x32": -31}


def judged(architecture: str, number: int, argument: int = 0, machine: int = 0) -> int:
    """What the filter returns for a call, by the rules of classic BPF."""
    kernel = machine or seccomp.ARCHITECTURES[architecture][1]
    data = struct.pack("<IIQ6Q", number, kernel, 0, argument, 0, 0, 0, 0, 0)
    instructions = list(struct.iter_unpack("<HBBI", seccomp.program(architecture)))
    at, word = 0, 0
    jumps = {
        seccomp.EQUAL: lambda operand: word == operand,
        seccomp.ABOVE: lambda operand: word > operand,
        seccomp.AT_LEAST: lambda operand: word >= operand,
        seccomp.ANY_BIT: lambda operand: bool(word & operand),
    }
    while True:
        code, if_so, if_not, operand = instructions[at]
        at += 1
        if code == seccomp.RETURN:
            return int(operand)
        if code == seccomp.LOAD:
            (word,) = struct.unpack_from("<I", data, operand)
        else:
            at += if_so if jumps[code](operand) else if_not


ERRNO = 0x00050000


def wanted(architecture: str, number: int, argument: int) -> int:
    """What the policy says of a call."""
    known = seccomp.numbers(architecture)
    name = next((name for name, found in known.items() if found == number), "")
    if number >= seccomp.X32:
        return seccomp.KILL
    if name in seccomp.ABSENT or number > max(known.values()):
        return ERRNO | seccomp.ENOSYS
    if name in seccomp.CONDITIONS:
        condition = seccomp.CONDITIONS[name]
        return seccomp.ALLOW if condition.allows(argument) else ERRNO | condition.refusal
    return seccomp.ALLOW if name else ERRNO | seccomp.EPERM


@pytest.mark.parametrize("architecture", seccomp.ARCHITECTURES)
def test_the_filter_says_what_the_policy_says_of_every_call(architecture: str) -> None:
    for number in (*range(600), seccomp.X32, seccomp.X32 + 41, 0xFFFFFFFF):
        for argument in (0, 1, 16, 40):
            assert judged(architecture, number, argument) == wanted(architecture, number, argument), number
    assert judged(architecture, 0, machine=0x40000003) == seccomp.KILL


@given(st.sampled_from(sorted(seccomp.CONDITIONS)), st.integers(0, 2**64 - 1) | st.integers(0, 64))
def test_the_filter_judges_arguments_as_the_policy_does(name: str, argument: int) -> None:
    for architecture in seccomp.ARCHITECTURES:
        number = seccomp.numbers(architecture)[name]
        assert judged(architecture, number, argument) == wanted(architecture, number, argument)


COMPARED = {
    "SCMP_CMP_EQ": lambda argument, value, _: argument == value,
    "SCMP_CMP_GT": lambda argument, value, _: argument > value,
    "SCMP_CMP_MASKED_EQ": lambda argument, mask, value: argument & mask == value,
}


@given(st.sampled_from(sorted(seccomp.CONDITIONS)), st.integers(0, 2**64 - 1) | st.integers(0, 64))
def test_docker_s_profile_judges_arguments_as_the_policy_does(name: str, argument: int) -> None:
    matching = [entry for entry in entries(name) if COMPARED[entry["args"][0]["op"]](argument, *operands(entry))]
    condition = seccomp.CONDITIONS[name]
    if condition.allows(argument):
        assert [entry["action"] for entry in matching] == ["SCMP_ACT_ALLOW"]
    else:
        assert [entry.get("errnoRet") for entry in matching] in (
            [condition.refusal],
            [] if condition.refusal == 1 else [0],
        )


def entries(name: str) -> Iterator[dict[str, Any]]:
    profile = json.loads(seccomp.profile("amd64"))
    return (entry for entry in profile["syscalls"] if name in entry["names"])


def operands(entry: dict[str, Any]) -> tuple[int, int]:
    (argument,) = entry["args"]
    return argument["value"], argument["valueTwo"]


@pytest.mark.parametrize("architecture", seccomp.ARCHITECTURES)
def test_both_allow_the_same_calls_and_no_other(architecture: str) -> None:
    profile = json.loads(seccomp.profile(architecture))
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    plain = {name for entry in profile["syscalls"] if "args" not in entry for name in entry["names"]}
    known = {*seccomp.numbers(architecture)}
    assert plain | set(seccomp.CONDITIONS) == known
    assert not known & {"io_uring_setup", "keyctl", "bpf", "mount", "unshare", "setns", "userfaultfd", "socketcall"}


def test_numbers_are_those_of_the_kernel() -> None:
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("the kernel's headers are not installed")
    defined = {}
    for line in header.read_text(encoding="utf-8").splitlines():
        if line.startswith("#define __NR_"):
            name, number = line.removeprefix("#define __NR_").split()
            defined[name] = int(number)
    known = seccomp.numbers("amd64")
    assert {name: defined[name] for name in known if name in defined} == {
        name: number for name, number in known.items() if name in defined
    }


def test_the_list_ships_with_the_package() -> None:
    assert seccomp.SYSCALLS.is_relative_to(ROOT / "validator")
