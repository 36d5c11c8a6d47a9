"""Whose value a template hands on: the schemas that an access leads into, and documents that show what it may be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from validator.checks.pairwise.dialects import PLATFORM
from validator.checks.pairwise.next_counterexample import governing
from validator.checks.pairwise.pairs import Pairs, as_object, unusable
from validator.checks.pairwise.wording import point
from validator.findings import Json, Location, Path
from validator.sources.manifests import Manifest, Step
from validator.sources.workspace import Workspace
from validator.stories.analysis import Inferences
from validator.stories.graph import Graph
from validator.stories.scopes import Scope
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate_condition
from validator.templates.inference import Inference

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
        parts = [*schema.get("allOf", ()), _placed(self.names, {"const": value})]  # type: ignore[misc]  # a list: the schema is usable
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
    equal: tuple[tuple[tuple[str, ...], Json], ...] = ()
    """Ways that have to be a certain text, or true."""
    there: frozenset[tuple[str, ...]] = frozenset()
    """Ways that have to be there."""

    def looks_at(self, upstream: Upstream) -> bool:
        """Whether it looks into a document, or at a packet that is one."""
        roots = {upstream.root, ("packet",)} if upstream.root[0] != "inputs" else {upstream.root}
        return any(_below(way, root) for way in self.ways for root in roots)

    def needs(self, upstream: Upstream) -> list[Json]:
        """What a document has to satisfy for it to be true, as far as that can be said as a schema."""
        wanted: list[tuple[tuple[str, ...], Json]] = [(way, {"const": value}) for way, value in self.equal]
        wanted += [(way, {}) for way in sorted(self.there)]
        parts: list[Json] = []
        for way, schema in wanted:
            root = next((root for root in (upstream.root, ("packet",)) if way[: len(root)] == root != way), None)
            if root is not None and way[len(root)] != "metadata":
                parts.append(_placed(way[len(root) :], schema))
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


def condition_of(inferences: Inferences, step: Step, scope: Scope) -> Condition | None:
    """The `if` of a step as something to ask; None where there is none."""
    text = step.if_.text if step.if_ is not None else None
    if text is None or "{{" not in text:
        return None
    inference = inferences.infer(text, scope)
    if not isinstance(inference, Inference):
        return Condition(text, frozenset())
    ways = frozenset(access.names for access in inference.accesses)
    return Condition(text, ways, tuple(_equalities(text)), inference.established)


def _placed(names: tuple[str, ...], schema: Json) -> Json:
    """A schema of what stands at the end of a way."""
    for name in reversed(names):
        schema = {"properties": {name: schema}, "required": [name]}
    return schema


def _equalities(text: str) -> Iterator[tuple[tuple[str, ...], Json]]:
    """The ways that are compared with a text by `eq`, or asked to be true, where nothing but `and` joins them."""
    body = text.strip().removeprefix("{{").removesuffix("}}").strip(" -")
    if re.search(r"\b(or|not|ne|if|with|range|default)\b|[|}$]", re.sub(r'"[^"]*"', '""', body)):
        return
    for match in re.finditer(r'\beq\s+\.?([A-Za-z_][\w.]*)\s+"([^"\\]*)"', body):
        yield tuple(match[1].split(".")), match[2]
    words = re.sub(r"\([^()]*\)", "", body).split()
    if words[:1] == ["and"] or len(words) == 1:
        for word in words:
            if re.fullmatch(r"\.?[A-Za-z_]\w*(\.\w+)+", word):
                yield tuple(word.removeprefix(".").split(".")), True


def _below(way: tuple[str, ...], root: tuple[str, ...]) -> bool:
    return way[: len(root)] == root or root[: len(way)] == way
