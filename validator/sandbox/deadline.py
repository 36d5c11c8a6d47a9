"""A limit of time on a peer that may say nothing for as long as it likes."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any


class Deadline:
    """Hangs up on a peer once its time is over."""

    def __init__(self, seconds: float, *ends: Callable[[], None]) -> None:
        self.over = False
        self._ends = list(ends)
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, file: Any) -> None:
        """Take the connection on which the peer talks."""
        connection = getattr(file, "_sock", file)
        self._ends.append(lambda: connection.shutdown(socket.SHUT_RDWR))

    def _end(self) -> None:
        self.over = True
        for end in self._ends:
            with contextlib.suppress(OSError):
                end()
