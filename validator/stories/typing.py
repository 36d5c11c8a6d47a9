"""The type of what a step is given: a whole `with` or `runtime` tree, evaluated on schemas instead of values.

The result is a JSON Schema, so that it can be compared with what the engram takes; each of its places leads back to the
characters that made it. Source: templating.md, sections 5, 7 and 8 (the order of merging).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from validator.findings import Json, Path
from validator.sources.manifests import Engram, Step
from validator.sources.node import Node
from validator.stories.analysis import Inferences, StoryAnalysis
from validator.stories.scopes import Scope
from validator.templates.errors import TemplateError
from validator.templates.evaluation import TEMPLATE_KEY, VARIABLES_KEY
from validator.templates.inference import Inference
from validator.templates.narrowing import Paths
from validator.templates.reach import Access
from validator.templates.types import to_schema


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of a result was written."""

    node: Node
    start: int = -1
    """Offsets into the node's text; -1 for all of the node."""
    end: int = -1


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a place from having its type for sure."""

    path: Path
    origin: Origin
    reason: str
    access: Access | None = None
    """What may be missing, when that is the problem."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What is known of an evaluated tree."""

    schema: Json
    """A JSON Schema (draft 7) of every value that it can become; `{}` where nothing is known."""
    origins: Mapping[Path, Origin]
    """For each place in the result, where it was written."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """A tree with the context that evaluates it."""

    node: Node
    scope: Scope
    known: Paths = frozenset()
    """What an earlier condition has found to be there."""


def infer(inferences: Inferences, node: Node, scope: Scope, known: Paths = frozenset()) -> Typed:
    """The type of one tree."""
    return _Typing(inferences).result([Layer(node, scope, known)])


def infer_step(analysis: StoryAnalysis, step: Step, engram: Engram | None) -> Typed:
    """The type of a step's input before defaults: `Engram.with` below `with`, `runtime` over both.

    Objects of `Engram.with` and `with` merge at every depth; a field of `runtime` replaces the whole field.
    """
    scopes, inferences = analysis.scopes, analysis.inferences
    realtime = analysis.story.is_realtime
    scope = scopes.static if realtime else scopes.batch
    known = condition_facts(inferences, step, scopes.packets(step) if realtime else scopes.batch)
    lower = [
        Layer(node, scope, frozenset() if realtime else known)
        for node in (engram.with_ if engram is not None else None, step.with_)
        if node is not None
    ]
    upper = Layer(step.runtime, scopes.packets(step) if realtime else scopes.bridged, known) if step.runtime else None
    return _Typing(inferences).result(lower, upper)


def condition_facts(inferences: Inferences, step: Step, scope: Scope) -> Paths:
    """The ways that are there whenever a step runs, because its `if` was true."""
    text = step.if_.text if step.if_ is not None else None
    if text is None or "{{" not in text:
        return frozenset()
    inference = inferences.infer(text, scope)
    return inference.established if isinstance(inference, Inference) else frozenset()


@dataclass(slots=True)
class _Typing:
    """One walk over the trees of a step."""

    inferences: Inferences
    origins: dict[Path, Origin] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def result(self, lower: list[Layer], upper: Layer | None = None) -> Typed:
        schema = self.tree(lower, (), upper)
        return Typed(schema, self.origins, tuple(self.problems))

    def tree(self, layers: list[Layer], path: Path, upper: Layer | None = None) -> Json:
        """The schema of layers that merge, the last one on top."""
        if upper is not None:
            if not upper.node.is_mapping:
                return {}
            fields = self.fields(layers)
            fields.update({key: [Layer(node, upper.scope, upper.known)] for key, node in upper.node.items()})
            self.origins[path] = Origin(upper.node)
            return self.object(fields, path)
        if not layers:
            return self.object({}, path)
        top = layers[-1]
        self.origins[path] = Origin(top.node)
        if top.node.members is not None and TEMPLATE_KEY not in top.node.members:
            return self.object(self.fields(layers), path)
        if top.node.members is not None:
            return self.wrapper(top, path)
        if top.node.elements is not None:
            return self.array(top, path)
        return self.leaf(top, path)

    def fields(self, layers: list[Layer]) -> dict[str, list[Layer]]:
        """The fields of objects that merge: only what stands on top of objects all the way counts."""
        fields: dict[str, list[Layer]] = {}
        for layer in layers:
            if layer.node.members is None:
                fields = {}
            for key, node in layer.node.items():
                below = fields.get(key, [])
                merges = below and below[-1].node.is_mapping and node.is_mapping
                fields[key] = [*(below if merges else []), Layer(node, layer.scope, layer.known)]
        return fields

    def object(self, fields: Mapping[str, list[Layer]], path: Path) -> Json:
        properties = {key: self.tree(layers, (*path, key)) for key, layers in fields.items()}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def array(self, layer: Layer, path: Path) -> Json:
        items = [
            self.tree([Layer(element, layer.scope, layer.known)], (*path, index))
            for index, element in enumerate(layer.node)
        ]
        if not items:
            return {"type": "array", "maxItems": 0}
        return {"type": "array", "items": items, "additionalItems": False, "minItems": len(items)}

    def wrapper(self, layer: Layer, path: Path) -> Json:
        expression = layer.node.get(TEMPLATE_KEY)
        if expression is None or expression.text is None or layer.node.get(VARIABLES_KEY) is not None:
            self.problems.append(Problem(path, Origin(layer.node), "its variables may replace any root"))
            return {}
        return self.leaf(Layer(expression, layer.scope, layer.known), path)

    def leaf(self, layer: Layer, path: Path) -> Json:
        node = layer.node
        text = node.value
        if not isinstance(text, str) or "{{" not in text:
            return {"const": text}
        inference = self.inferences.infer(text, layer.scope, layer.known)
        if not isinstance(inference, Inference):
            reason = inference.message if isinstance(inference, TemplateError) else inference.reason
            self.problems.append(Problem(path, Origin(node, 0, len(text)), reason))
            return {}
        self.origins[path] = _origin(node, text, inference)
        self.problems += _problems(path, node, inference)
        return to_schema(inference.type)


def _origin(node: Node, text: str, inference: Inference) -> Origin:
    if inference.mode == "path" and len(inference.accesses) == 1:
        return Origin(node, inference.accesses[0].start, inference.accesses[0].end)
    return Origin(node, 0, len(text))


def _problems(path: Path, node: Node, inference: Inference) -> Iterator[Problem]:
    for access in inference.accesses:
        if access.lookup is not None:
            way = ".".join(access.names[: access.at + 1])
            reason = f"`{way}` is never there" if access.never else f"`{way}` may be missing"
            yield Problem(path, Origin(node, access.start, access.end), reason, access)
    if inference.type.unknown:
        yield Problem(path, Origin(node), inference.type.unknown)
