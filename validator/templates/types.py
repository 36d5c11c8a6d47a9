"""What is known about a value before there is one: a union of JSON and Go types, read lazily from JSON Schemas.

Unknown is part of the language: a type says why it may be anything, and nothing is concluded from that. An object type
keeps the schemas that apply to it, so that a field is looked up as deep as templates go and no deeper.
Source: templating.md, sections 3, 5 and 13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from validator.findings import Json
from validator.schemas.pointers import resolve_locally

MAX_ALTERNATIVES = 24
"""Schemas that split into more alternatives count as unknown."""

_KINDS = ("boolean", "number", "string", "array", "object", "null")
GO_TYPES = {
    "null": "nil",
    "boolean": "bool",
    "number": "float64",
    "string": "string",
    "array": "[]interface {}",
    "object": "map[string]interface {}",
}
"""What the platform decodes each kind of JSON to."""
PRESERVE = "x-kubernetes-preserve-unknown-fields"
_Branch: TypeAlias = tuple[list[Json], list[Mapping[str, Json]], frozenset[int]]
"""Schemas to follow, the parts of those that were followed, and which those were."""
_OBJECT_KEYWORDS = ("properties", "patternProperties", "required", "additionalProperties", "propertyNames")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One kind of value that a type may have."""

    kind: str
    """JSON kind: null, boolean, number, string, array or object."""
    go: str
    """Go type of the value within the platform."""
    parts: tuple[Mapping[str, Json], ...] = ()
    """The schemas that all apply to it."""
    root: Json = None
    """The schema that references in `parts` start from."""
    values: tuple[Json, ...] | None = None
    """The only values it can have; None when they are not listed."""
    integer: bool = False
    fields: dict[str, object] = field(default_factory=dict, compare=False, repr=False)
    """What lookups have found before: a schema is read once, however many templates ask."""


@dataclass(frozen=True, slots=True)
class Type:
    """A union of alternatives; nothing at all is the empty one."""

    alternatives: tuple[Alternative, ...] = ()
    unknown: str = ""
    """Why it may be anything else too; empty when it cannot."""
    missing: bool = False
    """Whether there may be no value."""

    @property
    def kinds(self) -> frozenset[str]:
        """The JSON kinds that are known to be possible."""
        return frozenset(alternative.kind for alternative in self.alternatives)

    @property
    def is_certain(self) -> bool:
        """Whether the alternatives are all there is (a missing value aside)."""
        return not self.unknown

    def only(self, *kinds: str) -> bool:
        """Whether the value has one of these kinds for sure, if there is one."""
        return self.is_certain and bool(self.alternatives) and self.kinds <= set(kinds)

    def without(self, *kinds: str) -> Type:
        """The type without some kinds."""
        return replace(self, alternatives=tuple(part for part in self.alternatives if part.kind not in kinds))

    @property
    def present(self) -> Type:
        """The same, known to be there."""
        return replace(self, missing=False) if self.missing else self

    @property
    def values(self) -> tuple[Json, ...] | None:
        """All values that are possible, when they are listed."""
        if self.unknown or any(alternative.values is None for alternative in self.alternatives):
            return None
        return tuple(value for alternative in self.alternatives for value in alternative.values or ())


def unknown(reason: str) -> Type:
    """A type of which nothing is known."""
    return Type(unknown=reason)


def scalar(kind: str, go: str = "", values: Sequence[Json] | None = None, *, integer: bool = False) -> Type:
    """A plain value of one kind."""
    listed = None if values is None else tuple(values)
    return Type((Alternative(kind, go or GO_TYPES[kind], values=listed, integer=integer),))


NOTHING = Type(missing=True)
STRING = scalar("string")
BOOLEAN = scalar("boolean")
NULL = scalar("null")


def literal(value: Json) -> Type:
    """The type of one JSON value."""
    return from_schema({"const": value})


def union(types: Iterable[Type]) -> Type:
    """Any of these."""
    alternatives: list[Alternative] = []
    reason = ""
    missing = False
    for one in types:
        alternatives += [alternative for alternative in one.alternatives if alternative not in alternatives]
        reason = reason or one.unknown
        missing = missing or one.missing
    return Type(tuple(alternatives), reason, missing)


def from_schema(schema: Json, root: Json = None) -> Type:
    """The type of the instances of a schema (draft 4 to 7, as the platform reads it; `required` lists only)."""
    return typed([schema], schema if root is None else root)


class Document(dict[str, Json]):
    """A schema within another that is a document of its own: its references start from it.

    It keeps its type, so that it is read once, wherever it stands. Never change one.
    """

    __slots__ = ("type",)
    type: Type


def typed(schemas: Sequence[Json], root: Json) -> Type:
    """The type of what is an instance of all these schemas; references start from `root`."""
    if len(schemas) == 1 and isinstance(schemas[0], Document):
        document = schemas[0]
        if not hasattr(document, "type"):
            document.type = _read(schemas, document)
        return document.type
    return _read(schemas, next((schema for schema in schemas if isinstance(schema, Document)), root))


def _read(schemas: Sequence[Json], root: Json) -> Type:
    found = []
    for parts in _expanded(schemas, root):
        if parts is None:
            return unknown("its schema has too many alternatives")
        found.append(_alternatives(parts, root))
    return found[0] if len(found) == 1 else union(found)


def _expanded(schemas: Sequence[Json], root: Json) -> Iterator[list[Mapping[str, Json]] | None]:
    """Each way to satisfy all the schemas, as a list of parts without choices; None when there are too many."""
    pending: list[_Branch] = [(list(schemas), [], frozenset())]
    followed = 0
    while pending:
        parts, branches = _follow(*pending.pop(), root)
        pending += branches
        if parts is not None:
            yield parts
        followed += 1
        if followed > MAX_ALTERNATIVES:
            yield None
            return


def _follow(
    todo: list[Json], parts: list[Mapping[str, Json]], seen: frozenset[int], root: Json
) -> tuple[list[Mapping[str, Json]] | None, list[_Branch]]:
    """All parts of a branch without choices; else nothing, and the branches that its first choice splits it into."""
    while todo:
        schema = todo.pop(0)
        if schema is False:
            return None, []
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen = seen | {id(schema)}
        if "$ref" in schema:
            todo.insert(0, resolve_locally(root, schema["$ref"]))
            parts.append({} if todo[0] is not None else {PRESERVE: True})
            continue
        parts.append(_unchoosing(schema))
        todo += _members(schema, "allOf")
        options, others = _choices(schema)
        if options is not None:
            todo += [{"anyOf": other} for other in others]
            return None, [([option, *todo], list(parts), seen) for option in reversed(options)]
    return parts, []


def _members(schema: dict[str, Json], keyword: str) -> list[Json]:
    members = schema.get(keyword)
    return members if isinstance(members, list) else []


def _choices(schema: dict[str, Json]) -> tuple[list[Json] | None, list[Json]]:
    """The lists of schemas of which an instance satisfies one each: the first of them, and the others."""
    choices = [schema[keyword] for keyword in ("anyOf", "oneOf") if schema.get(keyword)]
    if "if" in schema and ("then" in schema or "else" in schema):
        choices.append([{"allOf": [schema["if"], schema.get("then", {})]}, schema.get("else", {})])
    return (choices[0], choices[1:]) if choices and isinstance(choices[0], list) else (None, [])


def _unchoosing(schema: dict[str, Json]) -> Mapping[str, Json]:
    """The schema without its choices, which are followed one by one."""
    if not schema.get("anyOf") and not schema.get("oneOf"):
        return schema
    return {keyword: value for keyword, value in schema.items() if keyword not in ("anyOf", "oneOf")}


def _alternatives(parts: list[Mapping[str, Json]], root: Json) -> Type:
    if any(part.get(PRESERVE) is True and "type" not in part for part in parts):
        return unknown("its schema preserves unknown fields")
    kinds, integer = _named_kinds(parts)
    values = _listed_values(parts)
    shared = tuple(parts)
    if values is not None:
        by_kind: dict[str, list[Json]] = {}
        for value in values:
            if kinds is None or kind_of(value) in kinds:
                by_kind.setdefault(kind_of(value), []).append(value)
        return Type(
            tuple(
                Alternative(kind, GO_TYPES[kind], shared, root, tuple(of_kind), all(map(_is_whole, of_kind)))
                for kind, of_kind in by_kind.items()
            )
        )
    kinds = _implied_kinds(parts) if kinds is None else kinds
    if kinds is None:
        return unknown("its schema does not say what it is")
    return Type(
        tuple(
            Alternative(kind, GO_TYPES[kind], shared, root, integer=integer and kind == "number")
            for kind in _KINDS
            if kind in kinds
        )
    )


def _named_kinds(parts: Iterable[Mapping[str, Json]]) -> tuple[set[str] | None, bool]:
    """The kinds that every `type` allows, None where none is given, and whether its numbers are integers."""
    kinds: set[str] | None = None
    integer = False
    for part in parts:
        named = part.get("type")
        names = [named] if isinstance(named, str) else named
        if isinstance(names, list):
            integer = integer or ("integer" in names and "number" not in names)
            allowed = {"number" if name == "integer" else str(name) for name in names}
            kinds = allowed if kinds is None else kinds & allowed
    return kinds, integer


def _listed_values(parts: Iterable[Mapping[str, Json]]) -> tuple[Json, ...] | None:
    """The values that every `const` and `enum` allows; None where there is neither."""
    values: tuple[Json, ...] | None = None
    for part in parts:
        listed = [part["const"]] if "const" in part else part.get("enum")
        if isinstance(listed, list):
            values = tuple(listed if values is None else (value for value in values if value in listed))
    return values


def _implied_kinds(parts: Iterable[Mapping[str, Json]]) -> set[str] | None:
    """What the keywords of schemas without a `type` speak of."""
    keywords = {keyword for part in parts for keyword in part}
    if keywords.intersection(_OBJECT_KEYWORDS):
        return {"object"}
    return {"array"} if "items" in keywords else None


def kind_of(value: Json) -> str:
    """The JSON kind of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _is_whole(value: Json) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and float(value).is_integer()


def to_schema(type_: Type) -> Json:
    """A JSON Schema of the type, for comparing it; `{}` for what is not known."""
    if type_.unknown or not type_.alternatives:
        return {}
    schemas = list(map(_schema_of, type_.alternatives))
    distinct = [schema for index, schema in enumerate(schemas) if schema not in schemas[:index]]
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _schema_of(alternative: Alternative) -> Json:
    if alternative.values is not None:
        return {"enum": list(alternative.values)}
    kind: dict[str, Json] = {"type": "integer" if alternative.integer else alternative.kind}
    if alternative.go == "[]string":
        kind["items"] = {"type": "string"}
    if any(map(_refers, alternative.parts)):
        return kind  # its references start from a document that the result is not
    parts: list[Json] = [dict(part) for part in alternative.parts if part]
    if not parts:
        return kind
    if len(parts) == 1 and isinstance(parts[0], dict) and parts[0].get("type") == kind["type"]:
        return parts[0]
    return {**kind, "allOf": parts}


def refers(type_: Type) -> bool:
    """Whether schemas of the type hold references, so that they cannot be used away from their document."""
    return any(_refers(part) for alternative in type_.alternatives for part in alternative.parts)


def _refers(schema: object) -> bool:
    if isinstance(schema, Mapping):
        return "$ref" in schema or any(map(_refers, schema.values()))
    return isinstance(schema, list) and any(map(_refers, schema))


def describe(type_: Type) -> str:
    """The type as a reader sees it: `string`, `number or null`, `object with a, b`."""
    if type_.unknown:
        return "unknown"
    words = list(dict.fromkeys(map(_describe, type_.alternatives)))
    if not words:
        return "nothing"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _describe(alternative: Alternative) -> str:
    if alternative.integer and alternative.kind == "number":
        return "integer"
    return alternative.kind


def mapping(schema: Mapping[str, Json], keyword: str) -> Mapping[str, Json]:
    """The schemas that a keyword holds by name; empty where it holds none."""
    members = schema.get(keyword)
    return members if isinstance(members, dict) else {}
