"""Progress of the scripts on standard error: one line that renews itself on a terminal, whole lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time

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
