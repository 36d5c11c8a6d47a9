"""Locks on open files. The kernel gives one back when its process ends, in whatever way, so that none is ever left."""

from __future__ import annotations

from typing import IO


def lock(file: IO[bytes], *, wait: bool) -> bool:
    """Keep every other process from locking this file, until it is closed.

    False where files cannot be locked at all. Raises BlockingIOError when another process has it, unless told to wait.
    """
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise
    except (ImportError, OSError):  # not on this system, or not on this file system
        return False
    return True
