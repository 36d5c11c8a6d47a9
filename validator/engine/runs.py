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
        self._begun: dict[str, tuple[Case, Future[Result]]] = {}

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
            self._begun[key] = case, future

    def __call__(self, case: Case) -> Result:
        """What the run came to. Raises SandboxError when the sandbox could not run it in this case's own pod."""
        _, future = self._begun.pop(_key(case), (case, None))
        if future is None or future.cancel():
            return self._work(self._pod, case)
        self._help(future)
        try:
            return future.result()
        except (SandboxError, CrowdedError):
            return self._work(self._pod, case)  # whether it was the engram, the pod of its case tells

    def _help(self, awaited: Future[Result]) -> None:
        """Make runs for which there is no thread yet, as long as the awaited one goes on elsewhere."""
        for key, (case, waiting) in list(self._begun.items()):
            if awaited.done():
                return
            if waiting.cancel():
                self._begun[key] = case, self._run_here(case)

    def _run_here(self, case: Case) -> Future[Result]:
        """What the run comes to here and now, for whoever asks for it later."""
        future: Future[Result] = Future()
        try:
            future.set_result(self._work(self._pod, case))
        except SandboxError as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Take back what has not begun. What runs ends by itself, or with its pod."""
        for _, future in self._begun.values():
            future.cancel()
        self._begun.clear()


def _key(case: Case) -> str:
    """The same for what is the same to an engram; of a search only this changes from run to run."""
    changing: list[Json] = [dict(case.inputs), dict(case.config), [dict(packet) for packet in case.send]]
    return repr(changing)
