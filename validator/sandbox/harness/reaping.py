"""Ending a tree of control groups: all that was ever started in it is killed, however it hid, and its folders removed.

Where there are no control groups, what an engram leaves is found by its environment. Done by the driver at the end
of an engram, and by the harness when the driver is gone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import time
from pathlib import Path

PROCS = "cgroup.procs"
PIDS_MAX = "pids.max"
AT_ONCE = 64
"""Processes that are killed in one go: each takes a file descriptor meanwhile."""
SECONDS = 10.0
"""What outlives SIGKILL by that long hangs in the kernel: the next run sweeps it up."""


def end(group: Path) -> bool:
    """Kill every process of a control group and of those below, and remove them. True when none is left."""
    if not group.is_dir():
        return True
    limit = time.monotonic() + SECONDS
    try:
        # Not by pathlib, which would ask the kernel for each of the files of a group.
        below = [entry.path for entry in os.scandir(group) if entry.is_dir(follow_symlinks=False)]
        left = [path for path in below if not end(Path(path))]
        # With a limit of none, nothing can be started between the looking and the killing.
        with contextlib.suppress(OSError):
            (group / PIDS_MAX).write_text("0", encoding="ascii")
        while True:
            while _kill(group, limit):
                pass
            if left or _remove(group) or time.monotonic() > limit:
                break
            # One that was on its way into the group has come, or one that has ended is not yet out of it: that takes
            # some microseconds more, and nothing tells of them.
            time.sleep(0.001)
    except OSError:
        # It is gone, or another user's.
        pass
    return not group.is_dir()


def end_marked(mark: bytes, proc: Path = Path("/proc")) -> None:
    """Kill what was started with this variable (`NAME=value`), wherever it went (Linux).

    A process that hides from this has changed its environment: only a control group or a namespace holds that.
    """
    limit = time.monotonic() + SECONDS
    while (found := [pid for pid in _numbers(proc) if _has(mark, proc, pid)]) and time.monotonic() < limit:
        for pid in found:
            with contextlib.suppress(OSError):
                handle = os.pidfd_open(pid)
                try:
                    if _has(mark, proc, pid):
                        signal.pidfd_send_signal(handle, signal.SIGKILL)
                        select.select([handle], [], [], max(0.0, limit - time.monotonic()))
                finally:
                    os.close(handle)


def _numbers(proc: Path) -> list[int]:
    try:
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()]
    except OSError:
        return []


def _has(mark: bytes, proc: Path, pid: int) -> bool:
    """Whether a process was started with this variable; one that has ended, or is another user's, was not."""
    try:
        return mark in (proc / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def members(group: Path) -> list[int]:
    """The processes of a control group; those that this process cannot see are left out."""
    return [pid for pid in map(int, (group / PROCS).read_text(encoding="ascii").split()) if pid]


def _kill(group: Path, limit: float) -> bool:
    """Kill some of its processes and wait for their end; False when there are none, or no time."""
    handles: dict[int, int] = {}
    try:
        for pid in members(group)[:AT_ONCE]:
            with contextlib.suppress(OSError):
                handles[pid] = os.pidfd_open(pid)
        # A number may have been used again before it was opened: only what is still listed is meant.
        listed = set(members(group))
        poll = select.poll()
        dying = set()
        for pid, handle in handles.items():
            if pid in listed:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    poll.register(handle, select.POLLIN)
                    dying.add(handle)
        killed = bool(dying)
        while dying:
            ended = poll.poll(max(0.0, limit - time.monotonic()) * 1000)
            if not ended:
                return False
            for handle, _ in ended:
                poll.unregister(handle)
                dying.discard(handle)
    finally:
        for handle in handles.values():
            os.close(handle)
    return killed and time.monotonic() < limit


def _remove(group: Path) -> bool:
    """Remove an empty group; False while something is in it. Raises OSError."""
    try:
        group.rmdir()
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        return False
    return True
