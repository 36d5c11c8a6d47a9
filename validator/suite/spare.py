"""Threads and pods that one case may use beside its own: those that no other case needs at the moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TypeVar

from validator.sandbox.model import Image
from validator.sandbox.pods import Pod
from validator.suite.pool import PodPool

Result = TypeVar("Result")


class CrowdedError(Exception):
    """A run that says nothing: the stand-ins of its pod turned a client away, and only a case's own pod may tell so."""


class Spare:
    """What a scheduler lends to cases while it runs. Threads share it."""

    def __init__(self) -> None:
        self.width = 0
        """Runs at a time; none until something is lent."""
        self._lent: tuple[Executor, PodPool] | None = None

    def lend(self, threads: Executor, pods: PodPool, width: int) -> None:
        """From now on runs may use these threads and pods, `width` of them at a time."""
        self._lent, self.width = (threads, pods), width

    def submit(self, image: Image, work: Callable[[Pod], Result]) -> Future[Result] | None:
        """Do the work in a pod of this image as soon as a thread is free; None where nothing is lent, or the run ends.

        Its exceptions are those of the work, SandboxError when there is no pod, and CrowdedError. Whoever waits for it
        holds a thread: what has not begun has to be taken back (`Future.cancel`) and done there instead.
        """
        if self._lent is None:
            return None
        threads, pods = self._lent

        def run() -> Result:
            with pods.pod(image) as pod:
                result = work(pod)
                if pod.harness.turned_away():
                    raise CrowdedError
                return result

        try:
            return threads.submit(run)
        except RuntimeError:  # the threads take no more: the run is over
            return None
