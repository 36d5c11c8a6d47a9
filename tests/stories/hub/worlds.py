"""Small runs for the tables: steps as text, everything connected, what happened as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from validator.stories.hub.engrams import HubEngram
from validator.stories.hub.hub import Hub
from validator.stories.hub.outcomes import Delivery, Outcome, Reaction
from validator.stories.hub.packets import JOIN_KEY, Frame, Packet
from validator.stories.hub.primitives import Ended
from validator.stories.hub.profile import IMPLEMENTED, HubProfile
from validator.stories.hub.run import Run

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
ENGRAMS = {
    "e": HubEngram("e"),
    "says": HubEngram("says", output_schema=TEXT),
    "takes": HubEngram(
        "takes",
        input_schema={
            "type": "object",
            "properties": {"text": {"type": "string"}, "voice": {"type": "string", "default": "alto"}},
            "required": ["text"],
        },
    ),
    "job": HubEngram("job", is_job=True),
}
RUNTIME = {"runtime": {"text": "{{ packet.text }}"}}
"""Makes a step, and the one before it, go through the hub."""


@dataclass
class Script:
    """What child stories and jobs do."""

    ends: Mapping[str, Ended] = field(default_factory=dict)
    started: list[tuple[str, Any]] = field(default_factory=list)

    def execute_story(self, step: str, story: str, inputs: Mapping[str, Any]) -> Ended:
        self.started.append((story, dict(inputs)))
        return self.ends.get(step, Ended())

    def run_job(self, step: str, engram: str, inputs: Mapping[str, Any] | None) -> Ended:
        self.started.append((engram, inputs))
        return self.ends.get(step, Ended())


def step(name: str, *needs: str, ref: str = "e", **more: Any) -> dict[str, Any]:
    """An engram; `type` makes it a primitive, `if_` and `with_` are what they say."""
    entry: dict[str, Any] = {"name": name}
    if needs:
        entry["needs"] = list(needs)
    if "type" not in more:
        entry["ref"] = {"name": ref}
    return entry | {key.rstrip("_"): value for key, value in more.items()}


class World:
    """A hub whose steps are all connected, and all that has happened."""

    def __init__(
        self,
        *steps: Mapping[str, Any],
        settings: Mapping[str, Any] | None = None,
        inputs: Mapping[str, Any] | None = None,
        ends: Mapping[str, Ended] | None = None,
        profile: HubProfile = IMPLEMENTED,
        absent: Sequence[str] = (),
        **spec: Any,
    ) -> None:
        transports = [
            {"name": "one", "transportRef": "tr", "streaming": settings or {}},
            {"name": "two", "transportRef": "tr"},
        ]
        story = {"pattern": "realtime", "transports": transports, "steps": list(steps), **spec}
        self.script = Script(ends or {})
        self.hub = Hub(Run(story, ENGRAMS, {"tr": {}}, inputs or {}, profile=profile), self.script)
        self.outcomes: list[Outcome] = []
        self.deliveries: list[Delivery] = []
        self.reactions: list[Reaction] = []
        for one in self.hub.run.steps:
            if one.is_engram and one.name not in absent:
                self.take(self.hub.connect(one.name, 0.0))

    def take(self, reaction: Reaction) -> Reaction:
        """Write down what has happened."""
        self.outcomes += reaction.outcomes
        self.deliveries += reaction.deliveries
        self.reactions.append(reaction)
        return reaction

    def send(
        self,
        source: str,
        payload: Mapping[str, Any] | None = None,
        *,
        at: float = 0.0,
        id: str = "p",  # noqa: A002
        key: str = "",
        frame: Frame | None = None,
        **more: Any,
    ) -> Reaction:
        """A packet of a step."""
        metadata = {**more.pop("metadata", {}), **({JOIN_KEY: key} if key else {})}
        return self.take(self.hub.send(source, Packet(id, payload, metadata=metadata, frame=frame, **more), at))

    @property
    def lines(self) -> list[str]:
        """Each outcome: packet, way, fate, and the row of its cause."""
        return [line(one) for one in self.outcomes]

    def got(self, target: str) -> list[Any]:
        """What a step has been given, inputs first."""
        return [one.packet.inputs or one.packet.payload for one in self.deliveries if one.target == target]


def line(one: Outcome) -> str:
    """An outcome as a line."""
    cause = f" {one.cause.row or one.cause.name}" if one.cause is not None else ""
    return f"{one.packet} {one.source}>{one.target} {one.status}{cause}"
