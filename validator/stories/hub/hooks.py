"""Lifecycle hooks: packets that the hub itself sends when steps connect (story-run.md, B8)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from validator.findings import Json
from validator.stories.hub.packets import MESSAGE_ID, Packet
from validator.stories.hub.steps import HubStep

STEP_READY = "steprun.ready"
STORY_READY = "storyrun.ready"


def consumers(steps: Sequence[HubStep], event: str) -> tuple[HubStep, ...]:
    """The engrams whose raw `if` has the name of the event in it."""
    return tuple(step for step in steps if step.is_engram and event in step.condition.lower())


def passed_over(steps: Sequence[HubStep], event: str) -> tuple[HubStep, ...]:
    """The steps that speak of the event, and are no consumers: no engrams, or not in their `if`."""
    taken = consumers(steps, event)
    return tuple(
        step
        for step in steps
        if step not in taken and event in f"{step.condition} {json.dumps(step.runtime) if step.runtime else ''}".lower()
    )


def hook(event: str, run: str, namespace: str, origin: str, at: float) -> Packet:
    """The packet of an event. `origin` is the step that has connected, `at` the seconds of virtual time."""
    data: dict[str, Json] = {
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z"),
        "storyRun": {"name": run, "namespace": namespace},
        "step": {"name": origin},
    }
    body: dict[str, Json] = {"version": "v1", "event": event, "source": "hub", "data": data}
    key = f"{namespace}/{run}:{event}:{origin}"
    metadata = {"source": "hub", "provider": "hub", "type": event, "kind": "hook", "hook.event": event}
    metadata |= {"hook.source": "hub", "hook.step": origin, MESSAGE_ID: key}
    return Packet(f"hook {event} {origin}", {"kind": "hook", "type": event, "hook": body}, None, metadata)


def all_connected(steps: Sequence[HubStep], connected: frozenset[str]) -> bool:
    """Whether every engram that names a transport has a stream. Those that name none do not count, nor are enough."""
    streaming = [step for step in steps if step.is_engram and step.transport]
    return bool(streaming) and all(step.id in connected for step in streaming)
