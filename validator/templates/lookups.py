"""Asking a type for a field or an element: what is there for sure, maybe, or never as far as schemas declare.

Source: templating.md, sections 3 and 13.2; an open object may carry what nobody declared.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from validator.findings import Json
from validator.schemas.patterns import PatternError, compile_pattern
from validator.templates.types import PRESERVE, STRING, Alternative, Type, from_schema, mapping, typed, union, unknown


class Presence(enum.Enum):
    """Whether a field is there, in one alternative of an object's type."""

    SURE = "sure"
    OPTIONAL = "optional"
    FREE = "free"
    """Nobody says."""
    UNDECLARED = "undeclared"
    """The object declares other fields and is open: it may carry this one, and nobody said that it does."""
    CLOSED = "closed"
    """The object allows no such field."""
    NO_OBJECT = "no object"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Lookup:
    """What comes of asking a value for a field."""

    type: Type
    presences: frozenset[Presence]
    """One for each alternative; empty when nothing is known of the value."""

    is_certain: bool = False
    """Whether something is known of every alternative."""
    never: bool = False
    """Whether no alternative declares the field."""
    sometimes: bool = False
    """Whether some values have the field for sure or maybe, and some do not."""


SURE_ONLY = frozenset({Presence.SURE})
_DECLARED = frozenset({Presence.SURE, Presence.OPTIONAL})


def _lookup(type_: Type, presences: frozenset[Presence]) -> Lookup:
    certain = bool(presences) and Presence.FREE not in presences
    never = certain and presences.isdisjoint(_DECLARED)
    return Lookup(type_, presences, certain, never, certain and not never and presences != SURE_ONLY)


def established(found: Lookup) -> Lookup:
    """The same, once a test has found the field to be there."""
    type_ = found.type.present.without("null")
    return _lookup(type_, SURE_ONLY if found.presences else found.presences)


def look_up(owner: Type, name: str) -> Lookup:
    """Ask a value for a field, as a dot or a string subscript does."""
    if owner.unknown or not owner.alternatives:
        return Lookup(unknown(owner.unknown or "nothing is known of its owner"), frozenset())
    if len(owner.alternatives) > 1:
        return _looked_up(owner.alternatives, name)
    fields = owner.alternatives[0].fields
    known = fields.get(name)
    if known is None:
        fields[name] = known = _looked_up(owner.alternatives, name)
    return known  # type: ignore[return-value]  # only this function writes there


def _looked_up(alternatives: Sequence[Alternative], name: str) -> Lookup:
    found = [_field(alternative, name) for alternative in alternatives]
    presences = frozenset(presence for presence, _ in found)
    present = [field for presence, field in found if presence in _THERE]
    type_ = present[0] if len(present) == 1 else union(present) if present else Type()
    if presences != SURE_ONLY and not type_.missing:
        type_ = Type(type_.alternatives, type_.unknown, missing=True)
    return _lookup(type_, presences)


_WITH_METHODS = frozenset({"time.Time", "*semver.Version"})
_THERE = (Presence.SURE, Presence.OPTIONAL, Presence.FREE)


def _field(owner: Alternative, name: str) -> tuple[Presence, Type]:
    if owner.kind == "null":
        return Presence.NULL, Type()
    if owner.go in _WITH_METHODS:
        return Presence.FREE, unknown("a method of a Go value")
    if owner.kind != "object":
        return Presence.NO_OBJECT, Type()
    if owner.values is not None:
        return _field_of_values(owner.values, name)
    if owner.go == "map[string]string":
        return Presence.FREE, STRING
    return _field_of_schemas(owner, name)


def _field_of_values(owners: Sequence[Json], name: str) -> tuple[Presence, Type]:
    """A field of an object that has one of these values."""
    values = [value[name] for value in owners if isinstance(value, dict) and name in value]
    if not values:
        return Presence.CLOSED, Type()
    return Presence.SURE if len(values) == len(owners) else Presence.OPTIONAL, from_schema({"enum": values})


def _field_of_schemas(owner: Alternative, name: str) -> tuple[Presence, Type]:
    schemas = [schema for part in owner.parts for schema in _schemas_for(part, name)]
    required = any(name in _names(part.get("required")) for part in owner.parts)
    if any(schema is False for schema in schemas):
        return Presence.CLOSED, Type()
    if schemas:
        type_ = typed(schemas, owner.root)
        if required:
            return Presence.SURE, type_
        declared = any(name in mapping(part, "properties") or _singles_out(part, name) for part in owner.parts)
        return (Presence.OPTIONAL if declared else Presence.FREE), type_
    if required:
        return Presence.SURE, unknown(f"nothing describes `{name}`")
    if _is_free(owner) or _mentions(owner, name):
        return Presence.FREE, unknown("its owner may have any field")
    return Presence.UNDECLARED, Type()


def _names(listed: Json) -> list[Json]:
    return listed if isinstance(listed, list) else []


def _schemas_for(part: Mapping[str, Json], name: str) -> list[Json]:
    """What one schema says of a field: False where it forbids it, nothing where it does not speak of it."""
    properties = mapping(part, "properties")
    own: list[Json] = [properties[name]] if name in properties else []
    own += [schema for pattern, schema in mapping(part, "patternProperties").items() if _matches(pattern, name)]
    rest = part.get("additionalProperties")
    if not own and (rest is False or (isinstance(rest, dict) and rest)):
        own = [rest]
    return own


def _singles_out(part: Mapping[str, Json], name: str) -> bool:
    """Whether a pattern is meant for names like this one: for longer ones, not for the same letters in any order."""
    return any(
        _matches(pattern, name)
        and not _matches(pattern, name[::-1])
        and (_matches(pattern, name + name[-1:]) or _matches(pattern, name[:1] + name))
        for pattern in mapping(part, "patternProperties")
    )


def _is_free(owner: Alternative) -> bool:
    """Whether an object may have any field because its author says so, or says nothing."""
    if any(part.get(PRESERVE) is True for part in owner.parts):
        return True
    if any(part.get("additionalProperties") in (True, {}) for part in owner.parts):
        return True
    return not any(mapping(part, "properties") or mapping(part, "patternProperties") for part in owner.parts)


def _mentions(owner: Alternative, name: str) -> bool:
    """Whether a dependency in the schema speaks of the field; `if` is a choice between two alternatives."""
    for part in owner.parts:
        below = [*mapping(part, "dependencies").values(), *mapping(part, "dependentSchemas").values()]
        if any(name in _declared(schema) for schema in below if isinstance(schema, dict)):
            return True
    return False


def _declared(schema: Mapping[str, Json]) -> Iterator[str]:
    yield from mapping(schema, "properties")
    for keyword in ("allOf", "anyOf", "oneOf"):
        members = schema.get(keyword)
        for member in members if isinstance(members, list) else ():
            if isinstance(member, dict):
                yield from _declared(member)


def field_names(owner: Type) -> tuple[str, ...]:
    """The fields that some alternative declares or requires, in the author's order."""
    names: dict[str, None] = {}
    for alternative in owner.alternatives:
        for value in alternative.values or ():
            names |= dict.fromkeys(value if isinstance(value, dict) else ())
        if alternative.values is None and alternative.kind == "object":
            for part in alternative.parts:
                names |= dict.fromkeys(mapping(part, "properties"))
                names |= dict.fromkeys(name for name in _names(part.get("required")) if isinstance(name, str))
    return tuple(names)


def item_type(owner: Type) -> Type:
    """The type of an element of a list (or of a map's values, over which `range` goes too)."""
    if owner.unknown or not owner.alternatives:
        return unknown(owner.unknown or "nothing is known of its list")
    found: list[Type] = []
    for alternative in owner.alternatives:
        if alternative.kind == "array" and alternative.go == "[]string":
            found.append(STRING)
        elif alternative.kind == "array" and alternative.values is None:
            items = [part["items"] for part in alternative.parts if isinstance(part.get("items"), dict | bool)]
            found.append(typed(items, alternative.root) if items else unknown("nothing describes the elements"))
        elif alternative.kind in ("array", "object"):
            found.append(unknown("nothing describes the elements"))
    return union(found) if found else unknown("it is no list")


def element_type(owner: Type, position: int) -> Type:
    """The type of the element at a position; one of `items` for each position, or the same for all."""
    found: list[Type] = []
    for alternative in owner.alternatives:
        tuples = [part for part in alternative.parts if isinstance(_positions(part), list)]
        if alternative.values is not None or not tuples:
            found.append(item_type(Type((alternative,))))
            continue
        schemas = [_at(part, position) for part in alternative.parts if isinstance(_items(part), dict | bool | list)]
        found.append(typed(schemas, alternative.root) if schemas else unknown("nothing describes the element"))
    return union(found) if found and not owner.unknown else item_type(owner)


def most_elements(owner: Type) -> int | None:
    """How many elements a list can have at most, as far as the platform holds schemas to it; None for any number."""
    if owner.unknown or not owner.only("array"):
        return None
    bounds: list[int] = []
    for alternative in owner.alternatives:
        if alternative.values is not None:
            limits = [max((len(value) for value in alternative.values if isinstance(value, list)), default=0)]
        else:
            limits = [limit for part in alternative.parts for limit in _limits(part)]
        if not limits:
            return None
        bounds.append(min(limits))
    return max(bounds, default=None)


def _limits(part: Mapping[str, Json]) -> Iterator[int]:
    most, items = part.get("maxItems"), part.get("items")
    if isinstance(most, int) and not isinstance(most, bool):
        yield most
    if isinstance(items, list) and part.get("additionalItems") is False:
        yield len(items)


def _positions(part: Mapping[str, Json]) -> Json:
    """The schemas by position: `items` as a list, or `prefixItems`, which says what the author means."""
    return part["items"] if isinstance(part.get("items"), list) else part.get("prefixItems")


def _items(part: Mapping[str, Json]) -> Json:
    return _positions(part) or part.get("items")


def _at(part: Mapping[str, Json], position: int) -> Json:
    listed = _positions(part)
    if not isinstance(listed, list):
        return part.get("items")
    if position < len(listed):
        return listed[position]
    rest = part.get("additionalItems") if isinstance(part.get("items"), list) else part.get("items")
    return rest if isinstance(rest, dict) else {}


def _matches(pattern: str, name: str) -> bool:
    try:
        return compile_pattern(pattern)(name)
    except PatternError:
        return True
