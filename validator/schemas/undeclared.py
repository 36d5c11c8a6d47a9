"""Fields that a schema lets pass without declaring them: the author's view, stricter than the platform's.

An open object accepts any field, so a leaked one is no violation. Here a field counts as declared when some part of
the schema that applies to its object speaks of it; what is declared free (preserve-unknown-fields, an object that lists
no fields, an explicit `additionalProperties: true`) holds no undeclared fields.
Source: contract `templating.md` 13.3, `hub.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from validator.findings import Json, Path
from validator.schemas.acceptance import is_reference
from validator.schemas.patterns import PatternError, compile_pattern
from validator.schemas.pointers import resolve_locally

_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_DECLARING = ("properties", "patternProperties")
_OPENING = ("additionalProperties", "unevaluatedProperties")


def undeclared(schema: Json, instance: Json) -> tuple[Path, ...]:
    """The paths of all fields, at any depth, that the schema does not declare; never those inside such a field."""
    return tuple(_Reader(schema).strangers([schema], instance, ()))


@dataclass(frozen=True, slots=True)
class _Reader:
    root: Json

    def strangers(self, schemas: list[Json], value: Json, at: Path) -> Iterator[Path]:
        """The undeclared fields of a value to which all these schemas apply."""
        if not isinstance(value, dict | list) or is_reference(value):
            return
        parts = self.parts(schemas)
        if parts is None:
            return
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.strangers(_item_schemas(parts, index), item, (*at, index))
            return
        if not any(part.get(keyword) for part in parts for keyword in (*_DECLARING, *_OPENING)):
            return
        for name, member in value.items():
            declared = _field_schemas(parts, name)
            if declared:
                yield from self.strangers(declared, member, (*at, name))
            else:
                yield (*at, name)

    def parts(self, schemas: list[Json]) -> list[dict[str, Json]] | None:
        """All schemas that apply in place, alternatives included; None where the object is free by declaration."""
        parts: list[dict[str, Json]] = []
        pending = list(schemas)
        seen: set[int] = set()
        while pending:
            schema = pending.pop()
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            seen.add(id(schema))
            if _is_free(schema):
                return None
            if "$ref" in schema:
                target = resolve_locally(self.root, schema["$ref"])
                if target is None:
                    return None
                pending.append(target)
                continue
            parts.append(schema)
            alternatives = [*_list(schema, "anyOf"), *_list(schema, "oneOf")]
            if not any(keyword in schema for keyword in _DECLARING) and any(map(_is_any_object, alternatives)):
                return None
            pending += [*alternatives, *_list(schema, "allOf")]
            pending += [schema.get(keyword) for keyword in ("if", "then", "else")]
            pending += [*_mapping(schema, "dependencies").values(), *_mapping(schema, "dependentSchemas").values()]
        return parts


def _is_free(schema: dict[str, Json]) -> bool:
    return (
        schema.get(_PRESERVE) is True
        or any(schema.get(keyword) is True or schema.get(keyword) == {} for keyword in _OPENING)
        or "const" in schema
        or "enum" in schema
    )


def _is_any_object(schema: Json) -> bool:
    """Whether an alternative is an object that lists no fields."""
    if schema is True or schema == {}:
        return True
    types = schema.get("type") if isinstance(schema, dict) else None
    speaks = isinstance(schema, dict) and any(
        keyword in schema for keyword in (*_DECLARING, *_OPENING, "$ref", "allOf", "anyOf", "oneOf")
    )
    return not speaks and (types == "object" or (isinstance(types, list) and "object" in types))


def _field_schemas(parts: list[dict[str, Json]], name: str) -> list[Json]:
    """The schemas of the parts that speak of a field; an opening one only in a part without a closer word."""
    found: list[Json] = []
    for part in parts:
        properties = _mapping(part, "properties")
        own = [properties[name]] if name in properties else []
        own += [schema for pattern, schema in _mapping(part, "patternProperties").items() if _matches(pattern, name)]
        if not own:
            own = [part[keyword] for keyword in _OPENING if isinstance(part.get(keyword), dict)]
        found += own
    return found


def _item_schemas(parts: list[dict[str, Json]], index: int) -> list[Json]:
    found: list[Json] = []
    for part in parts:
        leading = part["items"] if isinstance(part.get("items"), list) else part.get("prefixItems")
        rest = part.get("additionalItems") if isinstance(part.get("items"), list) else part.get("items")
        if isinstance(leading, list) and index < len(leading):
            found.append(leading[index])
        elif rest is not None:
            found.append(rest)
        found += [part[keyword] for keyword in ("contains", "unevaluatedItems") if keyword in part]
    return found


def _matches(pattern: str, name: str) -> bool:
    try:
        return compile_pattern(pattern)(name)
    except PatternError:
        return True


def _list(schema: dict[str, Json], keyword: str) -> list[Json]:
    members = schema.get(keyword)
    return members if isinstance(members, list) else []


def _mapping(schema: dict[str, Json], keyword: str) -> dict[str, Json]:
    members = schema.get(keyword)
    return members if isinstance(members, dict) else {}
