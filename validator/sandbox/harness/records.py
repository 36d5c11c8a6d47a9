"""What is remembered of the requests that belong to one StepRun, bounded whatever an engram does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from validator.sandbox.harness.http import HttpRequest

REQUEST_LIMIT = 1000
"""Requests kept in full; the others are counted."""
BODY_LIMIT = 64 << 10
"""Bytes of a body shown with its request."""
BODY_BYTES = 2 << 20
"""Of all bodies shown; documents take many times as much in memory."""
PATCH_BYTES = 4 << 20
"""Of the patches that are kept whole; the last with a phase always is."""
UNKNOWN_LIMIT = 100
KIND_LIMIT = 100
"""Requests kept beyond that, each the first of its kind: whoever asks whether something was ever done, hears it."""


@dataclass(slots=True)
class Record:
    """The traffic of one case."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    body_bytes: int = 0
    patches: list[dict[str, Any]] = field(default_factory=list)
    patch_bytes: int = 0
    unknown: list[str] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    """What was refused for no other reason than that this is a stand-in."""
    ignored: list[str] = field(default_factory=list)
    """Writes that changed nothing: no result, if none came besides."""
    result: dict[str, Any] | None = None
    refused: dict[str, Any] | None = None
    """The last status with a phase that was refused."""
    kinds: set[tuple[str, str, int]] = field(default_factory=set)

    def add(self, entry: dict[str, Any], resource: str = "") -> None:
        """Remember a request, which is about objects of this kind (plural)."""
        self.total += 1
        kind = (str(entry["method"])[:16], resource, int(entry["status"]))
        new = kind not in self.kinds and len(self.kinds) < KIND_LIMIT
        if new:
            self.kinds.add(kind)
        if len(self.requests) < REQUEST_LIMIT or new:
            self.body_bytes += entry.pop("size", 0)
            self.requests.append(entry if self.body_bytes <= BODY_BYTES else entry | {"body": None})

    def add_unknown(self, what: str) -> None:
        """Remember a request that nothing here answers."""
        if len(self.unknown) < UNKNOWN_LIMIT and what not in self.unknown:
            self.unknown.append(what)

    def object_to(self, *reasons: str) -> None:
        """Remember why a real API server refuses something."""
        for reason in reasons:
            if len(self.objections) < UNKNOWN_LIMIT and reason not in self.objections:
                self.objections.append(reason)

    def add_limit(self, what: str) -> None:
        """Remember that a limit of our own bit."""
        if len(self.limits) < UNKNOWN_LIMIT and what not in self.limits:
            self.limits.append(what)

    def ignore(self, what: str) -> None:
        """Remember a write that a real API server finds no place for."""
        if what and len(self.ignored) < UNKNOWN_LIMIT and what not in self.ignored:
            self.ignored.append(what)

    def add_patch(self, status: dict[str, Any], size: int) -> bool:
        """Remember the status of a patch; whether it is a result, that is, carries a phase."""
        if self.patch_bytes + size <= PATCH_BYTES:
            self.patch_bytes += size
            self.patches.append(status)
        if not status.get("phase"):
            return False
        self.result = status
        return True


def entry(request: HttpRequest, status: int, body: Any) -> dict[str, Any]:
    """A request as it is reported."""
    shown = body if len(request.body) <= BODY_LIMIT else json.dumps(body)[:BODY_LIMIT] + "…"
    content_type = request.headers.get("content-type", "")
    target = request.target[:2048]
    return {
        "method": request.method,
        "path": target,
        "status": status,
        "content_type": content_type,
        "body": shown,
        "size": min(len(request.body), BODY_LIMIT),
    }
