"""What the outputs of all cases teach about a schema: fields that it lacks, and fields that nobody ever puts out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from validator.checks.conformance import show
from validator.checks.isolation.insertion import Insertion, declare, lists_fields, reread
from validator.findings import Finding, Json, Path, Subject, Suggestion
from validator.rules import isolation as rules
from validator.schemas.acceptance import is_reference
from validator.schemas.undeclared import undeclared
from validator.sources.manifests import EngramTemplate
from validator.sources.node import Node

ENOUGH = 3
"""Successful cases from which on a field that none of them put out is worth a word."""


def proposed(template: EngramTemplate, findings: Sequence[Finding], outputs: Sequence[Json]) -> Iterator[Finding]:
    """The same findings, those of undeclared fields with the lines that would declare them.

    The types are those that all outputs of the engram showed at the place.
    """
    strangers = [finding.anchor[2:] for finding in findings if finding.rule is rules.UNDECLARED_FIELD]
    for finding in findings:
        if finding.rule is not rules.UNDECLARED_FIELD:
            yield finding
            continue
        path = finding.anchor[2:]
        first, *beside = _together(template, path, strangers)
        if not _alike(first, path):
            advice = (
                f"Declare it in outputSchema, or stop putting it out: the edit for {show(first)} declares it as well."
            )
            yield replace(finding, suggestion=Suggestion(advice))
            continue
        insertion = insertion_for(template, path, outputs, beside)
        if insertion is None:
            yield replace(finding, suggestion=Suggestion("Declare the field in outputSchema, or stop putting it out."))
            continue
        edit = Suggestion(
            "declare it in outputSchema, or stop putting it out:\n" + insertion.text.strip("\r\n"),
            insertion.location,
            insertion.text,
        )
        yield replace(finding, suggestion=edit, evidence={**finding.evidence, "patch": insertion.diff()})


def _together(template: EngramTemplate, path: Path, strangers: Iterable[Path]) -> list[Path]:
    """The undeclared fields that one edit declares: all of an object whose schema lists no fields, else this one."""
    schema = template.output_schema
    if schema is None or lists_fields(schema, path):
        return [path]
    found: list[Path] = []
    for each in strangers:
        if _alike(each[:-1], path[:-1]) and not any(_alike(each, one) for one in found):
            found.append(each)
    return sorted(found, key=lambda each: str(each[-1]))


def insertion_for(
    template: EngramTemplate, path: Path, outputs: Sequence[Json], beside: Iterable[Path] = ()
) -> Insertion | None:
    """The lines that declare an undeclared field, with those `beside` it; None where there are none that do."""
    schema = template.output_schema
    values = _seen(outputs, path)
    if schema is None or not values:
        return None
    insertion = declare(schema, path, infer(values), {str(each[-1]): infer(_seen(outputs, each)) for each in beside})
    if insertion is None:
        return None
    again = reread(insertion, template.node)
    after = again.find(("spec", "outputSchema")) if again is not None else None
    # Proven rather than believed: a proposal that leaves the field undeclared is none.
    if after is None or any(_alike(stranger, path) for each in outputs for stranger in undeclared(after.value, each)):
        return None
    return insertion


def _seen(outputs: Sequence[Json], path: Path) -> list[Json]:
    return [value for output in outputs for value in values_at(output, path)]


def unseen(
    template: EngramTemplate, subject: Subject, outputs: Mapping[str, Sequence[Sequence[Json]]]
) -> Iterator[Finding]:
    """Declared fields that no output of a mode has; nothing of a mode in which too few cases succeeded to say so.

    `outputs` has for each mode what each successful case put out.
    """
    schema = template.output_schema
    if schema is None:
        return
    enough = {mode: cases for mode, cases in outputs.items() if len(cases) >= ENOUGH}
    missing = {
        mode: list(never_seen(schema, [output for case in cases for output in case])) for mode, cases in enough.items()
    }
    everywhere = [path for path in next(iter(missing.values()), []) if all(path in found for found in missing.values())]
    if len(outputs) > len(enough):
        # Of the other mode nothing is known.
        everywhere = []
    if everywhere:
        yield _unseen(schema, subject, everywhere, sum(map(len, enough.values())))
    for mode, found in missing.items():
        if paths := [path for path in found if path not in everywhere]:
            yield _unseen(schema, subject, paths, len(enough[mode]), mode)


def _unseen(schema: Node, subject: Subject, paths: Sequence[Path], cases: int, mode: str = "") -> Finding:
    first = schema.at(_schema_path(paths[0][:-1])).get("properties")
    assert first is not None
    return rules.FIELD_NEVER_SEEN.at(
        first.key_location(str(paths[0][-1])),
        subject,
        anchor=("spec", "outputSchema", *paths[0], *([mode] if mode else [])),
        evidence={"fields": [show(path).strip("`") for path in paths], "cases": cases},
        suggestion=Suggestion("Write a case that brings it out, or take it out of the schema."),
        fields=", ".join(map(show, paths)),
        where=f" in mode {mode}" if mode else "",
    )


def _kinds(values: Sequence[Json]) -> list[str]:
    """The types of values, in order; an integer is a number, too."""
    kinds = set(map(_kind, values))
    return sorted(kinds - {"integer"} if "number" in kinds else kinds)


def never_seen(schema: Node, values: Sequence[Json], path: Path = ()) -> Iterator[Path]:
    """The declared fields that none of the values has, the outermost only.

    Only fields that are declared once for all: of alternatives, each output can have only one.
    """
    items = schema.get("items")
    inner = [item for value in values if isinstance(value, list) for item in value]
    if inner and items is not None and items.is_mapping:
        yield from never_seen(items, inner, (*path, 0))
    objects = [value for value in values if isinstance(value, dict) and not is_reference(value)]
    properties = schema.get("properties")
    if not objects or properties is None:
        return
    for name, member in properties.items():
        found = [value[name] for value in objects if name in value]
        if not found:
            yield (*path, name)
        elif member.is_mapping:
            yield from never_seen(member, found, (*path, name))


def values_at(document: Json, path: Path) -> Iterator[Json]:
    """Every value at a path, whatever the positions in arrays."""
    if not path:
        yield document
        return
    step, *rest = path
    if isinstance(step, int):
        for item in document if isinstance(document, list) else ():
            yield from values_at(item, tuple(rest))
    elif isinstance(document, dict) and step in document:
        yield from values_at(document[step], tuple(rest))


def infer(values: Sequence[Json]) -> dict[str, Json]:
    """The least schema by type that all values keep. Empty where there is nothing to say, as of a mere null."""
    plain = [value for value in values if not is_reference(value)]
    kinds = _kinds(plain)
    if kinds in ([], ["null"]):
        return {}
    schema: dict[str, Json] = {"type": kinds[0] if len(kinds) == 1 else list(kinds)}
    objects = [value for value in plain if isinstance(value, dict)]
    names = dict.fromkeys(name for value in objects for name in value)
    if names:
        schema["properties"] = {name: infer([value[name] for value in objects if name in value]) for name in names}
    items = [item for value in plain if isinstance(value, list) for item in value]
    if items:
        schema["items"] = infer(items)
    return schema


def _kind(value: Json) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _alike(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same field, whatever the positions in arrays."""
    return len(one) == len(other) and all(
        (isinstance(a, int) and isinstance(b, int)) or a == b for a, b in zip(one, other, strict=True)
    )


def _schema_path(path: Path) -> Path:
    found: list[str | int] = []
    for step in path:
        found += ["items"] if isinstance(step, int) else ["properties", step]
    return tuple(found)
