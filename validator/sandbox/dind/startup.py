"""How a daemon is started so that it disturbs no other one, and ends with whoever holds its standard input."""

from __future__ import annotations

import re

READY = b"API listen on"
"""What dockerd says when it answers."""
SECONDS = 60.0
"""The longest that a daemon may take to start."""

SCRIPT = r"""
mount -o remount,bind,rw /sys/fs/cgroup 2>/dev/null
for controller in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$controller" 2>/dev/null; done
mount -o remount,bind,rw /proc/sys 2>/dev/null
ip link set lo up 2>/dev/null
mkdir -p "$1/data" "$1/exec"
dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/docker.sock" \
    --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false 2>&1 </dev/null &
cat >/dev/null
kill $! 2>/dev/null
wait $!
"""
"""Runs as the first process of a pid namespace: when it ends, everything that the daemon started ends as well.

A container may have its cgroups read-only, and a daemon needs them (contract/docker.md, "Docker-in-Docker"). No bridge:
pods have no network, and another daemon's bridge must not be touched.
"""


def command(folder: str) -> list[str]:
    """What starts a daemon with everything of it below a folder."""
    return ["sh", "-c", SCRIPT, "sh", folder]


def complaint(log: bytes) -> str:
    """Why a daemon did not start: its last sentence of weight, else its last line."""
    lines = [line for line in log.decode(errors="replace").splitlines() if line.strip()]
    heavy = [
        line for line in lines if re.search(r"level=(?:fatal|error)|failed to start|Permission|not permitted", line)
    ]
    last = next(reversed(heavy or lines), "it ended without a word")
    said = re.search(r'(?:msg|error)="((?:[^"\\]|\\.)*)"', last)
    return (said[1] if said else last).strip()[:300]
