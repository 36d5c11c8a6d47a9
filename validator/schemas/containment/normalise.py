"""A schema document becomes one node of the canonical form; `$ref` are followed, annotations dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from validator.schemas.containment.budget import UndecidableError
from validator.schemas.containment.dialect import Dialect
from validator.schemas.containment.documents import Document, Schema
from validator.schemas.containment.evaluated import Case, Evaluated, all_cases
from validator.schemas.containment.model import (
    Additional,
    Contains,
    Distinct,
    Format,
    Item,
    Least,
    Match,
    Matching,
    Most,
    Multiple,
    Names,
    Node,
    Opaque,
    Pool,
    Property,
    Required,
    Rest,
    Size,
)
from validator.schemas.containment.unions import one_of
from validator.schemas.containment.values import ARRAY, NAMES, NUMBER, OBJECT, STRING, exact

_DEPTH = 120


class Normaliser:
    """Reads one document.

    `closed`: its objects hold only declared members (the producer that emits what it declares).
    """

    def __init__(self, root: Schema, pool: Pool, dialect: Dialect, *, closed: bool = False) -> None:
        self.document = Document(root)
        self.pool = pool
        self.dialect = dialect
        self.closed = closed
        self._known: dict[tuple[int, bool, bool], Node] = {}
        self._open: dict[tuple[int, bool, bool], bool] = {}
        """Schemas being read, and whether something below refers to them."""
        self._here: list[int] = []
        """Those of them that speak of the same place of the document as the current one."""
        self._depth = 0

    def root(self) -> Node:
        """The node of the whole document."""
        return self.place(self.document.root, self.document.base)

    def place(self, schema: Any, base: str) -> Node:
        """The node of a schema that speaks of a new place: a member, an item, the document itself."""
        outer, self._here = self._here, []
        try:
            if self.closed and isinstance(schema, dict) and self._declares(schema, base, frozenset()):
                return self._remember(schema, True, lambda: self._close(schema, base))
            return self.inplace(schema, base)
        finally:
            self._here = outer

    def inplace(self, schema: Any, base: str) -> Node:
        """The node of a schema that speaks of the same place as the one around it. Raises UndecidableError."""
        if schema is True:
            return self.pool.true
        if schema is False:
            return self.pool.false
        if not isinstance(schema, dict):
            raise UndecidableError("a schema is neither an object nor a boolean")
        return self._remember(schema, False, lambda: self._node(schema, self.document.base_of(schema, base)))

    def _remember(self, schema: dict[str, Any], closing: bool, read: Callable[[], Node]) -> Node:
        key = (id(schema), self.closed, closing)
        found = self._known.get(key)
        if found is not None:
            return found
        if key in self._open:
            if not closing and key[0] in self._here:
                raise UndecidableError("a $ref leads back to itself at the same place")
            self._open[key] = True
            return self.pool.link((self.document, *key))
        if self._depth > _DEPTH:
            raise UndecidableError("a schema is nested too deeply")
        self._open[key] = False
        self._depth += 1
        if not closing:
            self._here.append(key[0])
        node = read()
        if not closing:
            self._here.pop()
        self._depth -= 1
        if self._open.pop(key):
            self.pool.bind((self.document, *key), node)
        self._known[key] = node
        return node

    def _node(self, schema: dict[str, Any], base: str) -> Node:
        if "unevaluatedProperties" in schema or "unevaluatedItems" in schema:
            parts = [case.node for case in self.cases(schema, base)] if self._unevaluated(schema) else []
            node = self.pool.some(parts) if parts else self.pool.every(self.literals(schema, base))
        else:
            node = self.pool.every(self.literals(schema, base))
        return node

    def _unevaluated(self, schema: dict[str, Any]) -> bool:
        return any(
            keyword in schema and keyword not in self.dialect.ignored
            for keyword in ("unevaluatedProperties", "unevaluatedItems")
        )

    def literals(self, schema: dict[str, Any], base: str) -> list[Node]:
        """What each keyword says, except `unevaluated*`."""
        if "$ref" in schema and self.dialect.reference_alone:
            return [self._reference(schema, base)]
        parts = []
        for keyword, value in schema.items():
            read = _KEYWORDS.get(keyword)
            if read is not None and keyword not in self.dialect.ignored:
                parts.append(read(self, value, schema, base))
        return parts

    def _reference(self, schema: dict[str, Any], base: str) -> Node:
        return self.inplace(*self.target(schema, base))

    def target(self, schema: dict[str, Any], base: str, keyword: str = "$ref") -> tuple[Schema, str]:
        """The schema that a `$ref` names. Raises UndecidableError."""
        reference = schema[keyword]
        if not isinstance(reference, str):
            raise UndecidableError(f"{keyword} is not a string")
        return self.document.resolve(reference, base)

    def open_inplace(self, schema: Any, base: str) -> Node:
        """As `inplace`, for a condition: what is not declared counts as much as what is."""
        closed, self.closed = self.closed, False
        try:
            return self.inplace(schema, base)
        finally:
            self.closed = closed

    # unevaluated*, and closing what a producer declares

    def cases(self, schema: Any, base: str) -> list[Case]:
        """The ways to satisfy a schema, each with what it has looked at. Raises UndecidableError."""
        if not isinstance(schema, dict):
            return [Case(self.inplace(schema, base), Evaluated())]
        if id(schema) in self._here and self._here[-1] != id(schema):
            raise UndecidableError("a recursive $ref beside unevaluatedProperties")
        self._here.append(id(schema))
        self._depth += 1
        try:
            if self._depth > _DEPTH:
                raise UndecidableError("a schema is nested too deeply")
            return all_cases(self, schema, self.document.base_of(schema, base))
        finally:
            self._depth -= 1
            self._here.pop()

    def _close(self, schema: dict[str, Any], base: str) -> Node:
        try:
            cases = self.cases(schema, base)
        except UndecidableError:
            return self.inplace(schema, base)
        pool = self.pool
        return pool.some(
            case.node
            if case.evaluated.all_members
            else pool.every(
                (
                    case.node,
                    pool.leaf(Additional(case.evaluated.names, case.evaluated.patterns, pool.false)),
                )
            )
            for case in cases
        )

    def _declares(self, schema: Any, base: str, seen: frozenset[int]) -> bool:
        """Does the schema, or one that speaks of the same place, name a member?"""
        if not isinstance(schema, dict) or id(schema) in seen:
            return False
        if schema.get("properties") or schema.get("patternProperties"):
            return True
        seen |= {id(schema)}
        inner = self.document.base_of(schema, base)
        below = [schema.get(keyword) for keyword in ("if", "then", "else")]
        for keyword in ("allOf", "anyOf", "oneOf"):
            if isinstance(parts := schema.get(keyword), list):
                below.extend(parts)
        if any(self._declares(part, inner, seen) for part in below):
            return True
        return "$ref" in schema and self._declares(*self.target(schema, inner), seen)


_Reader = Callable[[Normaliser, Any, dict[str, Any], str], Node]


def _count(value: Any, keyword: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        raise UndecidableError(f"{keyword} is not a count")
    return int(value)


def _mapping(value: Any, keyword: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UndecidableError(f"{keyword} is not an object")
    return value


def _sequence(value: Any, keyword: str) -> list[Any]:
    if not isinstance(value, list):
        raise UndecidableError(f"{keyword} is not a list")
    return value


def _number(value: Any, keyword: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UndecidableError(f"{keyword} is not a number")
    return exact(value)


def _type(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    names = value if isinstance(value, list) else [value]
    mask = 0
    for name in names:
        if name != "integer":
            if name not in NAMES:
                raise UndecidableError(f"unknown type {name!r}")
            mask |= NAMES[name]
    if "integer" not in names or mask & NUMBER:
        return self.pool.kinds(mask)
    return self.pool.every((self.pool.kinds(mask | NUMBER), self.pool.leaf(Multiple(exact(1)))))


def _enum(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    return self.pool.among(_sequence(value, "enum"))


def _const(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    return self.pool.among([value])


def _minimum(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    return self.pool.leaf(Least(_number(value, "minimum"), False))


def _maximum(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    return self.pool.leaf(Most(_number(value, "maximum"), False))


def _exclusive_minimum(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    return self.pool.leaf(Least(_number(value, "exclusiveMinimum"), True))


def _exclusive_maximum(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    return self.pool.leaf(Most(_number(value, "exclusiveMaximum"), True))


def _multiple(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    of = _number(value, "multipleOf")
    if of <= 0:
        raise UndecidableError("multipleOf is not above 0")
    return self.pool.leaf(Multiple(of))


def _low(kind: int) -> _Reader:
    return lambda self, value, _schema, _base: self.pool.leaf(Size(kind, _count(value, "a lower count"), None))


def _high(kind: int) -> _Reader:
    return lambda self, value, _schema, _base: self.pool.leaf(Size(kind, 0, _count(value, "an upper count")))


def _pattern(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    if not isinstance(value, str):
        raise UndecidableError("pattern is not a string")
    return self.pool.leaf(Match(value))


def _format(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    asserted = isinstance(value, str) and value in self.dialect.formats
    return self.pool.leaf(Format(value)) if asserted else self.pool.true


def _prefix_items(self: Normaliser, value: Any, _schema: dict[str, Any], base: str) -> Node:
    places = [self.place(part, base) for part in _sequence(value, "prefixItems")]
    return self.pool.every(self.pool.leaf(Item(index, node)) for index, node in enumerate(places))


def _items(self: Normaliser, value: Any, schema: dict[str, Any], base: str) -> Node:
    if isinstance(value, list):
        if not self.dialect.tuple_items:
            raise UndecidableError("items is a list, which this draft does not have")
        parts = [self.pool.leaf(Item(index, self.place(part, base))) for index, part in enumerate(value)]
        if "additionalItems" in schema:
            parts.append(self.pool.leaf(Rest(len(value), self.place(schema["additionalItems"], base))))
        return self.pool.every(parts)
    prefix = schema.get("prefixItems")
    start = len(prefix) if isinstance(prefix, list) and "prefixItems" not in self.dialect.ignored else 0
    return self.pool.leaf(Rest(start, self.place(value, base)))


def _contains(self: Normaliser, value: Any, schema: dict[str, Any], base: str) -> Node:
    low, high = 1, None
    if "minContains" in schema and "minContains" not in self.dialect.ignored:
        low = _count(schema["minContains"], "minContains")
    if "maxContains" in schema and "maxContains" not in self.dialect.ignored:
        high = _count(schema["maxContains"], "maxContains")
    node = self.place(value, base)
    return self.pool.every((self.pool.leaf(Contains(node, low, None)), self.pool.leaf(Contains(node, 0, high))))


def _unique(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    return self.pool.leaf(Distinct()) if value is True else self.pool.true


def _properties(self: Normaliser, value: Any, _schema: dict[str, Any], base: str) -> Node:
    parts = []
    for name, part in _mapping(value, "properties").items():
        parts.append(self.pool.leaf(Property(name, self.place(part, base))))
    return self.pool.every(parts)


def _pattern_properties(self: Normaliser, value: Any, _schema: dict[str, Any], base: str) -> Node:
    patterns = _mapping(value, "patternProperties").items()
    return self.pool.every(self.pool.leaf(Matching(pattern, self.place(part, base))) for pattern, part in patterns)


def _additional(self: Normaliser, value: Any, schema: dict[str, Any], base: str) -> Node:
    names = frozenset(_mapping(schema.get("properties", {}), "properties"))
    patterns = frozenset(_mapping(schema.get("patternProperties", {}), "patternProperties"))
    return self.pool.leaf(Additional(names, patterns, self.place(value, base)))


def _property_names(self: Normaliser, value: Any, _schema: dict[str, Any], base: str) -> Node:
    return self.pool.leaf(Names(self.place(value, base)))


def _required(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    names = _sequence(value, "required")
    if not all(isinstance(name, str) for name in names):
        raise UndecidableError("required holds something else than names")
    return self.pool.every(self.pool.leaf(Required(name)) for name in names)


def _dependencies(self: Normaliser, value: Any, _schema: dict[str, Any], base: str) -> Node:
    pool, parts = self.pool, []
    for name, need in _mapping(value, "dependencies").items():
        if isinstance(need, list):
            then = pool.every(pool.leaf(Required(each)) for each in need)
        else:
            then = self.inplace(need, base)
        parts.append(pool.some((pool.leaf(Required(name), False), pool.kinds(63 & ~OBJECT), then)))
    return pool.every(parts)


def _all_of(self: Normaliser, value: Any, _schema: dict[str, Any], base: str) -> Node:
    return self.pool.every([self.inplace(part, base) for part in _sequence(value, "allOf")])


def _any_of(self: Normaliser, value: Any, _schema: dict[str, Any], base: str) -> Node:
    parts = [self.inplace(part, base) for part in _sequence(value, "anyOf")]
    return self.pool.some(parts)


def _one_of(self: Normaliser, value: Any, _schema: dict[str, Any], base: str) -> Node:
    parts = [self.inplace(part, base) for part in _sequence(value, "oneOf")]
    return one_of(self.pool, parts)


def _not(self: Normaliser, value: Any, _schema: dict[str, Any], base: str) -> Node:
    return self.pool.negate(self.open_inplace(value, base))


def _if(self: Normaliser, value: Any, schema: dict[str, Any], base: str) -> Node:
    pool = self.pool
    condition = self.open_inplace(value, base)
    then = self.inplace(schema["then"], base) if "then" in schema else pool.true
    otherwise = self.inplace(schema["else"], base) if "else" in schema else pool.true
    return pool.every((pool.some((pool.negate(condition), then)), pool.some((condition, otherwise))))


def _ref(self: Normaliser, _value: Any, schema: dict[str, Any], base: str) -> Node:
    return self._reference(schema, base)


def _dynamic_ref(self: Normaliser, _value: Any, schema: dict[str, Any], base: str) -> Node:
    return self.inplace(*self.target(schema, base, "$dynamicRef"))


def _unknown(self: Normaliser, value: Any, _schema: dict[str, Any], _base: str) -> Node:
    return self.pool.leaf(Opaque("$recursiveRef", str(value)))


_KEYWORDS: dict[str, _Reader] = {
    "$ref": _ref,
    "$dynamicRef": _dynamic_ref,
    "$recursiveRef": _unknown,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusiveMinimum": _exclusive_minimum,
    "exclusiveMaximum": _exclusive_maximum,
    "multipleOf": _multiple,
    "minLength": _low(STRING),
    "maxLength": _high(STRING),
    "pattern": _pattern,
    "format": _format,
    "prefixItems": _prefix_items,
    "items": _items,
    "contains": _contains,
    "uniqueItems": _unique,
    "minItems": _low(ARRAY),
    "maxItems": _high(ARRAY),
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "propertyNames": _property_names,
    "required": _required,
    "minProperties": _low(OBJECT),
    "maxProperties": _high(OBJECT),
    "dependencies": _dependencies,
    "dependentRequired": _dependencies,
    "dependentSchemas": _dependencies,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
}
