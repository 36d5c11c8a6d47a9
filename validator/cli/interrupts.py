"""What Ctrl-C and SIGTERM do to a command: it unwinds, puts everything away, says what it knows, exits with 128 + n."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

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
        before = {number: signal.signal(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

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
