"""What Ctrl-C and SIGTERM do to a command: it unwinds, puts everything away, says what it knows, exits with 128 + n."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from validator.sandbox.interrupts import NUMBERS, uninterrupted

AGAIN = 0.05
"""Seconds after which a signal that Python has not handled is sent to the main thread again."""
IMPORTING = "<frozen importlib._bootstrap>"
"""What the code of Python's import statement is called in a frame."""


class Interrupted(KeyboardInterrupt):
    """A signal that ends a run early."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = number


class Interrupts:
    """The first signal ends the work by an exception; later ones must not break the tidying that follows."""

    def __init__(self) -> None:
        self.came = 0
        """The first signal; 0 when there was none."""
        self._patient = False

    def be_patient(self) -> None:
        """From here on signals are only noted: all is done but the telling, which is short."""
        self._patient = True

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM while the block runs."""
        before = {number: signal.signal(number, self._handle) for number in NUMBERS}
        try:
            with self._delivered():
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def _delivered(self) -> Iterator[None]:
        """See that signals reach the main thread while the block runs.

        Python only notes a signal, and handles it when the main thread next runs Python. One that comes after the
        thread's last look, while it gives way to another thread on its way into a wait for a lock, does not end that
        wait: nobody would hear of it until the lock is free.
        """
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        over = threading.Event()
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        watcher = threading.Thread(target=self._watch, args=(reading, over), name="signals", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            with uninterrupted():
                signal.set_wakeup_fd(before)
                over.set()
                os.close(writing)
                watcher.join()

    def _watch(self, reading: int, over: threading.Event) -> None:
        """Send each signal that comes again until it was handled, or all is over."""
        main = threading.main_thread().ident
        with os.fdopen(reading, "rb", buffering=0) as numbers:
            while number := numbers.read(1):
                while main and number[0] in NUMBERS and not self.came and not over.wait(AGAIN):
                    signal.pthread_kill(main, number[0])

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            return
        self.came = number
        if not self._patient:
            outside_imports(frame, Interrupted(number))


def wait_for_imports() -> None:
    """From here on Ctrl-C raises as ever, but never inside an import."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, frame: outside_imports(frame, Interrupted(number)))


def outside_imports(frame: FrameType | None, error: BaseException) -> None:
    """Raise an error now, or where the import that the frame is part of has ended.

    Inside one, libraries turn it into an error of their own or go on without what they wanted, and half a module stays.
    """
    importing = None
    while frame is not None:
        if frame.f_code.co_filename == IMPORTING:
            importing = frame.f_back
        frame = frame.f_back
    if importing is None:
        raise error

    def interrupt(*_: object) -> NoReturn:
        raise error

    # Whatever this frame does next, it is told to its trace function, which Python asks only while it traces at all.
    importing.f_trace = interrupt
    sys.settrace(_nothing)


def _nothing(*_: object) -> None:
    """Traces no frame that begins."""
