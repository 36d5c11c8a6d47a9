"""What is remembered of the requests that belong to one StepRun, bounded whatever an engram does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from validator.sandbox.harness.http import HttpRequest

REQUEST_LIMIT = 1000
"""Requests kept in full; the others are counted."""
BODY_LIMIT = 64 << 10
"""Bytes of a body shown with its request. Patches are kept whole, up to PATCH_BYTES in all."""
PATCH_BYTES = 32 << 20
UNKNOWN_LIMIT = 100
PHASES = frozenset({
    "Pending", "Running", "Succeeded", "Failed", "Finished", "Canceled", "Compensated", "Paused", "Blocked",
    "Scheduling", "Timeout", "Aborted", "Skipped",
})  # fmt: skip
"""What the StepRun's definition allows as `status.phase`."""


@dataclass(slots=True)
class Record:
    """The traffic of one case."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    patches: list[dict[str, Any]] = field(default_factory=list)
    patch_bytes: int = 0
    unknown: list[str] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    result: dict[str, Any] | None = None

    def add(self, entry: dict[str, Any]) -> None:
        """Remember a request."""
        self.total += 1
        if len(self.requests) < REQUEST_LIMIT:
            self.requests.append(entry)

    def add_unknown(self, what: str) -> None:
        """Remember a request that nothing here answers."""
        if len(self.unknown) < UNKNOWN_LIMIT and what not in self.unknown:
            self.unknown.append(what)

    def add_patch(self, status: dict[str, Any], size: int) -> bool:
        """Remember the status of a patch; whether it is a result, that is, carries a phase."""
        if self.patch_bytes + size <= PATCH_BYTES:
            self.patch_bytes += size
            self.patches.append(status)
        if not status.get("phase"):
            return False
        self.result = status
        self.objections += objections(status)
        return True


def entry(request: HttpRequest, status: int, body: Any) -> dict[str, Any]:
    """A request as it is reported."""
    shown = body if len(request.body) <= BODY_LIMIT else json.dumps(body)[:BODY_LIMIT] + "…"
    content_type = request.headers.get("content-type", "")
    target = request.target[:2048]
    return {"method": request.method, "path": target, "status": status, "content_type": content_type, "body": shown}


def objections(status: dict[str, Any]) -> list[str]:
    """Why a real API server would refuse this status: what the definition of StepRun says (bobrapet 0.1.13)."""
    found = []
    if "output" in status and not isinstance(status["output"], dict | None):
        kind = "array" if isinstance(status["output"], list) else type(status["output"]).__name__
        found.append(f"status.output must be an object, and this is {kind}")
    if status["phase"] not in PHASES:
        found.append(f"status.phase must be one of {', '.join(sorted(PHASES))}, and this is {status['phase']!r}")
    return found
