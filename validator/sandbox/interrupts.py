"""Interrupts that wait: what is half made or half removed when a signal raises would be left behind."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Deferral:
    """The signals that came while they are deferred."""

    def __init__(self) -> None:
        self._came: list[int] = []
        self._deferred = True
        self._before: dict[int, signal.Handlers | signal._HANDLER] = {}

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Signals that came before or come while the block runs are handled at once; on no thread but the main one."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._deferred = False
        try:
            self._handle()
            yield
        finally:
            self._deferred = True

    def begin(self) -> None:
        """Note signals instead of handling them."""
        self._before = {int(number): signal.signal(number, self._note) for number in NUMBERS}

    def end(self) -> None:
        """Handle signals as before, those that came first."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._handle()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(number)
        if not self._deferred:
            self._handle()

    def _handle(self) -> None:
        if not self._came:
            return
        number, handler = self._came[0], self._before[self._came[0]]
        self._came.clear()
        if callable(handler):
            # Where the signal came, all may be over by now: the handler gets the place where it is handled.
            handler(number, sys._getframe())
        elif handler is signal.SIG_DFL:
            signal.signal(number, handler)
            signal.raise_signal(number)


@contextmanager
def uninterrupted() -> Iterator[Deferral]:
    """SIGINT and SIGTERM that come while the block runs are handled after it, or where it says `interruptible`.

    Around what must not be torn apart: asking a daemon for one thing, putting everything away, giving work to threads.
    Only the main thread is ever interrupted, so elsewhere this does nothing.
    """
    deferral = Deferral()
    if threading.current_thread() is not threading.main_thread():
        yield deferral
        return
    deferral.begin()
    try:
        yield deferral
    finally:
        deferral.end()
