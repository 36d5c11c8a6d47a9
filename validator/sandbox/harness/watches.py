"""Watches of objects: what has changed since a version, then every change, as a Kubernetes API server tells it.

Pure: changes in, lines of JSON out. A watch lives as long as the connection that reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Manifest = Mapping[str, Any]
ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"
_INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}
"""What a bookmark has that ends the objects which were there before."""


WATCHED = frozenset({"storytriggers", "storyruns", "stories"})
"""What a controller changes, by plural."""


@dataclass(slots=True)
class Watch:
    """One of them: until it is opened it gathers what it has to say first."""

    plural: str
    covers: Callable[[Manifest], bool]
    """Whether an object is among those that are watched."""
    seconds: float = 0.0
    """After which it ends; 0 for never."""
    on_send: Callable[[Manifest], None] = lambda manifest: None
    """Is told of each object that is sent."""
    on_close: Callable[[], None] = lambda: None
    """Is called when nobody reads it any more."""
    _send: Callable[[bytes], None] | None = None
    _first: list[tuple[str, Manifest]] = field(default_factory=list)

    def open(self, send: Callable[[bytes], None]) -> None:
        """Send what has gathered, and from now on every change."""
        self._send = send
        for kind, manifest in self._first:
            self._tell(kind, manifest)
        self._first.clear()

    def close(self) -> None:
        """End it."""
        self._send = None
        self.on_close()

    def change(self, before: Manifest | None, now: Manifest | None) -> None:
        """An object has come, has changed or has gone; one that is no longer covered has gone, too."""
        was = before is not None and self.covers(before)
        if now is not None and self.covers(now):
            self._tell(MODIFIED if was else ADDED, now)
        elif was and before is not None:
            self._tell(DELETED, now if now is not None else before)

    def there(self, manifest: Manifest, since: int) -> None:
        """An object that is there when the watch begins; it has changed after this version, if at all."""
        metadata = manifest["metadata"]
        if self.covers(manifest) and int(metadata["resourceVersion"]) > since:
            self._tell(ADDED, manifest)

    def bookmark(self, api_version: str, kind: str, version: int) -> None:
        """All that were there are told."""
        metadata = {"resourceVersion": str(version), "annotations": _INITIAL_EVENTS_END}
        self._tell("BOOKMARK", {"apiVersion": api_version, "kind": kind, "metadata": metadata})

    def _tell(self, kind: str, manifest: Manifest) -> None:
        if self._send is None:
            self._first.append((kind, manifest))
            return
        self._send(json.dumps({"type": kind, "object": manifest}, separators=(",", ":")).encode() + b"\n")
        self.on_send(manifest)


class Watches:
    """All that are open."""

    def __init__(self) -> None:
        self._open: list[Watch] = []
        self._gone: dict[str, int] = {}
        """The version at which an object of a kind (plural) was last deleted."""

    def begin(self, watch: Watch) -> Watch:
        """Let one hear of changes until it is closed."""
        self._open.append(watch)
        watch.on_close = lambda: self._open.remove(watch)
        return watch

    def has_missed(self, plural: str, since: int) -> bool:
        """Whether something was deleted after a version: what it was is not known any more."""
        return 0 < since < self._gone.get(plural, 0)

    def changed(self, plural: str, before: Manifest | None, now: Manifest) -> None:
        """An object has come, or has changed."""
        self._tell(plural, before, now)

    def deleted(self, plural: str, manifest: Manifest, version: int) -> None:
        """An object has gone."""
        self._gone[plural] = version
        metadata = {**manifest["metadata"], "resourceVersion": str(version)}
        self._tell(plural, {**manifest, "metadata": metadata}, None)

    def _tell(self, plural: str, before: Manifest | None, now: Manifest | None) -> None:
        for watch in tuple(self._open):
            if watch.plural == plural:
                watch.change(before, now)
