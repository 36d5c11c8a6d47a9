"""One batch case in a pod: a StepRun is opened, the engram runs, and what it did to the StepRun is the truth."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from typing import Any

from validator.sandbox import environment, services
from validator.sandbox.control import Controller, controlled
from validator.sandbox.model import BatchCase, BatchRun, Limits, Request
from validator.sandbox.pods import Pod
from validator.sandbox.step_run import step_run


def run_batch(
    pod: Pod, case: BatchCase, limits: Limits | None = None, controller: Controller | None = None
) -> BatchRun:
    """Run a case to its end, or until its kill timer. Raises SandboxError when the sandbox could not do its work.

    With a `controller` the engram can start stories.
    """
    if not case.services:
        return _run(pod, case, limits, controller)
    with services.serving(pod, case.id, case.services) as served:
        run = _run(pod, served.batch(case), limits, controller)
    return replace(run, services=served.log)


def _run(pod: Pod, case: BatchCase, limits: Limits | None, controller: Controller | None) -> BatchRun:
    began = time.monotonic()
    inputs: Any = dict(case.inputs)
    files: dict[str, Any] = {}
    if case.storage:
        inputs, files = environment.split_large(case.inputs)
    more = {"engram": _engram(case), "manifests": list(case.manifests), "storage": case.storage, "files": files}
    more["controlled"] = controller is not None
    with step_run(pod, case.id, case.identity, **more) as step, controlled(pod, step.name, controller):
        env = environment.batch(case, steprun=step.name, home=step.home, storage=step.storage, inputs=inputs)
        engram = pod.spawn(env, limits, home=step.home, storage=step.storage)
        try:
            in_time = engram.wait(case.timeout)
        finally:
            # Also on the way out of an exception: nothing of a case outlives it.
            ended = engram.kill()
    seen = step.seen
    return BatchRun(
        exit=ended,
        timed_out=in_time is None and ended.signal == signal.SIGKILL,
        status=seen["status"],
        patches=tuple(seen["patches"]),
        result_patch=seen["result"],
        requests=tuple(Request(**request) for request in seen["requests"]),
        unknown=tuple(seen["unknown"]),
        objections=tuple(seen["objections"]),
        limits=tuple(seen["limits"]),
        ignored=tuple(seen["ignored"]),
        refused_patch=seen["refused"],
        files=seen["files"],
        unread=tuple(seen["unread"]),
        steprun=step.name,
        lookups=tuple(seen["lookups"]),
        unrouted=seen["unrouted"],
        seconds=time.monotonic() - began,
    )


def _engram(case: BatchCase) -> str:
    """The Engram among the case's manifests, whose name on the StepRun makes the SDK look schemas up."""
    for manifest in case.manifests:
        metadata = manifest.get("metadata")
        if manifest.get("kind") == "Engram" and isinstance(metadata, dict):
            return str(metadata.get("name", ""))
    return ""
