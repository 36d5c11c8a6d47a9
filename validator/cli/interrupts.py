"""What Ctrl-C and SIGTERM do to a command: it unwinds, puts everything away, says what it knows, exits with 128 + n."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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
            raise Interrupted(number)
