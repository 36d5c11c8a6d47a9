"""One impulse in a pod: it is started, gets requests, and is stopped; a controller hears of the stories it starts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from validator.findings import Json
from validator.sandbox.control import Controller, controlled
from validator.sandbox.model import Exit, Identity
from validator.sandbox.pods import EngramProcess, Pod
from validator.sandbox.step_run import step_run

GLANCE = 0.5
"""Seconds until it is looked whether the impulse is still there."""
REFUSED = 400
"""The first status that says that nothing comes of a request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to an impulse."""

    port: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: Json

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return "" if self.body is None else self.body if isinstance(self.body, str) else json.dumps(self.body)


@dataclass(frozen=True, slots=True)
class ImpulseCase:
    """Everything that an impulse is told."""

    id: str
    env: Mapping[str, str]
    identity: Identity
    manifests: tuple[Mapping[str, Json], ...]
    requests: Sequence[Request]
    timeout: float
    """Seconds that all of it may take."""


@dataclass(frozen=True, slots=True)
class ImpulseRun:
    """What became of it."""

    statuses: tuple[int, ...]
    """Of the answers: 0 where it did not listen, -1 where it did not answer."""
    ended: bool
    """Whether it ended by itself."""
    exit: Exit


def run_impulse(pod: Pod, case: ImpulseCase, controller: Controller, enough: Callable[[float], bool]) -> ImpulseRun:
    """Run an impulse until it has its requests and `enough` says so, which waits at most the seconds it is given.

    Raises SandboxError when the sandbox could not do its work.
    """
    deadline = time.monotonic() + case.timeout
    more: dict[str, Any] = {"manifests": list(case.manifests), "controlled": True}
    with step_run(pod, case.id, case.identity, **more) as step, controlled(pod, step.name, controller):
        process = pod.spawn({**case.env, "HOME": step.home}, home=step.home)
        try:
            statuses = tuple(_sent(pod, process, one, deadline) for one in case.requests)
            # Whoever refuses every request, or hears none, starts nothing later.
            late = any(0 < status < REFUSED for status in statuses)
            while (
                not enough(GLANCE if late else 0) and late and process.wait(0) is None and time.monotonic() < deadline
            ):
                pass
            ended = process.wait(0) is not None
        finally:
            exit_ = process.kill()
    return ImpulseRun(statuses, ended, exit_)


def _sent(pod: Pod, process: EngramProcess, request: Request, deadline: float) -> int:
    """The status of the answer."""
    status = 0
    while not status and process.wait(0) is None and (left := deadline - time.monotonic()) > 0:
        answer = pod.harness.call(
            "batch.request",
            timeout=left + 10,
            port=request.port,
            method=request.method,
            path=request.path,
            headers={"Content-Type": "application/json", **request.headers},
            body=request.text,
            connect=min(left, GLANCE),
            answer=left,
        )
        status = int(answer["status"])
    return status
