"""What a controller has to know of the requests of an engram that starts stories (story-run.md, A7 and C).

Pure: a request and its answer in, events out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from validator.sandbox.harness.cluster import Target
from validator.sandbox.harness.http import HttpRequest, HttpResponse
from validator.sandbox.harness.watches import WATCHED

CHANGED = "story.changed"
"""An engram created or changed an object: the object."""
REPEATED = "story.repeated"
"""An engram created an object that was there: what it wanted to create."""
DELETED = "story.deleted"
"""An engram deleted an object: its kind, namespace and name."""
SEEN = "story.seen"
"""An engram saw a StoryRun that is over: its name."""
OVER = frozenset({"Succeeded", "Failed", "Finished", "Canceled", "Compensated", "Timeout", "Aborted", "Skipped"})
"""Phases of a StoryRun that is over. The harness runs alone, so they stand here as well as with the engine's phases."""


def events(
    request: HttpRequest, response: HttpResponse, target: Target, body: Any, seen: set[str]
) -> Iterator[tuple[str, Any]]:
    """The events of one request; `seen` gets the names of the StoryRuns that the engram sees at their end."""
    plural = target.resource.plural
    if plural not in WATCHED:
        return
    if request.method in {"POST", "PATCH", "PUT"}:
        if response.status in {200, 201}:
            yield CHANGED, json.loads(response.body)
        elif response.status == 409 and request.method == "POST" and isinstance(body, dict):
            yield REPEATED, {**body, "metadata": {**_metadata(body), "namespace": target.namespace}}
    elif request.method == "DELETE" and response.status == 200:
        metadata = {"name": target.name, "namespace": target.namespace}
        yield DELETED, {"kind": target.resource.kind, "metadata": metadata}
    elif request.method == "GET" and plural == "storyruns" and response.status == 200 and response.body:
        answer = json.loads(response.body)
        for one in answer.get("items", [answer]):
            yield from seen_over(one, seen)


def seen_over(run: Mapping[str, Any], seen: set[str]) -> Iterator[tuple[str, Any]]:
    """The event of an engram that sees a StoryRun, where it is over and has not been seen so before."""
    name = run["metadata"].get("name", "")
    if name and name not in seen and _phase(run) in OVER:
        seen.add(name)
        yield SEEN, name


def _metadata(document: dict[str, Any]) -> dict[str, Any]:
    metadata = document.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _phase(run: Mapping[str, Any]) -> str:
    status = run.get("status")
    phase = status.get("phase") if isinstance(status, dict) else None
    return phase if isinstance(phase, str) else ""
