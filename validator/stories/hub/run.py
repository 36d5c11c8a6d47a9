"""One run of a realtime story: all that the hub is given and does not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from validator.findings import Json
from validator.schemas.defaults import apply_defaults
from validator.stories.hub.engrams import HubEngram
from validator.stories.hub.joins import FanIn
from validator.stories.hub.profile import IMPLEMENTED, HubProfile
from validator.stories.hub.routing import Routing
from validator.stories.hub.steps import HubStep, hub_steps
from validator.stories.hub.streams import Terms
from validator.stories.topology import Topology, topology
from validator.stories.transports import declared_transports, transport_for


@dataclass(frozen=True)
class Run:
    """A story with its inputs, and what it refers to."""

    story: Mapping[str, Json]
    """`spec` of the Story."""
    engrams: Mapping[str, HubEngram] = field(default_factory=dict)
    """By name; those of the run's namespace (B6.5)."""
    transports: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """`spec` of each Transport by name."""
    given: Mapping[str, Json] = field(default_factory=dict)
    """`spec.inputs` of the StoryRun."""
    name: str = "run"
    namespace: str = "ns"
    profile: HubProfile = IMPLEMENTED

    @cached_property
    def steps(self) -> tuple[HubStep, ...]:
        """The steps in order."""
        return hub_steps(self.story)

    @cached_property
    def topology(self) -> Topology:
        """Who sends to whom."""
        return topology(self.story, self.transports)

    @cached_property
    def inputs(self) -> Mapping[str, Json]:
        """What templates see as `inputs`: without the defaults of the story's schema, in the hub as it is (B4.3)."""
        schema = self.story.get("inputsSchema")
        filled = apply_defaults(schema, dict(self.given)) if self.profile.fills_input_defaults else self.given
        return filled if isinstance(filled, Mapping) else {}

    @cached_property
    def _settings(self) -> Mapping[str, Mapping[str, Json]]:
        declared = declared_transports(self.story, self.transports)
        found = {step.transport: transport_for(step.transport, declared) for step in self.steps}
        return {name: transport.settings if transport is not None else {} for name, transport in found.items()}

    @cached_property
    def terms(self) -> Mapping[str, Terms]:
        """How packets are kept and sent on, by step."""
        return {step.name: Terms.of(self._settings[step.transport], self.profile) for step in self.steps}

    @cached_property
    def routing(self) -> Mapping[str, Routing]:
        """Which receivers the transport of a step allows, by step."""
        return {step.name: Routing.of(self._settings[step.transport]) for step in self.steps}

    @cached_property
    def fan_in(self) -> Mapping[str, FanIn]:
        """What a step waits for before its packets are joined, by step."""
        return {step.name: FanIn.of(self._settings[step.transport]) for step in self.steps}
