"""What a run may leave behind: processes, containers, volumes, networks, images, control groups and files."""

from __future__ import annotations

import contextlib
import ctypes
import os
import time
from collections.abc import Iterator
from pathlib import Path

from faults.daemon import PrivateDaemon
from validator.sandbox.pods import cgroups

PR_SET_CHILD_SUBREAPER = 36
DAEMONS = {"dockerd", "containerd", "containerd-shim", "docker", "cat", "unshare"}
"""Names as the kernel has them, of at most 15 characters: what belongs to the daemon or to this suite."""
POLL = 0.05


def adopt_orphans() -> None:
    """From now on whatever loses its parent below this process becomes our child: nothing can slip away."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def orphans() -> set[str]:
    """Processes of ours that nobody waits for, apart from the daemon's. The dead among them are buried."""
    found = set()
    for child, name, state in _children(os.getpid()):
        if name in DAEMONS:
            continue
        if state == "Z":
            with contextlib.suppress(OSError):
                os.waitpid(child, os.WNOHANG)
        else:
            found.add(f"process {child} {name}")
    return found


def kept(daemon: PrivateDaemon) -> set[str]:
    """What the daemon has of ours, apart from images with a name, which are kept on purpose."""
    found = set()
    for kind, arguments in (
        ("container", ("ps", "--all", "--quiet", "--no-trunc")),
        ("volume", ("volume", "ls", "--quiet")),
        ("network", ("network", "ls", "--quiet", "--filter", "type=custom")),
        ("image", ("images", "--quiet", "--filter", "dangling=true")),
    ):
        found |= {f"{kind} {name}" for name in daemon.docker(*arguments).split()}
    return found


def files(folder: Path) -> set[str]:
    """What is in the folder for temporary files."""
    return {f"file {path.name}" for path in folder.iterdir()}


def groups() -> set[str]:
    """Control groups of local engrams whose validator is no more; others may have living ones on this machine."""
    named = [group for parent in cgroups.places() for group in parent.glob("engram-validate-*-*-*-*")]
    # engram-validate-<host>-<process>-<started>-<random>
    return {f"control group {group.name}" for group in named if not Path("/proc", group.name.split("-")[3]).exists()}


def settled(daemon: PrivateDaemon | None, temporary: Path, seconds: float) -> set[str]:
    """What is left once nothing changes for the better any more, or the time is up."""
    end = time.monotonic() + seconds
    while left := orphans() | (groups() if daemon is None else kept(daemon)) | files(temporary):
        if time.monotonic() > end:
            break
        time.sleep(POLL)
    return left


def _children(pid: int) -> Iterator[tuple[int, str, str]]:
    """Number, name and state of each child of a process."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            head, _, rest = entry.read_text(errors="replace").rpartition(")")
            state, parent = rest.split()[:2]
            if int(parent) == pid:
                yield int(entry.parent.name), head.partition("(")[2], state
