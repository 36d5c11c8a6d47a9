"""Runs of one case with changes, begun early where the scheduler has something to spare."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from validator.findings import Json
from validator.sandbox.model import Image, SandboxError
from validator.sandbox.pods import Pod
from validator.suite.cases import Case
from validator.suite.spare import CrowdedError, Spare

Result = TypeVar("Result")


class Runs(Generic[Result]):
    """A function from a case to what its run came to. One thread calls it."""

    def __init__(self, work: Callable[[Pod, Case], Result], pod: Pod, image: Image, spare: Spare) -> None:
        self._work = work
        self._pod = pod
        self._image = image
        self._spare = spare
        self._begun: dict[str, Future[Result]] = {}

    @property
    def width(self) -> int:
        """How many runs are worth beginning before their results are wanted."""
        return self._spare.width

    def begin(self, case: Case) -> None:
        """Run the case as soon as there is a thread and a pod for it, if it has not begun yet."""
        key = _key(case)
        if key in self._begun:
            return
        future = self._spare.submit(self._image, lambda pod: self._work(pod, case))
        if future is not None:
            self._begun[key] = future

    def __call__(self, case: Case) -> Result:
        """What the run came to. Raises SandboxError when the sandbox could not run it in this case's own pod."""
        future = self._begun.pop(_key(case), None)
        if future is not None and not future.cancel():
            try:
                return future.result()
            except (SandboxError, CrowdedError):
                pass  # whether it was the engram, the pod of its case tells
        return self._work(self._pod, case)

    def close(self) -> None:
        """Take back what has not begun. What runs ends by itself, or with its pod."""
        for future in self._begun.values():
            future.cancel()
        self._begun.clear()


def _key(case: Case) -> str:
    """The same for what is the same to an engram; of a search only this changes from run to run."""
    changing: list[Json] = [dict(case.inputs), dict(case.config), [dict(packet) for packet in case.send]]
    return repr(changing)
