"""Patterns outside RE2 against a text, in a child that may take its time, but not ours.

Python's own engine backtracks: `^(a+)+$` against 31 letters holds the lock of the interpreter for hours, and no signal
gets through. A child can be killed.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
from functools import lru_cache

SECONDS = 2.0
"""How long one search may take, the start of the child aside."""
_STARTUP = 30.0
_PROGRAM = """
import json, re, sys
print(flush=True)
for line in sys.stdin:
    pattern, text = json.loads(line)
    try:
        print(json.dumps(re.search(pattern, text) is not None), flush=True)
    except Exception:
        print("null", flush=True)
"""


class DeadlineError(Exception):
    """The search took too long, or the pattern is none; whether the text matches is not known."""


class _Child:
    """One interpreter that searches; started when it is first asked, and again after each kill."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def search(self, pattern: str, text: str) -> bool | None:
        """Whether the pattern is in the text; None where that is not known."""
        question = json.dumps([pattern, text]).encode() + b"\n"
        with self._lock:
            try:
                process = self._started()
                assert process.stdin is not None
                process.stdin.write(question)
                process.stdin.flush()
                answer: object = json.loads(self._line(process, SECONDS))
            except (OSError, ValueError):
                self._end()
                return None
            return answer if isinstance(answer, bool) else None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,  # Ctrl-C is for us alone: at the end of its input it ends by itself
            )
            self._line(self._process, _STARTUP)
        return self._process

    def _line(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
        assert process.stdout is not None
        poll = select.poll()
        poll.register(process.stdout, select.POLLIN)
        if not poll.poll(seconds * 1000):
            raise TimeoutError
        return process.stdout.readline()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                continue


_CHILD = _Child()
_hopeless: set[str] = set()
"""Patterns that took too long once: no second text waits for them."""


@lru_cache(maxsize=4096)
def search(pattern: str, text: str) -> bool:
    """Whether Python's engine finds the pattern in the text. Raises DeadlineError when that is not known in time."""
    found = None if pattern in _hopeless else _CHILD.search(pattern, text)
    if found is None:
        _hopeless.add(pattern)
        raise DeadlineError(pattern)
    return found
