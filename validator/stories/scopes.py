"""What each field of a story may see: the roots that admission allows, and what is really there when it is evaluated.

Source: templating.md, sections 8 and 9; hub.md, "What `packet` and `steps` hold".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from validator.findings import Json
from validator.schemas.profile import HUB, WEBHOOK
from validator.sources.manifests import Step, Story
from validator.stories.graph import SILENT_TYPES, Graph, never_has_output
from validator.stories.packets import packet_schema, takes_hooks, unknown_packet
from validator.stories.schemas import Described, SchemaReader
from validator.stories.topology import transport_of
from validator.templates.admission import SCOPES as ADMISSION
from validator.templates.admission import Scope as Admission
from validator.templates.lookups import Presence, look_up
from validator.templates.references import alias
from validator.templates.types import Type, from_schema

_TEXTS: Json = {"type": "string"}
_ANYTHING: Json = {}


@dataclass(frozen=True)
class Scope:
    """A context of evaluation."""

    admission: Admission | None
    """What the webhook allows; None where it does not look."""
    roots: Mapping[str, Json]
    """The schema of each root that is there."""
    flattened: bool = False
    """Whether `steps.a.text` reaches the output, as in realtime stories."""
    sources: tuple[Step, ...] | None = None
    """In realtime: the steps that packets come from; None where that is not what `steps` holds."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """What is not described, by the way to it (`inputs`, `steps.a`), and why."""
    deterministic: bool = False
    """Whether functions of chance and clock are taken away."""

    @cached_property
    def type(self) -> Type:
        """The context as an object."""
        return from_schema(
            {
                "type": "object",
                "properties": dict(self.roots),
                "required": list(self.roots),
                "additionalProperties": False,
            }
        )


@dataclass
class Scopes:
    """The scopes of one story."""

    graph: Graph
    schemas: SchemaReader

    @property
    def story(self) -> Story:
        """The story."""
        return self.graph.story

    @cached_property
    def inputs(self) -> Described:
        """What `inputs` holds."""
        return self.schemas.inputs(self.story)

    @cached_property
    def _outputs(self) -> dict[str, Described]:
        return {}

    def output(self, step: Step) -> Described:
        """What a step gives."""
        if step.name not in self._outputs:
            self._outputs[step.name] = self.schemas.output(self.story, step)
        return self._outputs[step.name]

    @cached_property
    def batch(self) -> Scope:
        """Everything that the batch controllers evaluate: `inputs` and `steps`."""
        steps, unknown = self._finished()
        return Scope(
            ADMISSION["batch-runtime"],
            {"inputs": self.inputs.schema, "steps": steps},
            unknown={**self._unknown_inputs(), **unknown},
        )

    def values(self, way: tuple[str, ...]) -> tuple[Json, ...] | None:
        """All values of a way in a batch story, None for a missing one among them; None where nobody lists them."""
        found, surely = self.batch.type, True
        for name in way:
            looked_up = look_up(found, name)
            surely = surely and looked_up.presences == {Presence.SURE}
            found = looked_up.type
        if found.only("boolean"):
            return (True, False) if surely else (True, False, None)
        listed = found.values if found.alternatives else None
        return listed if listed is None or surely else (*listed, None)

    @cached_property
    def static(self) -> Scope:
        """`with` of a realtime story: evaluated once for a run."""
        return Scope(ADMISSION["realtime-static"], {"inputs": self.inputs.schema}, unknown=self._unknown_inputs())

    @cached_property
    def _packets(self) -> dict[int, tuple[Step, Scope]]:
        return {}

    def packets(self, step: Step) -> Scope:
        """`if` and `runtime` of a realtime story: evaluated for each packet."""
        key = id(step.node)
        if key not in self._packets:
            self._packets[key] = (step, self._packets_to(step))
        return self._packets[key][1]

    def _packets_to(self, step: Step) -> Scope:
        if step.section != "steps":
            return self.bridged  # nobody says what packets compensations and finally see
        sources = self.graph.sources(step)
        hooks = takes_hooks(step.if_.text if step.if_ is not None else None)
        unknown = self._unknown_inputs()
        entries: dict[str, Json] = {}
        payloads: list[Json] = []
        for source in sources:
            if source.type in SILENT_TYPES or source.type:
                entries[source.name] = _ANYTHING
                payloads.append(_ANYTHING)
                continue
            described = self.output(source)
            entries[source.name] = described.schema if HUB.steps.flattened else self.schemas.entry(described)
            if HUB.steps.dash_aliases:
                entries.setdefault(alias(source.name), entries[source.name])
            payloads.append(described.schema)
            if described.reason:
                unknown[f"steps.{source.name}"] = described.reason
                unknown["packet"] = described.reason
        return Scope(
            ADMISSION["realtime-runtime"],
            {"inputs": self.inputs.schema, "steps": _closed(entries), "packet": packet_schema(payloads, hooks=hooks)},
            flattened=HUB.steps.flattened,
            sources=sources,
            unknown=unknown,
        )

    @cached_property
    def bridged(self) -> Scope:
        """`runtime` of a batch step, and routing rules: packets of which nothing is known."""
        return Scope(
            ADMISSION["realtime-runtime"],
            {"inputs": self.inputs.schema, "steps": _ANYTHING, "packet": unknown_packet()},
            unknown=self._unknown_inputs(),
        )

    def routed(self, transport: str) -> Scope:
        """Routing rules of a transport: evaluated for what each step on it sends (story-run.md, B6.4)."""
        senders = [step for step in self.story.steps if step.ref is not None and transport_of(step) == transport]
        if not self.story.is_realtime or not senders:
            return self.bridged
        described = {step.name: self.output(step) for step in senders}
        entries: dict[str, Json] = {step.name: _ANYTHING for step in self.story.steps if step.name}
        entries.update({name: one.schema for name, one in described.items()})
        unknown = {f"steps.{name}": one.reason for name, one in described.items() if one.reason}
        reason = next((one.reason for one in described.values() if one.reason), "")
        return Scope(
            ADMISSION["realtime-runtime"],
            {
                "inputs": self.inputs.schema,
                "steps": _closed(entries),
                "packet": packet_schema([one.schema for one in described.values()]),
            },
            flattened=HUB.steps.flattened,
            unknown={**self._unknown_inputs(), **unknown, **({"packet": reason} if reason else {})},
        )

    def after(self, step: Step) -> Scope:
        """`postExecution.condition`: the step's own output and nothing else."""
        described = self.output(step)
        entry = _closed({"output": described.schema})
        unknown = {f"steps.{step.name}": described.reason} if described.reason else {}
        return Scope(ADMISSION["batch-runtime"], {"steps": _closed({step.name: entry})}, unknown=unknown)

    def cached(self, step: Step) -> Scope:
        """`execution.cache.key`: the step's resolved inputs."""
        return cache_key(self.schemas.input(self.story, step))

    @cached_property
    def callers(self) -> Scope:
        """`policy.with`: evaluated in the story that executes this one."""
        return Scope(ADMISSION["batch-runtime"], {"inputs": _ANYTHING, "steps": _ANYTHING})

    def _finished(self) -> tuple[Json, dict[str, str]]:
        """`steps` of a batch story, and what of it is not described."""
        entries: dict[str, Json] = {}
        unknown: dict[str, str] = {}
        for name, step in self.graph.by_name.items():
            if never_has_output(step, realtime=False):
                continue
            described = self.output(step)
            entries[name] = self.schemas.entry(described)
            if described.reason:
                unknown[f"steps.{name}"] = described.reason
        for other, name in self.graph.aliases.items():
            if name in entries and WEBHOOK.steps.dash_aliases:
                entries[other] = entries[name]
                if f"steps.{name}" in unknown:
                    unknown[f"steps.{other}"] = unknown[f"steps.{name}"]
        return _closed(entries), unknown

    def _unknown_inputs(self) -> dict[str, str]:
        return {"inputs": self.inputs.reason} if self.inputs.reason else {}


def cache_key(described: Described | None) -> Scope:
    """A cache key, of a step or of what decides for many steps: the inputs of a step and its names."""
    inputs = described if described is not None else Described({}, "it is there for steps of any template")
    return Scope(
        None,
        {
            "inputs": inputs.schema,
            "step": _closed(dict.fromkeys(("id", "run", "story"), _TEXTS)),
            "engram": _closed(dict.fromkeys(("name", "version"), _TEXTS)),
        },
        unknown={"inputs": inputs.reason} if inputs.reason else {},
    )


def anything(*roots: str) -> Scope:
    """Roots of which nothing is known but that they are there, where admission does not look."""
    known = {"packet": unknown_packet()}
    return Scope(None, {root: known.get(root, _ANYTHING) for root in roots})


def dedupe(story: Story | None, schemas: SchemaReader) -> Scope:
    """`deliveryPolicy.dedupe.keyTemplate` of an Impulse, or of the template of several."""
    described = schemas.inputs(story) if story is not None else Described({}, "the story is not in the workspace")
    named = _closed({"name": _TEXTS, "namespace": _TEXTS})
    return Scope(
        None,
        {"inputs": described.schema, "story": named, "impulse": named},
        unknown={"inputs": described.reason} if described.reason else {},
        deterministic=True,
    )


def _closed(properties: Mapping[str, Json]) -> Json:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
