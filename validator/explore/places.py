"""The part of a schema that describes one place of a document, as far as it can be found without deciding anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from validator.findings import Json, Path
from validator.schemas.pointers import resolve_locally

FOLLOWED = 16
"""References that are followed one after another."""


def place(schema: Json, path: Path) -> dict[str, Any]:
    """The keywords that hold at a path, those of `allOf` and of alternatives laid over one another; {} if unknown."""
    found: list[Mapping[str, Any]] = [*_parts(schema, schema)]
    for step in path:
        found = [part for each in found for inner in _inside(each, step) for part in _parts(inner, schema)]
    together: dict[str, Any] = {}
    for part in found:
        together |= part
    return together


def _parts(schema: Any, root: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """A schema and what it is composed of."""
    if not isinstance(schema, Mapping) or depth > FOLLOWED:
        return
    if isinstance(schema.get("$ref"), str):
        yield from _parts(resolve_locally(root, schema["$ref"]), root, depth + 1)
        return
    for keyword in ("allOf", "anyOf", "oneOf"):
        members = schema.get(keyword)
        for member in members if isinstance(members, list) else ():
            yield from _parts(member, root, depth + 1)
    yield schema


def _inside(schema: Mapping[str, Any], step: str | int) -> Iterator[Any]:
    """The schemas of a member or an item."""
    if isinstance(step, int):
        prefix, items = schema.get("prefixItems"), schema.get("items")
        listed = prefix if isinstance(prefix, list) else items if isinstance(items, list) else []
        yield listed[step] if step < len(listed) else items
        return
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and step in properties:
        yield properties[step]
    else:
        yield schema.get("additionalProperties")
