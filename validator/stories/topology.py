"""Where the connector of each step of a realtime story sends: to the hub, or straight to the next step.

Source: story-run.md, section B2. The platform decides for each step, not for each edge, and looks neither at the type
nor at the transport of the step that would receive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from validator.findings import Json
from validator.sources.manifests import Step, Story, Transport
from validator.stories.transports import StoryTransport, declared_transports, transport_for

Mode = Literal["hub", "p2p"]


@dataclass(frozen=True, slots=True)
class Route:
    """One step of a realtime story, and where its packets go."""

    name: str
    downstream: tuple[str, ...]
    """The steps that name it in `needs`, in the story's order."""
    analyzed: Mode
    """What the shape of the story allows."""
    is_engram: bool
    """Only an engram has a connector; the fields below say nothing of other steps."""
    mode: Mode
    """What the connector does once `routing.mode` of its transport has been heard."""
    has_direct_upstream: bool
    """Whether the connector is told that another one dials it."""
    transport: StoryTransport | None
    """None where the story declares no such transport: then there is no connector either."""

    @property
    def peer(self) -> str | None:
        """The step that the connector dials; None for the hub."""
        return self.downstream[0] if self.mode == "p2p" else None


@dataclass(frozen=True, slots=True)
class Edge:
    """Packets of an engram, and one step that needs them."""

    source: str
    target: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class Topology:
    """All routes of a realtime story, by step."""

    routes: Mapping[str, Route]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """From each engram to each step that needs it."""
        return tuple(
            Edge(route.name, target, route.mode)
            for route in self.routes.values()
            if route.is_engram
            for target in route.downstream
        )


def topology(spec: Mapping[str, Json], transports: Mapping[str, Mapping[str, Json]]) -> Topology:
    """The topology of a story's `spec`; `transports` holds the spec of each known Transport by name."""
    entries = spec.get("steps")
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    steps = {_text(entry, "name"): entry for entry in listed}
    downstream = _downstream(listed)
    direct = _direct(steps, downstream)
    dialled = {downstream[name][0] for name in direct}
    declared = declared_transports(spec, transports)
    routes = {}
    for name, step in steps.items():
        transport = transport_for(_text(step, "transport"), declared)
        forced = transport is not None and transport.routing_mode == "hub"
        routes[name] = Route(
            name,
            downstream[name],
            analyzed="p2p" if name in direct else "hub",
            is_engram=step.get("ref") is not None,
            mode="p2p" if name in direct and not forced else "hub",
            has_direct_upstream=name in dialled and not forced,
            transport=transport,
        )
    return Topology(routes)


def _direct(steps: Mapping[str, Mapping[str, Json]], downstream: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The steps that the shape of the story lets send directly (B2.1).

    They have one receiver, neither they nor it leave anything for the hub to evaluate, and they are sources or get all
    their packets directly.
    """
    able = {
        name
        for name, step in steps.items()
        if len(downstream[name]) == 1 and not _is_routed(step) and not _is_routed(steps[downstream[name][0]])
    }
    direct: set[str] = set()
    pending = [name for name in steps if name in able and not _needs(steps[name])]
    while pending:
        name = pending.pop()
        direct.add(name)
        receiver = downstream[name][0]
        if receiver in able and direct.issuperset(_needs(steps[receiver])):
            pending.append(receiver)
    return direct


def _downstream(listed: Iterable[Mapping[str, Json]]) -> dict[str, tuple[str, ...]]:
    receivers: dict[str, list[str]] = {_text(step, "name"): [] for step in listed}
    for step in listed:
        for need in dict.fromkeys(_needs(step)):
            if need in receivers:
                receivers[need].append(_text(step, "name"))
    return {name: tuple(names) for name, names in receivers.items()}


def _text(step: Mapping[str, Json], key: str) -> str:
    value = step.get(key)
    return value if isinstance(value, str) else ""


def _needs(step: Mapping[str, Json]) -> tuple[str, ...]:
    needs = step.get("needs")
    return tuple(need for need in needs if isinstance(need, str)) if isinstance(needs, list) else ()


def _is_routed(step: Mapping[str, Json]) -> bool:
    """Whether the hub has something to evaluate for each packet."""
    return bool(step.get("if")) or step.get("runtime") is not None


def story_topology(story: Story, transports: Iterable[Transport] = ()) -> Topology:
    """The topology of a story of the workspace, whose Transports are `transports`."""
    spec = story.node.get("spec")
    known = {transport.name: body.value for transport in transports if (body := transport.node.get("spec")) is not None}
    return topology(
        spec.value if spec is not None and isinstance(spec.value, dict) else {},
        {name: body for name, body in known.items() if isinstance(body, dict)},
    )


def peers(story: Story, transports: Iterable[Transport] = ()) -> Mapping[str, Step]:
    """The steps that send directly, by name, each with the step that it sends to (B2.1)."""
    named = {step.name: step for step in story.steps if step.name}
    routes = story_topology(story, transports).routes.values()
    return {route.name: named[route.peer] for route in routes if route.peer in named and route.name in named}


def transport_of(step: Step) -> str:
    """The transport that a step names; empty for none."""
    return (step.transport.text or "").strip() if step.transport is not None else ""
