"""Where engrams run beside their harness: `docker` (contained) or `process` (local, contained as far as possible).

May import: findings, rules, schemas, and of the sandbox its model, link and logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from validator.sandbox.link import Link
from validator.sandbox.model import Exit, Image, Limits


class EngramProcess(Protocol):
    """One engram that was started. Its output is always read, so that it never blocks on it."""

    def wait(self, timeout: float | None = None) -> Exit | None:
        """How it ended; None when it is still running after `timeout` seconds. May be called again."""

    def terminate(self, grace: float | None = None) -> Exit:
        """SIGTERM, then after the grace (seconds, by default the limits') SIGKILL; how it ended."""

    def kill(self) -> Exit:
        """SIGKILL, for it and all it started; how it ended."""

    @property
    def started(self) -> float:
        """When it was started, on the monotonic clock."""


class Pod(Protocol):
    """One image beside one harness. Several threads may run engrams in it at a time: those of one case."""

    @property
    def image(self) -> Image:
        """What it runs."""

    @property
    def harness(self) -> Link:
        """The stand-in for the platform."""

    @property
    def home(self) -> str:
        """Where the homes of cases are: a kubeconfig there leads to the API, and to no object."""

    @property
    def server(self) -> str:
        """Address of the Kubernetes API, as an engram sees it."""

    @property
    def isolation(self) -> str:
        """In a few words, what keeps an engram in; empty for nothing."""

    def renew(self, image: Image) -> bool:
        """From now on run this image; False when something is left of the cases before, or the harness is gone."""

    def spawn(
        self, env: Mapping[str, str], limits: Limits | None = None, *, home: str = "", storage: str = ""
    ) -> EngramProcess:
        """Start an engram with exactly this environment (the image's own variables come below it).

        It sees its home and its storage, as the harness names them, and those of no other case.
        The image's fault is told by `Exit.start_error`. Raises SandboxError when the sandbox is at fault.
        """
