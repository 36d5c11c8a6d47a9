"""What the classic builder leaves of a build that fails: an image without a name for each step before."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Iterable, Iterator
from typing import Any

from validator.sandbox.daemon import Daemon
from validator.sandbox.interrupts import uninterrupted

SECONDS = 10
"""How long the container of a step that was cancelled may take to go: its image cannot go before."""
_IMAGE = re.compile(r" ---> ([0-9a-f]{12})\s*")
_RUNNING = re.compile(r" ---> Running in ([0-9a-f]{12})\s*")


class Intermediate:
    """Images of steps, as far as the daemon's words tell: a step may say the same words, so they are only a hint."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._before = frozenset(daemon.client.images(all=True, quiet=True))
        self._images: list[str] = []
        self._container = ""

    def noted(self, events: Iterable[dict[str, Any]]) -> Generator[dict[str, Any], None, None]:
        """The events as they are."""
        for event in events:
            text = str(event.get("stream", ""))
            if found := _IMAGE.fullmatch(text):
                self._images.append(found[1])
            elif found := _RUNNING.fullmatch(text):
                self._container = found[1]
            yield event

    def remove(self) -> None:
        """Remove what was not there before and has no name, children first."""
        import requests
        from docker.errors import APIError, DockerException

        client = self._daemon.client
        with contextlib.suppress(DockerException, requests.RequestException):
            if self._container:
                client.wait(self._container, timeout=SECONDS, condition="removed")
        for short in reversed(dict.fromkeys(self._images)):
            with contextlib.suppress(APIError):
                details = client.inspect_image(short)
                if details["Id"] not in self._before and not details["RepoTags"] and not details["RepoDigests"]:
                    client.remove_image(details["Id"], noprune=True)


@contextlib.contextmanager
def removed(daemon: Daemon) -> Iterator[Intermediate]:
    """Nothing is left of the build in the block unless it ends well. Raises what docker raises."""
    import requests

    found = Intermediate(daemon)
    try:
        yield found
    except BaseException:
        with uninterrupted(), contextlib.suppress(requests.RequestException):
            found.remove()
        raise
