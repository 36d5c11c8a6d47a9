"""One local process and all it starts: read to the end, waited for, and killed as a group."""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from validator.sandbox.harness import reaping
from validator.sandbox.link import Link
from validator.sandbox.logs import Tail
from validator.sandbox.model import Exit, Limits, StartError, StartFault
from validator.sandbox.pods import confinement
from validator.sandbox.pods.cgroups import Group

CHUNK = 1 << 16
OUT_OF_MEMORY = (
    b"fatal error: out of memory",
    b"runtime: out of memory",
    b"annot allocate memory",
    b"MemoryError",
    b"std::bad_alloc",
)
"""How programs die of the limit on their data: there is no kernel verdict to ask, as there is for containers."""
NOT_STARTED = re.compile(
    r"^(?:bwrap: execvp [^:]*|env: [^:]*|sh: (?:line )?\d+: (?:exec: )?[^:]*): (.*)$", re.MULTILINE
)


class LocalEngram:
    """An `EngramProcess` of this machine. Two threads belong to it: one reads, one waits for the end."""

    def __init__(
        self,
        command: list[str],
        limits: Limits,
        link: Link,
        group: Group | None,
        *,
        status: int,
        passed: tuple[int, ...] = (),
        mark: str = "",
    ) -> None:
        """Start it. `status` is the end of the pipe that bubblewrap's JSON lines come out of; -1 without.

        The command enters its control group, if it has one, by itself, and gives the engram its environment.
        `passed` are the file descriptors that it needs for that. `mark` is a variable that no other engram has, by
        which what has left the process group is found where nothing else holds it.
        """
        self.started = time.monotonic()
        self._group = group
        self._mark = mark.encode()
        self._crowded = False
        self._limits = limits
        self._link = link
        self._status = status
        self._child: dict[str, int] = {}
        self._confined = -1
        """Handle of the engram in its own process namespace, which ends with it."""
        self._killed = False
        self._lock = threading.Lock()
        self._reaped = False
        self._ended = threading.Event()
        self._exit = Exit(None)
        self._stdout = Tail(limits.log)
        self._stderr = Tail(limits.log, OUT_OF_MEMORY)
        self._wake_read, self._wake_write = os.pipe()
        try:
            self._process = subprocess.Popen(
                command,
                env=confinement.ENV,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd="/",
                start_new_session=True,
                pass_fds=passed,
            )
        except BaseException:
            os.close(self._wake_read)
            os.close(self._wake_write)
            if self._status >= 0:
                os.close(self._status)
            raise
        # Should this process die, the harness ends the group.
        link.tell("guard", group=self._process.pid)
        self._reader = threading.Thread(target=self._read, name="engram-output", daemon=True)
        self._reader.start()
        threading.Thread(target=self._reap, name="engram-end", daemon=True).start()

    def wait(self, timeout: float | None = None) -> Exit | None:
        """How it ended; None when it is still running after `timeout` seconds."""
        return self._exit if self._ended.wait(timeout) else None

    def terminate(self, grace: float | None = None) -> Exit:
        """SIGTERM to the engram itself, then after the grace SIGKILL to all."""
        with self._lock:
            if not self._reaped:
                self._killed = True
                with contextlib.suppress(OSError):
                    os.kill(self._child.get("child-pid") or self._process.pid, signal.SIGTERM)
        return self.wait(self._limits.grace if grace is None else grace) or self.kill()

    def kill(self) -> Exit:
        """SIGKILL to the whole group."""
        with self._lock:
            if not self._reaped:
                self._killed = True
                self._crowded = self._group is not None and self._group.is_full()
                self._kill_group()
        self._ended.wait()
        return self._exit

    def _kill_group(self) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._confined >= 0:
            # It may have left the process group.
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._confined, signal.SIGKILL)

    def _follow_child(self, info: dict[str, int]) -> None:
        """Take what bubblewrap says of the engram: above all its number, when it is started."""
        self._child |= info
        if self._confined < 0 and "child-pid" in info and hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                handle = os.pidfd_open(info["child-pid"])
                # Its number may have been used again, if it has ended already: then by nobody's child of ours.
                if _parent(info["child-pid"]) == self._process.pid:
                    self._confined = handle
                else:
                    os.close(handle)

    def _reap(self) -> None:
        # Waited for without reaping first, so that the group's number cannot be used again before it is killed.
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        seconds = time.monotonic() - self.started
        with self._lock:
            self._reaped = True
            self._kill_group()
            code = self._process.wait()
        if self._group is not None:
            # Whatever left the process group is still in this one.
            self._group.end()
        elif self._mark:
            reaping.end_marked(self._mark)
        self._link.tell("unguard", group=self._process.pid)
        os.close(self._wake_write)
        self._reader.join()
        if self._confined >= 0:
            os.close(self._confined)
        self._exit = self._verdict(code, seconds)
        self._ended.set()

    def _read(self) -> None:
        stdout, stderr = self._process.stdout, self._process.stderr
        assert stdout is not None
        assert stderr is not None
        status = bytearray()

        def follow(chunk: bytes) -> None:
            status.extend(chunk)
            self._follow_child(_status(bytes(status)))

        sinks: dict[int, Callable[[bytes], None]] = {}
        sinks |= {stdout.fileno(): self._stdout.feed, stderr.fileno(): self._stderr.feed}
        if self._status >= 0:
            sinks[self._status] = follow
        _feed(sinks, self._wake_read)
        stdout.close()
        stderr.close()
        os.close(self._wake_read)
        if self._status >= 0:
            os.close(self._status)

    def _verdict(self, code: int, seconds: float) -> Exit:
        stdout, stderr = self._stdout.log(), self._stderr.log()
        started = "child-pid" in self._child if self._status >= 0 else True
        number = -code if code < 0 else code - 128 if self._status >= 0 and 128 < code < 160 else None
        missing = NOT_STARTED.search(stderr.text) if "exit-code" not in self._child and not self._killed else None
        start_error = None
        if missing and (code in {1, 126, 127}):
            start_error = StartError(_fault(missing[1]), missing[0])
        elif not started and code and not self._killed:
            start_error = StartError(StartFault.OTHER, stderr.text.strip()[-500:])
        return Exit(
            code=None if number is not None else code,
            signal=number,
            oom=bool(code) and not self._killed and self._stderr.seen,
            stdout=stdout,
            stderr=stderr,
            seconds=seconds,
            start_error=start_error,
            crowded=self._crowded,
            killed=self._killed,
        )


def _feed(sinks: Mapping[int, Callable[[bytes], None]], wake: int) -> None:
    """Hand what each pipe holds to its sink until `wake` is closed: then only what is already in the pipes counts."""
    with selectors.DefaultSelector() as selector:
        for fd in (*sinks, wake):
            os.set_blocking(fd, False)
            selector.register(fd, selectors.EVENT_READ)
        ended = False
        while selector.get_map():
            # What the engram left behind may hold the pipes open.
            ready = selector.select(0 if ended else None)
            if ended and not ready:
                return
            for key, _ in ready:
                ended |= key.fd == wake
                chunk = b"" if key.fd == wake else _read_some(key.fd)
                if chunk:
                    sinks[key.fd](chunk)
                else:
                    selector.unregister(key.fd)


def _read_some(fd: int) -> bytes:
    try:
        return os.read(fd, CHUNK)
    except OSError:
        return b""


def _parent(pid: int) -> int:
    """The parent of a process. Raises OSError when there is none of this number."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return int(stat.rpartition(")")[2].split()[1])


def _status(lines: bytes) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines.splitlines(keepends=True):
        if line.endswith(b"\n"):
            with contextlib.suppress(ValueError):
                found |= json.loads(line)
    return found


def _fault(text: str) -> StartFault:
    lowered = text.lower()
    if "exec format error" in lowered:
        return StartFault.WRONG_ARCHITECTURE
    if "not found" in lowered or "no such file" in lowered:
        return StartFault.MISSING_ENTRYPOINT
    if "permission denied" in lowered:
        return StartFault.NOT_EXECUTABLE
    return StartFault.OTHER
