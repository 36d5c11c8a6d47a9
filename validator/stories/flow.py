"""A story as its steps and what joins them: who hands packets or values to whom, how, and what validates them.

Source: story-run.md, sections A2, A8, A9, B2, B5 and B6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from validator.sources.manifests import EngramTemplate, Step, Story
from validator.sources.workspace import Workspace
from validator.stories.graph import Graph, implicit
from validator.stories.hub.dependents import Obstacle, dependents
from validator.stories.hub.steps import HubStep, hub_steps
from validator.stories.topology import Route, Topology, story_topology

_UNVALIDATED = "{} has neither `with` nor `runtime`: its input is not validated"


class EdgeMode(StrEnum):
    """How one step leads to another."""

    HUB = "hub"
    """Packets go to the hub, which evaluates, validates and forwards."""
    P2P = "p2p"
    """Packets go from connector to connector; nobody looks at them."""
    DATA = "data"
    """Batch: a template reads the output of the step before."""
    ORDER = "order"
    """Batch: one waits for the other and reads nothing of it."""
    BRANCH = "branch"
    """A `parallel` starts its branch."""
    NONE = "none"
    """`needs` says so, and no packet ever comes this way."""


@dataclass(frozen=True, slots=True)
class Validation:
    """A schema that is held against what an edge carries."""

    schema: str
    """`outputSchema` or `inputSchema`."""
    template: str
    by: str
    """`hub`, `controller` or `SDK`."""

    def __str__(self) -> str:
        return f"{self.schema} of {self.template} ({self.by})"


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step."""

    name: str
    section: str
    kind: str
    """The engram that runs, or the primitive."""
    is_engram: bool
    line: int
    transport: str = ""
    """The Transport behind it; only engrams of realtime stories have one."""
    mode: str = ""
    """Where its connector sends: `hub` or `p2p`; only engrams of realtime stories have one."""


@dataclass(frozen=True, slots=True)
class FlowEdge:
    """One step leads to another."""

    source: str
    target: str
    mode: EdgeMode
    validated: tuple[Validation, ...] = ()
    problem: str = ""
    """Why nothing arrives; empty where it does."""
    notes: tuple[str, ...] = ()
    """Why something is not validated."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One story."""

    name: str
    file: str
    pattern: str
    steps: tuple[FlowStep, ...]
    edges: tuple[FlowEdge, ...]


def story_flow(workspace: Workspace, story: Story) -> Flow:
    """The flow of a story of the workspace."""
    reader = _Templates(workspace, story)
    if story.is_realtime:
        found = story_topology(story, workspace.transports)
        steps = tuple(_realtime_step(step, found) for step in story.every_step() if step.name)
        edges = (*_realtime_edges(reader, found), *_branches(story))
    else:
        steps = tuple(_step(step) for step in story.every_step() if step.name)
        edges = (*_batch_edges(reader, Graph(story)), *_branches(story))
    return Flow(story.name, story.node.location.file, story.pattern, steps, edges)


def _step(step: Step, transport: str = "", mode: str = "") -> FlowStep:
    kind = step.ref.name if step.ref is not None else step.type
    return FlowStep(step.name, step.section, kind, step.ref is not None, step.name_location.line, transport, mode)


def _realtime_step(step: Step, found: Topology) -> FlowStep:
    route = found.routes.get(step.name) if step.section == "steps" else None
    if route is None or not route.is_engram:
        return _step(step)
    return _step(step, route.transport.reference if route.transport is not None else "", route.mode)


def _branches(story: Story) -> Iterator[FlowEdge]:
    for step in story.every_step():
        for branch in step.branches:
            if step.name and branch.name:
                yield FlowEdge(step.name, branch.name, EdgeMode.BRANCH)


class _Templates:
    """The schemas of a story's steps."""

    def __init__(self, workspace: Workspace, story: Story) -> None:
        self._workspace = workspace
        self.story = story
        self._steps = {step.name: step for step in reversed(tuple(story.every_step()))}

    def validation(self, name: str, schema: str, by: str) -> tuple[tuple[Validation, ...], tuple[str, ...]]:
        """What validates the output or the input of a step, and why nothing does."""
        step = self._steps.get(name)
        if step is None or step.ref is None:
            return (), ()
        template = self._workspace.step_template(self.story, step)
        if template is None:
            return (), (f"no EngramTemplate known for {name}: its {schema} is unknown",)
        if _schema_of(template, schema) is None:
            return (), (f"{template.name} has no {schema}",)
        return (Validation(schema, template.name, by),), ()

    def edge(self, source: str, target: str, mode: EdgeMode, output_by: str, input_by: str) -> FlowEdge:
        """An edge with both schemas; an empty name means that nobody holds that schema against the packet."""
        given = self.validation(source, "outputSchema", output_by) if output_by else ((), ())
        taken = self.validation(target, "inputSchema", input_by) if input_by else ((), ())
        return FlowEdge(source, target, mode, given[0] + taken[0], notes=given[1] + taken[1])


def _schema_of(template: EngramTemplate, schema: str) -> object:
    return template.output_schema if schema == "outputSchema" else template.input_schema


def _batch_edges(reader: _Templates, graph: Graph) -> Iterator[FlowEdge]:
    """The controller validates inputs, the engram's SDK its outputs (A8.2, A9.2)."""
    for name, step in graph.by_name.items():
        read = set(implicit(step, graph.names))
        for source in graph.by_name:
            if source in read:
                yield reader.edge(source, name, EdgeMode.DATA, "SDK", "controller")
            elif source in graph.explicit[name]:
                yield FlowEdge(source, name, EdgeMode.ORDER)


def _realtime_edges(reader: _Templates, found: Topology) -> Iterator[FlowEdge]:
    spec = reader.story.node.get("spec")
    steps = hub_steps(spec.value if spec is not None and isinstance(spec.value, dict) else {})
    for step in steps:
        route = found.routes.get(step.name)
        if route is None:
            continue
        if step.is_engram and route.peer is not None:
            yield _direct_edge(found, route.name, route.peer)
        else:
            yield from _hub_edges(reader, found, steps, step)


def _direct_edge(found: Topology, source: str, target: str) -> FlowEdge:
    """Connector to connector (B2.3, B2.4)."""
    peer, problem = found.routes.get(target), ""
    if peer is None or not peer.is_engram:
        problem = f"{target} is a primitive, has no connector, and is dialled anyway [inferred]"
    elif not peer.has_direct_upstream:
        problem = f"the transport of {target} asks for the hub, and its connector does not expect to be dialled"
    return FlowEdge(
        source, target, EdgeMode.P2P, problem=problem, notes=("peer to peer: nothing validates the packet",)
    )


def _hub_edges(reader: _Templates, found: Topology, steps: tuple[HubStep, ...], source: HubStep) -> Iterator[FlowEdge]:
    for dependent in dependents(steps, source):
        target = dependent.step
        if dependent.obstacle is not None:
            if source.name in target.needs:
                yield FlowEdge(source.name, target.name, EdgeMode.NONE, problem=_obstacle(source, dependent.obstacle))
            continue
        hot = _bypassed(source, target)
        edge = reader.edge(source.name, target.name, EdgeMode.HUB, "hub", "" if hot else "hub")
        notes = edge.notes + ((_UNVALIDATED.format(target.name),) if hot else ())
        yield FlowEdge(
            edge.source, edge.target, edge.mode, edge.validated, _unheard(found.routes.get(target.name)), notes
        )


def _bypassed(source: HubStep, step: HubStep) -> bool:
    """Whether the hub forwards a packet as it is, as long as no primitive has been executed for it (B6.7)."""
    return bool(source.transport) and step.is_engram and step.runtime is None and step.with_ is None


def _obstacle(source: HubStep, obstacle: Obstacle) -> str:
    if obstacle is Obstacle.OTHER_TRANSPORT:
        return f"{obstacle.value} ({source.transport})"
    return obstacle.value


def _unheard(route: Route | None) -> str:
    if route is not None and route.is_engram and route.peer is not None:
        return f"its connector sends to {route.peer} and has no stream at the hub: packets wait in a buffer [inferred]"
    return ""
