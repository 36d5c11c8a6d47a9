"""How a daemon is started so that it disturbs no other one, and ends with whoever holds its standard input."""

from __future__ import annotations

import re

READY = b"API listen on"
"""What dockerd says when it answers."""
SECONDS = 60.0
"""The longest that a daemon may take to start."""

PREPARE = r"""
groups=/sys/fs/cgroup
mount -o remount,bind,rw $groups 2>/dev/null
for controller in $groups/*/; do mount -o remount,bind,rw "$controller" 2>/dev/null; done
if [ -e $groups/cgroup.type ]; then
    mkdir -p $groups/init
    for _ in 1 2 3 4 5; do
        while read -r process; do echo "$process" >$groups/init/cgroup.procs; done <$groups/cgroup.procs
        sed 's/[^ ][^ ]*/+&/g' $groups/cgroup.controllers >$groups/cgroup.subtree_control && break
    done 2>/dev/null
fi
exec "$@"
"""
"""Makes the control groups of a container fit for containers in it, then becomes what it is given.

They may be read-only (contract/docker.md, "Docker-in-Docker"). In version 2 a group that has processes hands no
controllers on, but for the root of all, the only one without a `cgroup.type` (kernel:
Documentation/admin-guide/cgroup-v2.rst, "No Internal Process Constraint"): so all that runs in the container goes one
group down. More than once, because processes begin meanwhile; and outside a new pid namespace, where they are seen.
"""
SCRIPT = r"""
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

No bridge: pods have no network, and another daemon's bridge must not be touched.
"""


def command(folder: str, *namespaces: str) -> list[str]:
    """What starts a daemon with everything of it below a folder, by way of a command that makes namespaces for it."""
    return ["sh", "-c", PREPARE, "sh", *namespaces, "sh", "-c", SCRIPT, "sh", folder]


def complaint(log: bytes) -> str:
    """Why a daemon did not start: its last sentence of weight, else its last line."""
    lines = [line for line in log.decode(errors="replace").splitlines() if line.strip()]
    heavy = [
        line for line in lines if re.search(r"level=(?:fatal|error)|failed to start|Permission|not permitted", line)
    ]
    last = next(reversed(heavy or lines), "it ended without a word")
    match = re.search(r'(?:msg|error)="((?:[^"\\]|\\.)*)"', last)
    return (match[1] if match else last).strip()[:300]
