"""Whose value a template hands on: the schemas that an access leads into, and documents that show what it may be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from validator.checks.pairwise.concessions import at, governing
from validator.checks.pairwise.dialects import PLATFORM
from validator.checks.pairwise.pairs import Pairs, as_object, unusable
from validator.checks.pairwise.wording import point
from validator.findings import Json, Location, Path
from validator.sources.manifests import Manifest, Step
from validator.sources.workspace import Workspace
from validator.stories.graph import Graph
from validator.stories.scopes import Scope
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate_condition, plan
from validator.templates.inference import infer_plan

_OUTPUTS = ("output", "outputs")
_EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class Upstream:
    """A document of the context that a value comes from, and the way to the value inside."""

    root: tuple[str, ...]
    """Where the document stands in the context, such as `steps`, `fetch`, `output`."""
    names: tuple[str, ...]
    """The way from the document on."""
    manifest: Manifest
    field: str
    """The field of its `spec` that holds the schema."""

    @property
    def schema(self) -> Json:
        """The document's schema."""
        node = self.manifest.node.find(("spec", self.field))
        return as_object(node.value) if node is not None else None

    def line(self, path: Path) -> Location:
        """Where the schema speaks of a place below the value."""
        part = governing(self.schema, (*self.names, *path), PLATFORM)
        return point(self.manifest.node, ("spec", self.field, *part))

    def with_value(self, value: Json, pairs: Pairs, condition: Condition | None) -> Json | None:
        """A whole document that the schema allows, with this value in its place and the condition true."""
        schema = self.schema
        if unusable(schema) or not isinstance(schema, dict):
            return None
        wanted: Any = {"const": value}
        for name in reversed(self.names):
            wanted = {"properties": {name: wanted}, "required": [name]}
        parts = [*schema.get("allOf", ()), wanted]  # type: ignore[misc]  # a list: the schema is usable
        parts += condition.needs(self) if condition is not None else []
        for document in pairs.examples({**schema, "allOf": parts}, _EXAMPLES):
            if condition is None or condition.holds(self, document):
                return document
        return None


def upstreams(
    names: tuple[str, ...], graph: Graph, workspace: Workspace, sources: tuple[Step, ...]
) -> Iterator[Upstream]:
    """The documents that a way through the context leads into; none where nobody describes them."""
    story = graph.story
    if names[0] == "inputs":
        if story.inputs_schema is not None:
            yield Upstream(names[:1], names[1:], story, "inputsSchema")
    elif names[0] == "packet":
        for source in sources:
            yield from _of_step(names[:1], names[1:], graph, workspace, source)
    elif names[0] == "steps" and len(names) > 1:
        step = graph.named(names[1])
        flat = story.is_realtime
        if step is not None and (flat or (len(names) > 2 and names[2] in _OUTPUTS)):
            length = 2 if flat else 3
            yield from _of_step(names[:length], names[length:], graph, workspace, step)


def _of_step(
    root: tuple[str, ...], names: tuple[str, ...], graph: Graph, workspace: Workspace, step: Step
) -> Iterator[Upstream]:
    template = workspace.step_template(graph.story, step) if step.ref is not None else None
    if template is not None and template.output_schema is not None:
        yield Upstream(root, names, template, "outputSchema")


@dataclass(frozen=True, slots=True)
class Condition:
    """The `if` of a step: what it says of the documents that get through."""

    text: str
    ways: frozenset[tuple[str, ...]]
    """What it looks at."""
    equal: tuple[tuple[tuple[str, ...], str], ...]
    """Ways that have to be a certain text."""

    def looks_at(self, upstream: Upstream) -> bool:
        """Whether it looks into a document, or at a packet that is one."""
        roots = {upstream.root, ("packet",)} if upstream.root[0] != "inputs" else {upstream.root}
        return any(_below(way, root) for way in self.ways for root in roots)

    def needs(self, upstream: Upstream) -> list[Json]:
        """What a document has to satisfy for it to be true, as far as that can be said as a schema."""
        parts: list[Json] = []
        for way, text in self.equal:
            root = next(
                (root for root in (upstream.root, ("packet",)) if _below(way, root) and len(way) > len(root)), None
            )
            if root is not None:
                wanted: Json = {"const": text}
                for name in reversed(way[len(root) :]):
                    wanted = {"properties": {name: wanted}, "required": [name]}
                parts.append(wanted)
        return parts

    def holds(self, upstream: Upstream, document: Json) -> bool:
        """Whether it lets a document through; also when it does not look at it at all."""
        if not self.looks_at(upstream):
            return True
        given: Any = json.loads(json.dumps(document), parse_int=float)
        context: dict[str, Any] = {"inputs": {}, "steps": {}}
        if upstream.root[0] == "inputs":
            context["inputs"] = given
        else:
            flat = len(upstream.root) < 3
            context["packet"] = {**given, "metadata": {}} if isinstance(given, dict) else given
            if upstream.root[0] == "steps":
                context["steps"][upstream.root[1]] = given if flat else {"output": given, "outputs": given}
        try:
            return evaluate_condition(self.text, context)
        except (TemplateError, UnsupportedError):
            return False


def condition_of(step: Step, scope: Scope) -> Condition | None:
    """The `if` of a step as something to ask; None where there is none."""
    text = step.if_.text if step.if_ is not None else None
    if text is None or "{{" not in text:
        return None
    try:
        inference = infer_plan(plan(text), text, scope.type)
    except (TemplateError, UnsupportedError):
        return Condition(text, frozenset(), ())
    return Condition(text, frozenset(access.names for access in inference.accesses), tuple(_equalities(text)))


def _equalities(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The ways that are compared with a text by `eq`, where nothing but `and` joins the comparisons."""
    import re

    body = text.strip().removeprefix("{{").removesuffix("}}").strip(" -")
    if re.search(r"\b(or|not|ne|if|with|range|default)\b|[|}$]", re.sub(r'"[^"]*"', '""', body)):
        return
    for match in re.finditer(r'\beq\s+\.?([A-Za-z_][\w.]*)\s+"([^"\\]*)"', body):
        yield tuple(match[1].split(".")), match[2]


def _below(way: tuple[str, ...], root: tuple[str, ...]) -> bool:
    return way[: len(root)] == root or root[: len(way)] == way


def part(schema: Json, names: Path) -> Json:
    """The part of a schema that speaks of a place."""
    return at(schema, governing(schema, names, PLATFORM))
