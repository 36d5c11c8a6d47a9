"""What a case expects, against what it got: exact values in which any node may be a JSON Schema instead."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from validator.findings import Json, Path
from validator.schemas.independent import problem, validator_of

MOST_SHOWN = 200
"""Characters of a value in a message."""

_TYPES = {"string", "number", "integer", "boolean", "object", "array", "null"}
_TELLING = {"const", "enum", "anyOf", "oneOf", "allOf", "not", "pattern", "properties", "items", "minimum", "maximum"}
_KEYWORDS = {
    *_TELLING,
    "type", "required", "additionalProperties", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
    "format", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties",
    "patternProperties", "prefixItems", "contains", "propertyNames", "title", "description", "$schema", "$defs",
    "$ref", "if", "then", "else",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the found document is not what was expected."""

    path: Path
    problem: str
    expected: Json
    found: Json


def is_schema(expected: Json) -> bool:
    """Whether this node of an expectation is a JSON Schema: it has only keywords, and one that asserts something.

    A value that looks like a schema can be expected anyway, as `{const: …}`.
    """
    if not isinstance(expected, Mapping) or not expected or not set(expected) <= _KEYWORDS:
        return False
    kind = expected.get("type")
    names = kind if isinstance(kind, list) else [kind]
    well_typed = bool(names) and all(isinstance(name, str) and name in _TYPES for name in names)
    return well_typed if "type" in expected else bool(set(expected) & _TELLING)


def differences(expected: Json, found: Json, path: Path = (), *, partial: bool = False) -> Iterator[Difference]:
    """Every place where `found` differs from `expected`, outermost first.

    Numbers are equal by value (1 and 1.0). With `partial`, members that only `found` has are no difference.
    """
    if is_schema(expected):
        yield from _violations(expected, found, path)
    elif isinstance(expected, dict) and isinstance(found, dict):
        yield from _members(expected, found, path, partial)
    elif isinstance(expected, list) and isinstance(found, list):
        for index, (one, other) in enumerate(zip(expected, found, strict=False)):
            yield from differences(one, other, (*path, index), partial=partial)
        if len(expected) != len(found):
            items = "item" if len(expected) == 1 else "items"
            yield Difference(path, f"expected {len(expected)} {items}, found {len(found)}", expected, found)
    elif isinstance(expected, bool) != isinstance(found, bool) or expected != found:
        yield Difference(path, f"expected {shown(expected)}, found {shown(found)}", expected, found)


def shown(value: Json) -> str:
    """A value as a message has it: JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}… ({len(text):,} characters)"


def _members(expected: dict[str, Json], found: dict[str, Json], path: Path, partial: bool) -> Iterator[Difference]:
    for name, value in expected.items():
        if name in found:
            yield from differences(value, found[name], (*path, name), partial=partial)
        else:
            yield Difference((*path, name), f"expected {shown(value)}, but absent", value, None)
    if not partial:
        for name in found.keys() - expected.keys():
            yield Difference((*path, name), "found, but not expected", None, found[name])


def _violations(schema: Json, found: Json, path: Path) -> Iterator[Difference]:
    assert isinstance(schema, dict)
    try:
        errors = list(validator_of(schema).iter_errors(found))
    except Exception as fault:  # noqa: BLE001 - what is no schema, or refers elsewhere, raises what it likes
        yield Difference(path, f"the schema that is expected cannot be applied: {problem(fault)}", schema, found)
        return
    for error in errors:
        yield Difference((*path, *error.absolute_path), error.message, schema, error.instance)
