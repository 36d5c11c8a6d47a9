"""Story: its steps in all their sections, and its transports (templating.md, section 12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from validator.findings import Location
from validator.sources.node import Node
from validator.sources.view import Manifest, Reference, View


@dataclass(frozen=True)
class Step(View):
    """One step of a story."""

    node: Node
    section: str
    """`steps`, `compensations`, `finally`, or `branch` inside a `parallel`."""
    index: int
    path: tuple[str | int, ...] = ()
    """The way from the document's root to this step."""

    @cached_property
    def home(self) -> str:
        """The section of the story that the step stands in, within a `parallel` too."""
        return str(self.path[1]) if len(self.path) > 1 else self.section

    @cached_property
    def name(self) -> str:
        """The name, which is what templates use; empty when it is missing."""
        return self._text("name")

    @cached_property
    def id(self) -> str:
        """`id`; no template sees it."""
        return self._text("id")

    @property
    def name_location(self) -> Location:
        """Where a finding about the whole step belongs: its name, else the step."""
        name = self.node.get("name")
        return name.location if name else self.node.location

    @cached_property
    def type(self) -> str:
        """The primitive (`condition`, `parallel`, …); empty for a step that runs an engram."""
        return self._text("type")

    @cached_property
    def ref(self) -> Reference | None:
        """The Engram that runs; None for primitives."""
        node = self._node("ref")
        return Reference(node) if node is not None and node.is_mapping else None

    @cached_property
    def needs(self) -> tuple[Node, ...]:
        """The nodes of `needs` that are text."""
        return tuple(node for node in self._node("needs") or () if node.text is not None)

    @cached_property
    def if_(self) -> Node | None:
        """`if`."""
        return self._node("if")

    @cached_property
    def with_(self) -> Node | None:
        """`with`."""
        return self._node("with")

    @cached_property
    def runtime(self) -> Node | None:
        """`runtime`: evaluated for each packet of a realtime story."""
        return self._node("runtime")

    @property
    def transport(self) -> Node | None:
        """`transport`: the name of one of the story's transports."""
        return self._node("transport")

    @cached_property
    def requires(self) -> tuple[Node, ...]:
        """The nodes of `requires` that are text."""
        return tuple(node for node in self._node("requires") or () if node.text is not None)

    @cached_property
    def idempotency_key_template(self) -> Node | None:
        """`idempotencyKeyTemplate`."""
        return self._node("idempotencyKeyTemplate")

    @cached_property
    def allow_failure(self) -> bool:
        """Whether the story goes on when this step fails."""
        node = self._node("allowFailure")
        return node is not None and node.value is True

    @cached_property
    def cache_key(self) -> Node | None:
        """`execution.cache.key`."""
        return self._node("execution", "cache", "key")

    @cached_property
    def post_condition(self) -> Node | None:
        """`postExecution.condition`."""
        return self._node("postExecution", "condition")

    @cached_property
    def branches(self) -> tuple[Step, ...]:
        """The steps of a `parallel`, which stand in `with.steps`."""
        if self.type != "parallel":
            return ()
        nodes = self._node("with", "steps")
        return tuple(
            Step(node, "branch", index, (*self.path, "with", "steps", index))
            for index, node in enumerate(nodes or ())
            if node.is_mapping
        )


@dataclass(frozen=True, slots=True)
class StoryTransport(View):
    """One entry of a story's `transports`."""

    node: Node
    index: int

    @property
    def name(self) -> str:
        """What steps call it."""
        return self._text("name")

    @property
    def streaming(self) -> Node | None:
        """Streaming settings."""
        return self._node("streaming")

    @property
    def routing_rules(self) -> tuple[Node, ...]:
        """`streaming.routing.rules`."""
        return tuple(self._node("streaming", "routing", "rules") or ())


@dataclass(frozen=True, eq=False)
class Story(Manifest):
    """Steps and what joins them."""

    @cached_property
    def pattern(self) -> str:
        """`batch` or `realtime`; `batch` when nothing is said."""
        return self._text("spec", "pattern") or "batch"

    @cached_property
    def is_realtime(self) -> bool:
        """Whether its steps stream."""
        return self.pattern == "realtime"

    @property
    def inputs_schema(self) -> Node | None:
        """The schema of a run's inputs."""
        return self._node("spec", "inputsSchema")

    @property
    def outputs_schema(self) -> Node | None:
        """The schema of the story's output."""
        return self._node("spec", "outputsSchema")

    @property
    def output(self) -> Node | None:
        """`spec.output`."""
        return self._node("spec", "output")

    @property
    def policy(self) -> Node | None:
        """`spec.policy`."""
        return self._node("spec", "policy")

    def _section(self, name: str) -> tuple[Step, ...]:
        nodes = self._node("spec", name)
        return tuple(
            Step(node, name, index, ("spec", name, index)) for index, node in enumerate(nodes or ()) if node.is_mapping
        )

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """`spec.steps`."""
        return self._section("steps")

    @cached_property
    def compensations(self) -> tuple[Step, ...]:
        """`spec.compensations`."""
        return self._section("compensations")

    @cached_property
    def finally_(self) -> tuple[Step, ...]:
        """`spec.finally`."""
        return self._section("finally")

    @cached_property
    def all_steps(self) -> tuple[Step, ...]:
        """Steps, compensations and finally, in this order; without the branches of a `parallel`."""
        return self.steps + self.compensations + self.finally_

    def every_step(self) -> Iterator[Step]:
        """All steps with the branches of each `parallel` after it, at any depth."""
        pending = list(reversed(self.all_steps))
        while pending:
            step = pending.pop()
            yield step
            pending.extend(reversed(step.branches))

    @cached_property
    def transports(self) -> tuple[StoryTransport, ...]:
        """`spec.transports`."""
        nodes = self._node("spec", "transports")
        return tuple(StoryTransport(node, index) for index, node in enumerate(nodes or ()) if node.is_mapping)
