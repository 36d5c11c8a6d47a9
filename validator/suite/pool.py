"""The pods of a run: one case at a time in each, so that no engram ever meets the processes of another case.

Cases of one pod share its loopback device. That they are never there together needs no credential, which not every
client could show, and tells whose fault it is when a harness ends. A pod that is left whole serves further cases.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from validator.rules import sandbox as rules
from validator.sandbox.interrupts import uninterrupted
from validator.sandbox.model import Image, Limits, SandboxError
from validator.sandbox.pods import Pod
from validator.sandbox.sandbox import Sandbox


class PodPool:
    """Pods by whether a case is in them. Threads share it."""

    def __init__(self, sandbox: Sandbox, limits: Limits) -> None:
        self._sandbox = sandbox
        self._limits = limits
        self._lock = threading.Lock()
        self._idle: list[Pod] = []
        self._open: dict[int, ExitStack] = {}
        """What closes each pod, by its identity."""
        self._closed = False

    @contextmanager
    def pod(self, image: Image) -> Iterator[Pod]:
        """A pod for one case of this image, and for nothing else while the block runs.

        Raises SandboxError when none can be opened, or the pool is closed.
        """
        pod = self._renewed(image) or self._new(image)
        try:
            yield pod
        finally:
            with self._lock:
                self._idle.append(pod)

    def close(self) -> None:
        """Close every pod, side by side: cases that still run in one end with it."""
        with self._lock:
            self._closed = True
            stacks = list(self._open.values())
            self._open.clear()
        if not stacks:
            return
        with uninterrupted(), ThreadPoolExecutor(len(stacks), "close") as threads:
            closed = [threads.submit(stack.close) for stack in stacks]
        for each in closed:
            each.result()

    def _renewed(self, image: Image) -> Pod | None:
        """One that is idle and as good as new; None when there is none."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                pod = self._idle.pop()
            if pod.renew(image):
                return pod
            with self._lock:
                stack = self._open.pop(id(pod), None)
            if stack is not None:
                stack.close()

    def _new(self, image: Image) -> Pod:
        with ExitStack() as stack:
            pod = stack.enter_context(self._sandbox.pod(image, self._limits))
            with self._lock:
                if self._closed:
                    raise SandboxError(rules.HARNESS_FAILED, reason="the run is over")
                self._open[id(pod)] = stack.pop_all()
        return pod
