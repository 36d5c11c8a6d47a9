"""The driver's end of the stories that an engram starts: a controller is told what the engram does, and answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias

from validator.findings import Json
from validator.sandbox.harness.story_objects import CHANGED, DELETED, REPEATED, SEEN
from validator.sandbox.link import CallError
from validator.sandbox.model import SandboxError
from validator.sandbox.pods import Pod

Put: TypeAlias = Callable[[Sequence[Mapping[str, Json]]], None]
"""Puts objects where the engram finds them. Any thread may call it."""


class Controller(Protocol):
    """Decides of StoryTriggers, and plays StoryRuns. It is told of one thing after the other."""

    def begin(self, put: Put) -> None:
        """The engram is about to start."""

    def changed(self, manifest: Mapping[str, Json]) -> None:
        """The engram created or changed a Story, a StoryTrigger or a StoryRun."""

    def repeated(self, manifest: Mapping[str, Json]) -> None:
        """The engram wanted to create one that is there already."""

    def deleted(self, manifest: Mapping[str, Json]) -> None:
        """The engram deleted an object, of which its kind, namespace and name are told."""

    def seen(self, run: str) -> None:
        """The engram saw a StoryRun that is over."""

    def finish(self) -> None:
        """The engram has ended. Returns when nothing is played any more."""


@contextmanager
def controlled(pod: Pod, steprun: str, controller: Controller | None) -> Iterator[None]:
    """Let a controller, if there is one, work while the block runs, and until it is done."""
    if controller is None:
        yield
        return

    def put(manifests: Sequence[Mapping[str, Json]]) -> None:
        pod.harness.call("batch.put", steprun=steprun, manifests=[dict(one) for one in manifests])

    problems: list[Exception] = []
    with pod.harness.subscribed(steprun) as events:

        def listen() -> None:
            handlers: dict[str, Callable[[Any], None]] = {
                CHANGED: controller.changed,
                REPEATED: controller.repeated,
                DELETED: controller.deleted,
                SEEN: controller.seen,
            }
            while (event := events.get())[0] not in (_OVER, "lost"):
                if event[0] in handlers and not problems:
                    try:
                        handlers[event[0]](event[1])
                    except (SandboxError, CallError) as error:
                        problems.append(error)  # the engram waits in vain, and ends with its timer

        controller.begin(put)
        listener = threading.Thread(target=listen, name="stories", daemon=True)
        listener.start()
        try:
            yield
        finally:
            events.put((_OVER, None))
            listener.join()
            controller.finish()
    if problems:
        raise problems[0]


_OVER = "story.over"
