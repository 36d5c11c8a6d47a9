"""A disagreement as a finding: what is said of it, where it points, and what to change."""

from __future__ import annotations

from dataclasses import dataclass

from validator.checks.pairwise.pairs import Disagreement, dotted
from validator.findings import Finding, Json, Location, Path, Related, Rule, Subject, Suggestion
from validator.sources.node import Node


@dataclass(frozen=True, slots=True)
class Side:
    """One of two schemas, with what people call its owner."""

    name: str
    """Such as `fetch`, in backquotes."""
    spec: Node
    """What holds the schema."""
    field: str
    """Such as `outputSchema`."""

    def line(self, path: Path) -> Location:
        """Where a part of the schema stands: its key, or the value itself where it is short."""
        return point(self.spec, (self.field, *path))


def point(root: Node, path: Path) -> Location:
    """The characters that stand for what is at a path: a short value, else the key above it."""
    node, key = root, root.location
    for step in path:
        inner = node.child(step)
        if inner is None:
            break
        key = node.key_location(step) if isinstance(step, str) else inner.location
        node = inner
    at = node.location
    is_short = at.line == at.end_line and not node.is_mapping and not isinstance(node.value, bool)
    return at if is_short else key


def disagreement(
    rule: Rule,
    found: Disagreement,
    producer: Side,
    consumer: Side,
    subject: Subject,
    location: Location | None = None,
    *,
    suggestion: Suggestion | None = None,
    **facts: object,
) -> Finding:
    """The finding about a disagreement: at the producer's line, unless another place is given."""
    here = producer.line(found.producer)
    there = Related(consumer.line(found.consumer), f"{consumer.name} does not take it ({consumer.field})")
    related = [there]
    if location is not None and location != here:
        related.insert(0, Related(here, f"{producer.name} allows it ({producer.field})"))
    return rule.at(
        location or here,
        subject,
        anchor=(producer.name, consumer.name, *found.path, found.keyword),
        evidence=evidence(found),
        suggestion=suggestion or advice(found, producer, consumer),
        related=related,
        **{  # type: ignore[arg-type]  # facts of the message; none has the name of a parameter
            "producer": producer.name,
            "consumer": consumer.name,
            "what": what(found),
            "problem": found.message,
            **facts,
        },
    )


def evidence(found: Disagreement) -> dict[str, Json]:
    """The document that shows it."""
    return {"witness": found.witness}


def what(found: Disagreement) -> str:
    """The offending thing, as a noun."""
    if found.missing:
        owner = dotted(found.path[:-1])
        return f"{'an object' if owner else 'a document'} without `{found.missing}`" + (
            f" at `{owner}`" if owner else ""
        )
    where = dotted(found.path)
    return f"a value at `{where}`" if where else "a document"


def advice(found: Disagreement, producer: Side, consumer: Side) -> Suggestion:
    """What to change, on either side."""
    name = dotted(found.path)
    if found.missing and found.declared:
        return Suggestion(
            f"list `{found.missing}` under `required` of {producer.field} if {producer.name} always gives it, "
            f"or let {consumer.name} do without it"
        )
    if found.missing:
        return Suggestion(
            f"give `{name}` in `with` or `runtime` of the step that runs {consumer.name}, "
            f"or let {consumer.name} do without it"
        )
    if found.keyword == "type":
        return Suggestion(f"give {consumer.name} what it takes in `with` or `runtime`, or let it take both types")
    if found.keyword in ("additionalProperties", "propertyNames"):
        return Suggestion(f"leave `{name}` out, or declare it in {consumer.field} of {consumer.name}")
    return Suggestion(
        f"say the same of `{name}` in {producer.field} of {producer.name} if it holds there, "
        f"or let {consumer.name} take more"
        if name
        else f"say the same in {producer.field} of {producer.name} if it holds there, or let {consumer.name} take more"
    )
