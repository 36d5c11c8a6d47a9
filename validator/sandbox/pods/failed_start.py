"""An engram that never lived: the image's fault, told like every other end."""

from __future__ import annotations

import time

from validator.sandbox.model import Exit, StartError


class FailedStart:
    """An `EngramProcess` that ended before it began."""

    def __init__(self, error: StartError) -> None:
        self.started = time.monotonic()
        self._exit = Exit(None, start_error=error)

    def wait(self, timeout: float | None = None) -> Exit | None:
        """How it ended."""
        return self._exit

    def terminate(self, grace: float | None = None) -> Exit:
        """How it ended."""
        return self._exit

    def kill(self) -> Exit:
        """How it ended."""
        return self._exit
