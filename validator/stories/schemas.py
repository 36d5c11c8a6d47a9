"""The schemas behind a story, as inference wants them: inline `required` lifted, fields with defaults always there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from validator.findings import Json
from validator.schemas.defaults import has_defaults
from validator.schemas.definition import Compiled, compile_schema
from validator.schemas.normalisation import normalise
from validator.schemas.profile import LITERAL, WEBHOOK
from validator.schemas.sample_cache import SampleCache
from validator.schemas.samples import minimal
from validator.schemas.validation import is_instance
from validator.sources.manifests import Engram, EngramTemplate, Step, Story
from validator.sources.node import Node
from validator.sources.workspace import Workspace
from validator.templates.types import Document, Type, refers, to_schema

_DEPTH = 32


@dataclass(frozen=True)
class Described:
    """A schema, or why there is none."""

    schema: Json
    """`{}` when nothing is known."""
    reason: str = ""
    """Why nothing is known; empty when something is."""
    node: Node | None = None
    """Where the schema stands."""

    @cached_property
    def accepts_nothing(self) -> bool:
        """Whether the schema, as it is written, accepts an object without fields."""
        return self.node is not None and is_instance(self.node.value, {})


@dataclass(frozen=True, slots=True)
class Admitted:
    """A schema as the webhook holds a step's input to it."""

    node: Node
    compiled: Compiled
    fills_in: bool
    """Whether it has defaults."""


@dataclass(slots=True)
class SchemaReader:
    """Reads each schema of a workspace once."""

    workspace: Workspace
    samples: SampleCache = field(default_factory=SampleCache)
    """Instances of these schemas, made once a run."""
    _read: dict[tuple[int, bool], Described] = field(default_factory=dict)
    _documents: dict[str, Document] = field(default_factory=dict)
    """One for all schemas that say the same, so that what is found out about it is found out once."""
    _entries: dict[int, tuple[Described, Document]] = field(default_factory=dict)
    _engrams: dict[int, tuple[Node, Engram | None, EngramTemplate | None]] = field(default_factory=dict)
    _samples: dict[tuple[int, ...], tuple[object, Json]] = field(default_factory=dict)
    _compiled: dict[int, Admitted] = field(default_factory=dict)

    def read(self, node: Node | None, missing: str, *, defaults: bool = False) -> Described:
        """The schema at a node. With `defaults`, fields that have one are required: the platform fills them in."""
        if node is None:
            return Described({}, missing)
        key = (id(node), defaults)
        if key not in self._read:
            self._read[key] = self._shared(_described(node, defaults=defaults))
        return self._read[key]

    def release(self, story: Story) -> None:
        """Forget what was read for one story alone: its own schemas, and what its steps run."""
        for node in (story.inputs_schema, story.outputs_schema):
            self._compiled.pop(id(node), None)
            for defaults in (False, True):
                self._entries.pop(id(self._read.pop((id(node), defaults), None)), None)
        self._engrams.clear()

    def _shared(self, described: Described) -> Described:
        if not isinstance(described.schema, Document):
            return described
        shared = self._documents.setdefault(json.dumps(described.schema), described.schema)
        return replace(described, schema=shared)

    def compiled(self, node: Node) -> Admitted:
        """The schema at a node, compiled once."""
        key = id(node)
        if key not in self._compiled:
            compiled = compile_schema(node.value, WEBHOOK)
            self._compiled[key] = Admitted(node, compiled, has_defaults(node.value))
        return self._compiled[key]

    def sample(self, type_: Type) -> Json:
        """The least that a value of a type holds, as a witness; None when there is none to show. Made once a schema."""
        key = tuple(id(part) for alternative in type_.alternatives for part in alternative.parts)
        if not key:
            return minimal(to_schema(type_))
        if key not in self._samples:
            # The type is kept with its sample: its parts stay alive, and their ids theirs.
            self._samples[key] = (type_, None if refers(type_) else minimal(to_schema(type_)))
        return self._samples[key][1]

    def entry(self, described: Described) -> Document:
        """What `steps` of a batch story holds of a step with this output."""
        key = id(described)
        if key not in self._entries:
            properties: dict[str, Json] = {"output": described.schema, "outputs": described.schema, "signals": {}}
            entry = Document(
                {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
            )
            self._entries[key] = (described, entry)
        return self._entries[key][1]

    def inputs(self, story: Story) -> Described:
        """What `inputs` holds."""
        return self.read(story.inputs_schema, "the story has no inputsSchema", defaults=True)

    def engram(self, story: Story, step: Step) -> Engram | None:
        """The Engram that a step runs."""
        return self._resolved(story, step)[1]

    def template(self, story: Story, step: Step) -> EngramTemplate | None:
        """The EngramTemplate behind a step."""
        return self._resolved(story, step)[2]

    def _resolved(self, story: Story, step: Step) -> tuple[Node, Engram | None, EngramTemplate | None]:
        key = id(step.node)
        if key not in self._engrams:
            engram = self.workspace.engram_of(story, step)
            template = self.workspace.template_of(engram) if engram is not None else None
            self._engrams[key] = (step.node, engram, template)
        return self._engrams[key]

    def output(self, story: Story, step: Step) -> Described:
        """What a step gives."""
        if step.type == "executeStory":
            return self._story_output(story, step)
        if step.ref is None:
            return Described({}, "it runs no engram")
        _, engram, template = self._resolved(story, step)
        if engram is None:
            return Described({}, f"engram `{step.ref.name}` is not in the workspace")
        if template is None:
            return Described({}, f"the template of engram `{engram.name}` is not in the workspace")
        return self.read(template.output_schema, f"template `{template.name}` has no outputSchema")

    def input(self, story: Story, step: Step) -> Described:
        """What a step takes, defaults filled in."""
        template = self.template(story, step)
        if template is None:
            return Described({}, "its template is not in the workspace")
        return self.read(template.input_schema, f"template `{template.name}` has no inputSchema", defaults=True)

    def _story_output(self, story: Story, step: Step) -> Described:
        name = step.node.find(("with", "storyRef", "name"))
        namespace = step.node.find(("with", "storyRef", "namespace"))
        if name is None or not name.text or "{{" in name.text:
            return Described({}, "the story that it executes is not known")
        where = (namespace.text if namespace is not None else "") or story.namespace
        target = self.workspace.find(Story, name.text, where)
        if target is None:
            return Described({}, f"story `{name.text}` is not in the workspace")
        return self.read(target.outputs_schema, f"story `{name.text}` has no outputsSchema")


def _described(node: Node, *, defaults: bool) -> Described:
    schema = node.value
    if not isinstance(schema, dict):
        return Described({}, "its schema is no object", node)
    if compile_schema(schema, WEBHOOK).problems:
        return Described({}, "its schema is invalid", node)
    lifted = normalise(schema, LITERAL)
    if defaults:
        lifted = filled(lifted, 0)
    document = Document(lifted) if isinstance(lifted, dict) else lifted
    return Described(document, "" if schema else "its schema is empty", node)


def filled(schema: Json, depth: int) -> Json:
    """The schema of instances whose defaults are filled in (templating.md, section 13.4)."""
    if not isinstance(schema, dict) or depth > _DEPTH:
        return schema
    result = dict(schema)
    members = schema.get("allOf")
    if isinstance(members, list):
        result["allOf"] = [filled(member, depth + 1) for member in members]
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return result
    result["properties"] = {name: filled(child, depth + 1) for name, child in properties.items()}
    listed = schema.get("required")
    required = list(listed) if isinstance(listed, list) else []
    given = [name for name, child in properties.items() if _is_filled(child, depth + 1) and name not in required]
    if required or given:
        result["required"] = [*required, *given]
    return result


def _is_filled(schema: Json, depth: int) -> bool:
    if not isinstance(schema, dict) or depth > _DEPTH:
        return False
    if "default" in schema:
        return True
    properties = schema.get("properties")
    below: Mapping[str, Json] = properties if isinstance(properties, dict) else {}
    return schema.get("type", "object") == "object" and any(_is_filled(child, depth + 1) for child in below.values())
