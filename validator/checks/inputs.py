"""What inputs do that no schema declares, by non-interference: a case is run again with one thing changed.

Pure: cases and outputs in, further cases and findings out. An input that a schema does not declare and that changes the
output is a part of the contract that nobody can see. A field that carries an input whole hands on whatever else comes
with it: in a cluster the config is among the inputs of a job (contract/runtime.md 1.2, fidelity note).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from validator.checks.conformance import BatchContext, declaration, show
from validator.findings import Finding, Json, Path
from validator.rules import conformance as rules
from validator.schemas.acceptance import is_reference
from validator.schemas.profile import LITERAL
from validator.schemas.undeclared import undeclared
from validator.schemas.validation import is_instance
from validator.suite.cases import Case
from validator.suite.undeclared_values import strangers

MEMBER = "sandboxCanary"
"""The name of a member that no schema declares and no engram knows."""
DEEPEST = 3
"""Objects within one another that get such a member."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A case with a member more in its inputs, and in objects among them."""

    case: Case
    places: Mapping[str, Path]
    """The value of each such member -> the object that it is in."""


def probe(case: Case, schema: Json) -> Probe | None:
    """The case with such members wherever inputSchema lets them pass; None where it lets none."""
    inputs, places = dict(case.inputs), {}
    for path in _objects(inputs):
        value = hashlib.sha256(f"{case.name}\0{path}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        changed = _with_member(inputs, path, value)
        if schema is None or is_instance(schema, changed, profile=LITERAL):
            inputs = changed
            places[value] = path
    return Probe(replace(case, inputs=inputs), places) if places else None


def carried(context: BatchContext, probed: Probe, output: Json, allowed: Iterable[str]) -> Iterator[Finding]:
    """Declared fields of an output that hold an object of the inputs whole, the outermost alone."""
    schema = context.template.output_schema
    strange = set(undeclared(schema.value, output)) if schema is not None else set()
    reported: list[Path] = []
    for path, value in _members(output):
        source = probed.places.get(value) if isinstance(value, str) else None
        if source is None or any(path[: len(known)] == known for known in reported):
            continue
        reported.append(path)
        unseen = any(path[:length] in strange for length in range(1, len(path) + 1))
        if unseen or schema is None or show(path).strip("`") in {f".{name.lstrip('.')}" for name in allowed}:
            continue
        yield rules.INPUTS_CARRIED.at(
            declaration(context.template, path),
            context.subject,
            anchor=("spec", "outputSchema", *path),
            evidence={"case": probed.case.name, "inputs": dict(probed.case.inputs), "output": output},
            path=show(path),
            source=f"the input {show(source)}" if source else "all inputs",
        )


@dataclass(frozen=True, slots=True)
class Strange:
    """An input of a case that inputSchema does not declare, and the case without it."""

    path: Path
    without: Case


def undeclared_inputs(context: BatchContext, case: Case) -> Iterator[Strange]:
    """The undeclared inputs of a case, each left out in turn."""
    schema = context.template.input_schema
    for path in sorted(strangers(context.template, dict(case.inputs)), key=str) if schema is not None else ():
        yield Strange(path, replace(case, inputs=_without(dict(case.inputs), path)))


def matters(context: BatchContext, case: Case, strange: Strange, output: Json, without: Json) -> Iterator[Finding]:
    """An undeclared input that the output depends on; `without` is what came out without it, None where it failed."""
    if output == without:
        return
    node = case.written("inputs", *strange.path[:-1])
    yield rules.UNDECLARED_INPUT_MATTERS.at(
        node.key_location(str(strange.path[-1])) if node is not None else case.location,
        context.subject,
        anchor=("spec", "inputSchema", *strange.path),
        evidence={"case": case.name, "inputs": dict(case.inputs), "output": output, "without it": without},
        path=show(strange.path),
    )


def _objects(value: Json, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict) and not is_reference(value) and len(path) < DEEPEST:
        yield path
        for name, member in value.items():
            yield from _objects(member, (*path, name))


def _with_member(document: Json, path: Path, value: str) -> dict[str, Any]:
    assert isinstance(document, dict)
    if not path:
        return {**document, MEMBER: value}
    name, *rest = path
    assert isinstance(name, str)
    return {**document, name: _with_member(document[name], tuple(rest), value)}


def _members(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every object of a document that has the member, outermost first, with what it holds there."""
    if isinstance(value, dict):
        if MEMBER in value:
            yield path, value[MEMBER]
        for name, member in value.items():
            yield from _members(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _members(item, (*path, index))


def _without(document: Json, path: Path) -> Any:
    step, *rest = path
    if isinstance(document, dict):
        if not rest:
            return {name: member for name, member in document.items() if name != step}
        return {name: _without(member, tuple(rest)) if name == step else member for name, member in document.items()}
    if isinstance(document, list):
        return [_without(item, tuple(rest)) if index == step else item for index, item in enumerate(document)]
    return document
