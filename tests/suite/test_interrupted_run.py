"""An interrupt ends a run wherever the main thread is: every place is tried at which Python handles a signal."""

import signal
import sys
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tests.suite.test_scheduler import HOW, IMAGE, Sandbox, unit  # noqa: F401 - a fixture
from validator.cli.interrupts import Interrupts
from validator.rules.sandbox import DAEMON_LOST
from validator.sandbox.model import SandboxError
from validator.suite import scheduler
from validator.suite.events import AllRun, ImageReady

WORKERS = 2


class Hanging(Sandbox):
    """A sandbox in which every case runs until its pod is closed."""

    @contextmanager
    def pod(self, *_):
        over = threading.Event()
        try:
            yield SimpleNamespace(over=over, harness=SimpleNamespace(lost=False), renew=lambda image: True)
        finally:
            over.set()


def interrupted_at(number, unit):  # noqa: F811
    """Interrupt a run at that place after its image is ready; what it came to, and whether it got there."""
    main, begun = threading.current_thread(), threading.Semaphore(0)
    there: list[str] = []
    places = iter(range(1, sys.maxsize))

    def look(frame, event, _):
        # A signal is handled where a function of Python begins, and where one of C has returned.
        place = frame.f_code.co_qualname
        if place.endswith(".tell"):
            return  # of the events of a run only those before its end
        if event in ("call", "c_return") and not there and next(places) == number:
            there.append(place)
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    def observer(event):
        if isinstance(event, (ImageReady, AllRun)):
            sys.setprofile(look if isinstance(event, ImageReady) else None)

    def examine(pod, *_):
        begun.release()
        pod.over.wait()
        raise SandboxError(DAEMON_LOST, doing="waiting", reason="the pod was closed")

    def interrupt_the_wait():
        for _ in range(WORKERS):
            begun.acquire()
        if not there:
            signal.pthread_kill(main.ident, signal.SIGINT)

    waits = threading.Thread(target=interrupt_the_wait, daemon=True)
    waits.start()
    try:
        with Interrupts().handled():
            run_result = scheduler.run(Hanging(), [unit], examine, **{**HOW, "observer": observer, "workers": WORKERS})
    finally:
        sys.setprofile(None)
        for _ in range(WORKERS):
            begun.release()
        waits.join()
    return run_result, bool(there)


@pytest.mark.slow
def test_an_interrupt_ends_a_run_at_every_place(unit):  # noqa: F811
    places = 0
    reached = True
    while reached:
        places += 1
        run_result, reached = interrupted_at(places, unit)
        assert run_result.interrupted == signal.SIGINT, places
        assert [image.digest for image in run_result.images] == [IMAGE.digest]
    assert places > 100
