"""What of a schema documents have reached: its members, the words of its enums, its alternatives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from validator.findings import Json
from validator.schemas.pointers import resolve_locally
from validator.schemas.profile import WEBHOOK
from validator.schemas.validation import is_instance

DEEP = 8
"""Levels of a schema that are counted."""
MOST = 2000
"""Points of a schema that are counted."""
STEPS = 20_000
"""Parts of a schema that are visited for one document: one that holds itself many times has no end."""
LISTED = 20
"""Points that are named because nothing reached them."""
LONGEST = 100
"""Characters of such a name."""
MEMBER, VALUE, ALTERNATIVE = "members", "values", "alternatives"

_EVERYTHING: Final[Any] = object()
"""In place of a document: one that reaches every point."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One thing that a schema offers."""

    kind: str
    """MEMBER, VALUE or ALTERNATIVE."""
    place: str
    """The path of the value; `[]` stands for any item of an array."""
    label: str = ""
    """Of an alternative its number or its type, of a value its JSON."""

    @property
    def words(self) -> str:
        """The point as a person writes it."""
        place = f"`{self.place}`" if self.place else "the document"
        text = {MEMBER: place, VALUE: f"{place} = {self.label}", ALTERNATIVE: f"{place} as {self.label}"}[self.kind]
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a schema was reached: of each kind of point the number reached, and the number of all."""

    schema: str
    """`inputSchema` or `outputSchema`."""
    members: tuple[int, int]
    values: tuple[int, int]
    """Words of enums."""
    alternatives: tuple[int, int]
    """Of `anyOf`, `oneOf`, and of several types."""
    missed: tuple[str, ...] = ()
    """What was not reached, LISTED of them at most."""

    @property
    def words(self) -> str:
        """In one line; kinds that the schema has none of are left out."""
        counts = (("member", self.members), ("enum value", self.values), ("alternative", self.alternatives))
        parts = [f"{reached:,} of {of:,} {name}{'' if of == 1 else 's'}" for name, (reached, of) in counts if of]
        return f"{self.schema}: {', '.join(parts)}" if parts else ""


@dataclass(slots=True)
class Reach:
    """Collects what documents reach of one schema."""

    name: str
    schema: Json
    """None, or no object, where nothing is declared."""
    reached: set[Point] = field(default_factory=set)

    def add(self, document: Json) -> None:
        """Take in one document."""
        self.reached |= _points(self.schema, document)

    @property
    def coverage(self) -> Coverage | None:
        """What was reached so far; None where the schema declares nothing that could be counted."""
        offered = _points(self.schema, _EVERYTHING)
        if not offered:
            return None

        def count(kind: str) -> tuple[int, int]:
            of = {point for point in offered if point.kind == kind}
            return len(of & self.reached), len(of)

        missed = tuple(point.words for point in sorted(offered - self.reached)[:LISTED])
        return Coverage(self.name, count(MEMBER), count(VALUE), count(ALTERNATIVE), missed)


@dataclass(slots=True)
class _Look:
    """One look at a schema."""

    root: Any
    left: int = STEPS
    """Parts that may still be visited."""


def coverage_of(reaches: Iterable[Reach]) -> tuple[Coverage, ...]:
    """The coverage of each schema that declares something."""
    return tuple(each for each in (reach.coverage for reach in reaches) if each is not None)


def _points(schema: Json, document: Any) -> frozenset[Point]:
    return frozenset(islice(_walk(schema, _Look(schema), document, "", 0), MOST))


def _walk(schema: Any, look: _Look, value: Any, place: str, depth: int) -> Iterator[Point]:
    """The points that a value reaches."""
    look.left -= 1
    if not isinstance(schema, Mapping) or depth > DEEP or look.left < 0:
        return
    if isinstance(schema.get("$ref"), str):
        yield from _walk(resolve_locally(look.root, schema["$ref"]), look, value, place, depth + 1)
        return
    yield from _values(schema, value, place)
    yield from _types(schema, value, place)
    for part in _list(schema, "allOf"):
        yield from _walk(part, look, value, place, depth + 1)
    for keyword in ("anyOf", "oneOf"):
        for number, part in enumerate(_list(schema, keyword), 1):
            if value is _EVERYTHING or _takes(part, look, value):
                yield Point(ALTERNATIVE, place, f"{keyword} {number}")
                yield from _walk(part, look, value, place, depth + 1)
    yield from _inside(schema, look, value, place, depth)


def _values(schema: Mapping[str, Any], value: Any, place: str) -> Iterator[Point]:
    for word in _list(schema, "enum"):
        if value is _EVERYTHING or (type(word) is type(value) and word == value):
            yield Point(VALUE, place, json.dumps(word, ensure_ascii=False, default=str))


def _types(schema: Mapping[str, Any], value: Any, place: str) -> Iterator[Point]:
    """Of several types each one, of a nullable value null."""
    types = [each for each in _list(schema, "type") if isinstance(each, str)]
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        types = [schema["type"], "null"]
    for name in types if len(types) > 1 else ():
        if value is _EVERYTHING or is_instance({"type": name}, value, profile=WEBHOOK):
            yield Point(ALTERNATIVE, place, name)


def _inside(schema: Mapping[str, Any], look: _Look, value: Any, place: str, depth: int) -> Iterator[Point]:
    properties = schema.get("properties")
    for key, part in properties.items() if isinstance(properties, Mapping) else ():
        if value is _EVERYTHING or (isinstance(value, Mapping) and key in value):
            inner = f"{place}.{key}" if place else str(key)
            yield Point(MEMBER, inner)
            yield from _walk(part, look, value if value is _EVERYTHING else value[key], inner, depth + 1)
    items = schema.get("items")
    for item in (_EVERYTHING,) if value is _EVERYTHING else value if isinstance(value, list) else ():
        yield from _walk(items, look, item, f"{place}[]", depth + 1)


def _takes(part: Any, look: _Look, value: Json) -> bool:
    """Whether an alternative takes a value, as far as it can be told without the schema around it."""
    if isinstance(part, Mapping) and isinstance(part.get("$ref"), str):
        part = resolve_locally(look.root, part["$ref"])
    return isinstance(part, Mapping) and is_instance(dict(part), value, profile=WEBHOOK)


def _list(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    found = schema.get(keyword)
    return found if isinstance(found, list) else []
