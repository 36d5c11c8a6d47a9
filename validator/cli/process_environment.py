"""The environment of this very process, out of sight of the programs that it starts.

Linux shows what a process was started with to every other process of its user, whatever became of it since: in
/proc/PID/environ, a piece of the process's own memory (proc(5)). An engram that nothing confines would read the
tokens of a job there. So that piece is cleared; what is needed of it lives on in a copy.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

UNNEEDED = ("ACTIONS_", "INPUT_")
"""Beginnings of variables that are for an action's own program: neither a run nor what it starts needs any."""
TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
"""Tokens that a job often has in its environment, and that a run never looks for."""
_START, _END = 47, 48
"""Where the fields `env_start` and `env_end` of /proc/PID/stat are, counted from the state (proc(5))."""


def conceal() -> None:
    """Drop what no run needs, and clear the piece of memory that /proc/self/environ shows (Linux only)."""
    for name in list(os.environ):
        if name.startswith(UNNEEDED) or name in TOKENS:
            del os.environ[name]
    if not sys.platform.startswith("linux"):
        return
    start, end = _initial()
    if not 0 < start < end:
        return
    for name, value in os.environ.items():
        os.putenv(name, value)  # a copy: where it was until now is cleared
    ctypes.memset(start, 0, end - start)


def _initial() -> tuple[int, int]:
    """Where the environment that this process was started with begins and ends; zeros when nobody tells."""
    try:
        fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[_START]), int(fields[_END])
    except (OSError, ValueError, IndexError):
        return 0, 0
