"""The templates of a tree that is evaluated on schemas: each with its place, and with what is known of its value."""

from __future__ import annotations

from dataclasses import dataclass

from validator.checks.pairwise.pairs import Disagreement
from validator.findings import Json, Location, Path
from validator.stories.analysis import Inferences
from validator.stories.scopes import Scope
from validator.stories.typing import Origin
from validator.templates.inference import Inference

KNOWN_DOUBT = "`resolution` says why it comes to nothing"
"""A doubt that has been told already."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A template somewhere in a tree, such as the input of a step."""

    path: Path
    """Its place in what the tree becomes."""
    origin: Origin
    inference: Inference
    scope: Scope

    @property
    def exact(self) -> bool:
        """Whether its type is that of the value it hands on: any function makes a guess of it."""
        return self.inference.mode == "path" and len(self.inference.accesses) == 1

    @property
    def location(self) -> Location:
        """The characters that hand the value on."""
        if self.origin.start < 0:
            return self.origin.node.location
        return self.origin.node.span(self.origin.start, self.origin.end)

    @property
    def text(self) -> str:
        """What is written there."""
        whole = self.origin.node.text or ""
        return whole if self.origin.start < 0 else whole[self.origin.start : self.origin.end]


def leaf_at(inferences: Inferences, path: Path, origin: Origin, text: str, scope: Scope) -> Leaf | None:
    """The template at a place; None where it does not parse, or is not understood."""
    inference = inferences.infer(text, scope)
    return Leaf(path, origin, inference, scope) if isinstance(inference, Inference) else None


def covering(leaves: dict[Path, Leaf], path: Path) -> Leaf | None:
    """The template that made the value at a path."""
    for length in range(len(path), -1, -1):
        if path[:length] in leaves:
            return leaves[path[:length]]
    return None


def alone(schema: Json, path: Path) -> Json:
    """Inputs of which only one place is known."""
    if not path:
        return schema
    step, *rest = path
    if isinstance(step, str):
        inner = schema["properties"][step]  # type: ignore[index, call-overload]  # a schema that `infer_step` made
        return {"type": "object", "properties": {step: alone(inner, tuple(rest))}, "required": [step]}
    items = schema["items"]  # type: ignore[index, call-overload]  # as above
    known: list[Json] = [{} for _ in range(step)]
    return {"type": "array", "items": [*known, alone(items[step], tuple(rest))], "minItems": step + 1}  # type: ignore[index]


def value_at(document: Json, path: Path) -> Json:
    """The value at a path of a document that has one there."""
    value = document
    for step in path:
        value = value[step]  # type: ignore[index]  # the witness has what its violation speaks of
    return value


def grounded(schema: Json) -> Json:
    """The schema with `{}` for what refers to somewhere else: pieces of other documents cannot be followed here."""
    if isinstance(schema, list):
        return [grounded(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return {}
    return {key: value if key in ("const", "enum", "default") else grounded(value) for key, value in schema.items()}


def vanishes(found: Disagreement, leaf: Leaf) -> bool:
    """Whether the value is a null that a batch output does not keep: then the field is missing (runtime.md 0)."""
    return (
        leaf.exact
        and leaf.inference.accesses[0].names[0] == "steps"
        and not found.missing
        and value_at(found.witness, found.path) is None
        and not any(isinstance(step, int) for step in found.path[len(leaf.path) :])
    )
