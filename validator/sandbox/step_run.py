"""The StepRun of a case in the sandbox's Kubernetes API, and what the engram did to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from validator.sandbox.model import Identity
from validator.sandbox.pods import Pod


@dataclass(slots=True)
class StepRun:
    """A StepRun while it is held; `seen` is there when the block has ended."""

    name: str
    home: str
    """`HOME` of its engram: the kubeconfig there leads to this StepRun alone."""
    storage: str = ""
    """The folder for files; empty for none."""
    seen: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def step_run(pod: Pod, case: str, identity: Identity, **more: Any) -> Iterator[StepRun]:
    """Hold a StepRun while the block runs. `more` is for the harness (`Batch.open_case`)."""
    opened = pod.harness.call(
        "batch.open",
        steprun=name_of(case),
        namespace=identity.namespace,
        story=identity.story,
        step=identity.step,
        storyrun=identity.storyrun,
        **more,
    )
    step = StepRun(opened["steprun"], opened["home"], opened["storage"])
    try:
        yield step
    finally:
        step.seen = pod.harness.call("batch.close", steprun=step.name, namespace=identity.namespace)


def name_of(case: str) -> str:
    """A Kubernetes name for a case: lower case, digits and dashes, at most 50 characters."""
    return re.sub(r"[^a-z0-9]+", "-", case.lower()).strip("-")[:50].strip("-") or "case"
