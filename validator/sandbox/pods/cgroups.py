"""Control groups around local engrams: a limit on their processes, which RLIMIT_NPROC is not where root runs them.

A pod has a group, named as its folder is, and each engram one below it. Version 1 and version 2 differ only in where
groups can be made (kernel: Documentation/admin-guide/cgroup-v1/pids.rst, cgroup-v2.rst "Delegation").
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from validator.sandbox.harness import reaping

PIDS_CURRENT = "pids.current"
SUBTREE = "cgroup.subtree_control"
ENTER = 'echo 0 >"$1"'
"""Moves a shell, and so what it becomes, into the group whose `Group.entry` is `$1`."""


@dataclass(frozen=True, slots=True)
class Group:
    """The control group of one engram."""

    folder: Path
    limit: int

    @property
    def entry(self) -> Path:
        """Where a process of one thread writes to join it.

        Version 1 takes a single thread at once; for a whole process the kernel first waits for all others: 10 to 30 ms.
        """
        thread = self.folder / "tasks"
        return thread if thread.exists() else self.folder / reaping.PROCS

    def is_full(self) -> bool:
        """Whether it holds as many processes and threads as it may."""
        try:
            return int((self.folder / PIDS_CURRENT).read_text(encoding="ascii")) >= self.limit
        except (OSError, ValueError):
            return False

    def end(self) -> None:
        """Kill all that is in it, and remove it."""
        reaping.end(self.folder)


@dataclass(frozen=True, slots=True)
class Groups:
    """The control groups of one pod."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def open(self, limit: int) -> Group:
        """A new group with a limit on processes and threads. Raises OSError."""
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        (folder / reaping.PIDS_MAX).write_text(str(limit), encoding="ascii")
        return Group(folder, limit)

    def end(self) -> None:
        """Kill all that is in any of them, and remove them."""
        reaping.end(self.folder)


@dataclass(frozen=True, slots=True)
class Cgroups:
    """A place where this process may make control groups with a limit on processes."""

    parent: Path

    def open(self, name: str) -> Groups:
        """The groups of a new pod. Raises OSError."""
        folder = self.parent / name
        folder.mkdir()
        if (folder / SUBTREE).exists():
            (folder / SUBTREE).write_text("+pids", encoding="ascii")
        return Groups(folder)


def find(name: str) -> tuple[Cgroups | None, str]:
    """Where control groups can be made here, or why nowhere. Tries it for real, in a group of this name."""
    if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open"):
        return None, "control groups need Linux"
    reason = "no control group with a limit on processes is mounted"
    for parent in places():
        cgroups = Cgroups(parent)
        try:
            refusal = _refusal(cgroups, name)
        except OSError as error:
            refusal = f"{error.strerror}: {error.filename}"
        if not refusal:
            return cgroups, ""
        reason = f"no control group can be used: {refusal}"
    return None, reason


def _refusal(cgroups: Cgroups, name: str) -> str:
    """Why a process cannot join a group; empty when it can."""
    try:
        group = cgroups.open(name).open(16)
        entered = subprocess.run(["/bin/sh", "-c", ENTER, "sh", group.entry], capture_output=True, check=False)
    finally:
        reaping.end(cgroups.parent / name)
    return entered.stderr.decode(errors="replace").strip()[-200:] if entered.returncode else ""


def places(
    own: Path = Path("/proc/self/cgroup"), mountinfo: Path = Path("/proc/self/mountinfo"), root: Path = Path("/")
) -> list[Path]:
    """Folders in which groups with a limit on processes may be possible, best first.

    In version 2 a group that has processes hands no controllers on (the root does), so that the one above may be
    wanted. No higher: what limits this process should not let its engrams go.
    """
    try:
        groups = own.read_text(encoding="utf-8", errors="replace")
        mounts = mountinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found: list[Path] = []
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        first = "pids" in controllers.split(",")
        if not first and controllers:
            continue
        for mounted, point in _mounts(mounts, "cgroup" if first else "cgroup2"):
            if not (path == mounted or path.startswith(mounted.rstrip("/") + "/")):
                continue
            folder = root / (point + path[len(mounted.rstrip("/")) :]).lstrip("/")
            found += [folder] if first else _delegating(folder)
    return found


def _delegating(folder: Path) -> list[Path]:
    """Of a group of version 2 and the one above it, those that hand controllers on."""
    above = [folder.parent] if (folder.parent / reaping.PROCS).exists() else []
    return [place for place in (folder, *above) if _hands_on(place)]


def _mounts(mountinfo: str, kind: str) -> Iterator[tuple[str, str]]:
    """What is mounted of a file system, and where: the controller `pids` for version 1."""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, (of, _, options) = before.split(), [*after.split(" ", 2), "", "", ""][:3]
        if of == kind and (kind == "cgroup2" or "pids" in re.split(r"[ ,]", options)):
            yield fields[3], fields[4]


def _hands_on(folder: Path) -> bool:
    try:
        return "pids" in (folder / SUBTREE).read_text(encoding="ascii").split()
    except OSError:
        return False
