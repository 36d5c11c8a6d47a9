"""Whether a document has a shape: exact values in which any node may be a JSON Schema (of the small kind known here).

The same reading as expectations have, with no library but RE2: stub services must not slow the harness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from validator.sandbox.harness.patterns import compiled

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) or (isinstance(value, float) and value.is_integer())) and not isinstance(value, bool)
    ),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}
TELLING = frozenset({
    "const", "enum", "anyOf", "oneOf", "allOf", "not", "pattern", "properties", "items", "minimum", "maximum",
})  # fmt: skip
"""A node with one of these, or with `type`, is a schema; one without is a value."""
KEYWORDS = TELLING | {
    "type", "required", "additionalProperties", "minLength", "maxLength", "minItems", "maxItems", "exclusiveMinimum",
    "exclusiveMaximum", "contains", "title", "description",
}  # fmt: skip
"""What `conforms` understands."""
BEYOND = frozenset({
    "uniqueItems", "format", "multipleOf", "minProperties", "maxProperties", "patternProperties", "prefixItems",
    "propertyNames", "$schema", "$defs", "$ref", "if", "then", "else",
})  # fmt: skip
"""Keywords that an expectation may use and a request may not."""


def is_schema(node: Any) -> bool:
    """Whether this node is a JSON Schema: it has only keywords, and one that asserts something."""
    if not isinstance(node, dict) or not node or not set(node) <= KEYWORDS | BEYOND:
        return False
    kind = node.get("type")
    names = kind if isinstance(kind, list) else [kind]
    well_typed = bool(names) and all(isinstance(name, str) and name in TYPES for name in names)
    return well_typed if "type" in node else bool(set(node) & TELLING)


def _in_member(name: str, expected: dict[str, Any], found: dict[str, Any], path: str) -> str:
    below = f"{path}.{name}" if path else name
    return difference(expected[name], found[name], below) if name in found else f"{below} is missing"


def difference(expected: Any, found: Any, path: str = "") -> str:
    """The first place where `found` has not the expected shape, in words; empty when it has.

    Members that only `found` has are no difference: a stub need not know every field of a request.
    """
    where = path or "the value"
    if is_schema(expected):
        return "" if conforms(expected, found) else f"{where} does not conform to its schema"
    if isinstance(expected, dict) and isinstance(found, dict):
        return next(filter(None, (_in_member(name, expected, found, path) for name in expected)), "")
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{where} has {len(found)} items instead of {len(expected)}"
        pairs = enumerate(zip(expected, found, strict=True))
        problems = (difference(one, other, f"{path}[{at}]") for at, (one, other) in pairs)
        return next(filter(None, problems), "")
    return "" if equal(expected, found) else f"{where} differs"


def equal(one: Any, other: Any) -> bool:
    """Equality of JSON values: 1 is 1.0, and neither is true."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def conforms(schema: Any, value: Any) -> bool:
    """Whether a value conforms to a schema of the keywords in KEYWORDS."""
    if isinstance(schema, bool):
        return schema
    kind = schema.get("type")
    if kind is not None and not any(TYPES[name](value) for name in (kind if isinstance(kind, list) else [kind])):
        return False
    return _combined(schema, value) and _sized(schema, value) and _parts(schema, value)


def _combined(schema: Mapping[str, Any], value: Any) -> bool:
    return (
        ("const" not in schema or equal(schema["const"], value))
        and ("enum" not in schema or any(equal(each, value) for each in schema["enum"]))
        and all(conforms(each, value) for each in schema.get("allOf", ()))
        and ("anyOf" not in schema or any(conforms(each, value) for each in schema["anyOf"]))
        and ("oneOf" not in schema or sum(conforms(each, value) for each in schema["oneOf"]) == 1)
        and ("not" not in schema or not conforms(schema["not"], value))
    )


def _sized(schema: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, str):
        if "pattern" in schema and not compiled(schema["pattern"]).search(value):
            return False
        return _within(schema, "minLength", "maxLength", len(value))
    if isinstance(value, list):
        return _within(schema, "minItems", "maxItems", len(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        above = "exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"]
        below = "exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"]
        return above and below and _within(schema, "minimum", "maximum", value)
    return True


def _within(schema: Mapping[str, Any], least: str, most: str, number: float) -> bool:
    return bool(schema.get(least, number) <= number <= schema.get(most, number))


def _parts(schema: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        return all(name in value for name in schema.get("required", ())) and all(
            conforms(properties.get(name, others), member) for name, member in value.items()
        )
    if isinstance(value, list):
        items = all(conforms(schema.get("items", True), item) for item in value)
        return items and ("contains" not in schema or any(conforms(schema["contains"], item) for item in value))
    return True
