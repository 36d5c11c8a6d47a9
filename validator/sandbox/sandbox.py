"""The way in: choose the strongest sandbox that works here, resolve images in it, open pods, leave nothing behind."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from validator.sandbox.model import DEFAULT_LIMITS, Image, ImageSource, Limits, Progress
from validator.sandbox.owner import Owner
from validator.sandbox.owner import current as this_run
from validator.sandbox.pods import Pod
from validator.sandbox.pods.confinement import Confinement
from validator.sandbox.pods.confinement import find as find_confinement


class Sandbox(Protocol):
    """Something that can run engrams. Threads may share it."""

    @property
    def kind(self) -> str:
        """`docker` or `process`."""

    @property
    def reason(self) -> str:
        """Which sandbox and why, in a line."""

    def resolve(self, source: ImageSource, progress: Progress = ...) -> Image:
        """Get an image here: built, loaded, pulled or found. Raises SandboxError with what to do."""

    def pod(self, image: Image, limits: Limits = DEFAULT_LIMITS) -> contextlib.AbstractContextManager[Pod]:
        """A pod for the cases of one image; everything of it is gone when the block ends."""


def quiet(line: str) -> None:
    """The progress of those who want none."""


@dataclass(frozen=True, slots=True)
class ProcessSandbox:
    """Local binaries as processes."""

    confinement: Confinement | None
    reason: str
    owner: Owner
    kind: str = "process"

    def resolve(self, source: ImageSource, progress: Progress = quiet) -> Image:
        """A local binary."""
        from validator.sandbox.binaries import resolve

        return resolve(source)

    @contextlib.contextmanager
    def pod(self, image: Image, limits: Limits = DEFAULT_LIMITS) -> Iterator[Pod]:
        """A pod of processes."""
        from validator.sandbox.pods.process import process_pod

        with process_pod(image, limits, self.confinement, self.owner) as pod:
            yield pod


@contextlib.contextmanager
def open_sandbox(kind: str = "auto") -> Iterator[Sandbox]:
    """The sandbox of this kind, or with `auto` the strongest that works. Raises SandboxError (EV901, EV902)."""
    owner = this_run()
    confinement, why_not = find_confinement()
    how = "confined by bubblewrap" if confinement else f"running UNISOLATED ({why_not})"
    yield ProcessSandbox(confinement, f"process: asked for; {how}", owner)
