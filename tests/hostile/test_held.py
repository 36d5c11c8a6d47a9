"""What never was a hole, and stays none: an engram that tries it tells how it was refused, in both sandboxes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

TRIES = """
import errno, glob, json, os, socket

def attempt(action):
    try:
        action()
        return "done"
    except socket.gaierror:
        return "no such name"
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)

def written(path, text):
    with open(path, "w") as file:
        file.write(text)

def connected(address, family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_DGRAM) as made:
        made.connect(address)

groups = [path for path in glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True)][:20]
print(json.dumps({
    "route": attempt(lambda: connected(("192.0.2.1", 9))),
    "route of version 6": attempt(lambda: connected(("2001:db8::1", 9), socket.AF_INET6)),
    "broadcast": attempt(lambda: connected(("255.255.255.255", 9))),
    "name": attempt(lambda: socket.getaddrinfo("example.test", 80)),
    "raw": attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()),
    "packet": attempt(lambda: socket.socket(17, socket.SOCK_RAW).close()),
    "kernel": [attempt(lambda: written(path, "1")) for path in (
        "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sys/net/ipv4/ip_forward",
        "/proc/sysrq-trigger", "/proc/self/oom_score_adj_of_another",
    )],
    "groups": [attempt(lambda: written(path, "0")) for path in groups],
    "new group": attempt(lambda: os.mkdir("/sys/fs/cgroup/mine")),
}))
"""
REFUSED = {"EACCES", "EROFS", "ENOENT", "EPERM"}


def test_what_an_engram_tries_is_refused(stranger: Any) -> None:
    ended = stranger(TRIES)
    assert ended.code == 0, ended
    told = json.loads(ended.stdout.text)
    assert {told[way] for way in ("route", "broadcast")} == {"ENETUNREACH"}
    assert told["route of version 6"] in {"ENETUNREACH", "EADDRNOTAVAIL"}
    assert told["name"] == "no such name"
    assert (told["raw"], told["packet"]) == ("EPERM", "EAFNOSUPPORT")
    assert {*told["kernel"], *told["groups"], told["new group"]} <= REFUSED


@pytest.mark.slow
def test_many_cases_leave_nothing(stranger_pod: Any) -> None:
    """60 engrams in a row: no process, no file descriptor and no folder more than before."""
    pod = stranger_pod("print('x')")
    pod.spawn({"HOME": pod.home}).wait(30)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(60):
        ended = pod.spawn({"HOME": pod.home}).wait(30)
        assert ended is not None
        assert (ended.code, ended.stdout.text) == (0, "x\n"), ended
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
    assert not list(Path(pod.store).iterdir())
