"""Containers of a daemon of our own: images come over from the daemon that is there, if any."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

from validator.rules import sandbox as rules
from validator.sandbox.daemon import Daemon, connect
from validator.sandbox.dind.nested import CannotNestError, nested_daemon
from validator.sandbox.dind.sibling import sibling_daemon
from validator.sandbox.model import Image, ImageSource, Progress, SandboxError
from validator.sandbox.owner import Owner
from validator.sandbox.pulls import Registries


@contextlib.contextmanager
def inner_daemon(owner: Owner, outer: Daemon | None, progress: Progress) -> Iterator[tuple[Daemon, str]]:
    """A daemon of our own, and where it is: here when it may, else in a container beside.

    Raises SandboxError (EV902).
    """
    reasons: list[str] = []
    with contextlib.ExitStack() as stack:
        ways: list[tuple[str, AbstractContextManager[str]]] = [
            ("beside this process, in namespaces of its own", nested_daemon(owner))
        ]
        if outer is not None:
            ways.append(("in a container beside this process", sibling_daemon(outer, owner, progress)))
        for where, way in ways:
            try:
                endpoint = stack.enter_context(way)
            except CannotNestError as error:
                reasons.append(f"{where}: {error}")
                continue
            yield stack.enter_context(connect(endpoint)), where
            return
        if outer is None:
            reasons.append("in a container beside it: no Docker daemon answers that could start one")
    raise SandboxError(rules.NO_SANDBOX, kind="dind", reason="; ".join(reasons))


class Mover:
    """Brings images of one daemon to another, each once."""

    def __init__(self, outer: Daemon | None, inner: Daemon, owner: Owner) -> None:
        self._outer = outer
        self._inner = inner
        self._owner = owner
        self._lock = threading.Lock()

    def resolve(self, source: ImageSource, progress: Progress, registries: Registries | None) -> Image:
        """An image of the inner daemon. Raises SandboxError with what to do."""
        from docker.errors import ImageNotFound

        from validator.sandbox import images

        if self._outer is None:
            return images.resolve(self._inner, source, progress, self._owner, registries)
        image = images.resolve(self._outer, source, progress, self._owner, registries)
        with self._lock, self._inner.at_work(f"moving {image.reference}"):
            try:
                self._inner.client.inspect_image(image.id)
            except ImageNotFound:
                progress(f"moving {image.reference} to the inner daemon")
                for event in self._inner.client.load_image(self._outer.client.get_image(image.id)):
                    if "error" in event:
                        raise SandboxError(
                            rules.LOAD_FAILED,
                            file=image.reference,
                            reason=str(event["error"]).strip(),
                            provenance=source.provenance,
                        ) from None
        return image
