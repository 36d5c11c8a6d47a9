"""Progress of the scripts on standard error: one line that renews itself on a terminal, whole lines elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Shows how far one piece of work has come. In a log, a line every five seconds is enough."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._printed = time.monotonic()

    def show(self, text: str) -> None:
        """Replace what was shown by `text`."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{text[:width]}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._printed >= SECONDS_BETWEEN_LINES:
            say(text)
            self._printed = time.monotonic()

    def end(self) -> None:
        """Clear the line, so that the next one starts at its beginning."""
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def say(text: str) -> None:
    """A line on standard error."""
    print(text, file=sys.stderr, flush=True)


def follow(
    command: Sequence[str | Path],
    receive: Callable[[str], None],
    seconds: float = threading.TIMEOUT_MAX,
    **variables: str,
) -> tuple[int, list[str]]:
    """Run a command for at most so long, and pass each line of its output to `receive`; its status and all lines."""
    lines = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | variables
    ) as running:
        clock = threading.Timer(seconds, running.kill)
        clock.start()
        try:
            for line in running.stdout or ():
                lines.append(line)
                receive(line)
        finally:
            clock.cancel()  # else Ctrl-C would wait for it
    return running.returncode, lines
