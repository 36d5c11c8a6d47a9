"""A limit of processor time for one question, for what counted steps do not foresee (a pattern, a deep comparison)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from validator.schemas.containment.budget import ExhaustedError


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise ExhaustedError in the block once it has used this much, in the main thread only.

    Elsewhere counted steps have to do. Once is not enough where something catches every exception, so that the alarm
    goes on until the block has ended.
    """
    unused = signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    if threading.current_thread() is not threading.main_thread() or not unused:
        yield
        return

    def stop(_: int, __: FrameType | None) -> None:
        raise ExhaustedError(f"more than {seconds:g} s of work")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
