"""What each keyword of a schema means to the platform's engine, and which of its values the engine refuses.

Source: contract `templating.md` 13.1; the engine is gojsonschema.
"""

from __future__ import annotations

from typing import Protocol, TypeGuard

from validator.findings import Json, Path
from validator.schemas.documents import Documents, LookupRefusedError
from validator.schemas.formats import FORMATS
from validator.schemas.go_url import LocatorError, parse_locator
from validator.schemas.nodes import Node
from validator.schemas.normalisation import TEMPLATE, is_alternative
from validator.schemas.patterns import PatternError, Search, compile_pattern
from validator.schemas.values import as_schema_number, identity, is_integer

HYBRID = 99
"""The draft that knows every keyword of drafts 4, 6 and 7."""

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


class Builder(Protocol):
    """Who asks for keywords to be read: it builds the schemas inside, and takes note of mistakes."""

    documents: Documents
    targets: dict[str, Node]
    """What each absolute reference leads to, as far as it has been followed."""

    def problem(self, path: Path, message: str, *, found: Json = None, kind: str = "invalid-definition") -> None:
        """Take note of a mistake."""

    def child(self, source: Json, path: Path, draft: int) -> Node:
        """Compile a schema inside the one that is being read."""

    def build(self, node: Node, source: Json, path: Path, draft: int) -> None:
        """As `child`, into a node that others refer to already."""


class Keywords:
    """The keywords of one schema, in the order in which the engine reads them."""

    def __init__(self, builder: Builder, node: Node, source: dict[str, Json], path: Path, draft: int) -> None:
        self.builder = builder
        self.node = node
        self.source = source
        self.path = path
        self.draft = draft

    def read(self) -> None:
        """Fill the node."""
        self._identifiers()
        if self._has("$ref") and self._follow():
            return
        self._types()
        self._objects()
        self._arrays()
        self._numbers()
        self._strings()
        self._equalities()
        self._combinations()

    def _has(self, keyword: str) -> bool:
        return keyword in self.source

    def _wrong(self, keyword: str, expected: str, *below: str | int) -> None:
        found: Json = self.source[keyword]
        for step in below:
            found = found[step]  # type: ignore[index]  # `below` leads into what was just looked at
        self.builder.problem((*self.path, keyword, *below), f"`{keyword}` must be {expected}", found=found)

    def _schema(self, keyword: str, *below: str | int, source: Json) -> Node:
        return self.builder.child(source, (*self.path, keyword, *below), self.draft)

    def _one(self, keyword: str) -> Node | None:
        """The schema under a keyword, if it is there."""
        if not self._has(keyword):
            return None
        return self._schema(keyword, source=self.source[keyword])

    def _several(self, keyword: str) -> list[Node]:
        """The list of schemas under a keyword; the platform's own members of an `anyOf` are left out."""
        members = self.source.get(keyword, [])
        if not isinstance(members, list):
            self._wrong(keyword, "a list of schemas")
            return []
        return [
            self._schema(keyword, index, source=member)
            for index, member in enumerate(members)
            if not is_alternative(member)
        ]

    def _one_or_flag(self, keyword: str) -> Node | bool:
        value = self.source.get(keyword, True)
        if isinstance(value, bool):
            return value
        if isinstance(value, dict):
            return self._schema(keyword, source=value)
        self._wrong(keyword, "a boolean or a schema")
        return True

    def _identifiers(self) -> None:
        keyword = "id" if self.draft == 4 or (self.draft == HYBRID and self._has("id")) else "$id"
        for name in (keyword, "title", "description", "$ref"):
            if self._has(name) and not isinstance(self.source[name], str):
                self._wrong(name, "a string")
        identifier = self.source.get(keyword)
        if isinstance(identifier, str):
            try:
                parse_locator(identifier)
            except LocatorError as refusal:
                self._wrong(keyword, f"a URL ({refusal})")
        definitions = self.source.get("definitions", {})
        if not isinstance(definitions, dict):
            self._wrong("definitions", "an object of schemas")
            return
        for name, definition in definitions.items():
            self._schema("definitions", name, source=definition)

    def _follow(self) -> bool:
        """Whether `$ref` leads somewhere for the first time: then nothing beside it is even read."""
        text = self.source["$ref"]
        if not isinstance(text, str):
            return True
        builder = self.builder
        reference = builder.documents.references.get(id(self.source))
        try:
            # A definition named `const` or `enum` is passed over when references are made absolute.
            reference = str(parse_locator(text)) if reference is None else reference
        except LocatorError as refusal:
            self._wrong("$ref", f"a URL reference ({refusal})")
            return True
        known = builder.targets.get(reference)
        if known is not None:
            self.node.reference = known
            return False
        target = builder.targets[reference] = Node()
        self.node.reference = target
        try:
            source, path = builder.documents.find(reference)
        except LookupRefusedError as failure:
            builder.problem(
                (*self.path, "$ref"),
                f"`$ref: {text}` cannot be resolved: {failure}",
                kind=failure.kind,
                found=text,
            )
            return True
        builder.build(target, source, path, self.draft)
        return True

    def _types(self) -> None:
        if not self._has("type"):
            return
        value = self.source["type"]
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self._wrong("type", "a type or a list of types")
            return
        for name in names:
            if name not in TYPES:
                self._wrong("type", "one of " + ", ".join(TYPES))
        if len(set(map(str, names))) < len(names):
            self._wrong("type", "a list without duplicates")
        self.node.types = frozenset(map(str, names))

    def _objects(self) -> None:
        node = self.node
        node.properties = {
            name: self._schema("properties", name, source=child) for name, child in self._mapping("properties").items()
        }
        node.additional = self._one_or_flag("additionalProperties")
        for pattern, child in self._mapping("patternProperties").items():
            search = self._pattern("patternProperties", pattern, pattern)
            schema = self._schema("patternProperties", pattern, source=child)
            if search is not None:
                node.patterns.append((pattern, search, schema))
        if self.draft >= 6:
            node.names = self._one("propertyNames")
        for name, needed in self._mapping("dependencies").items():
            if isinstance(needed, list) and all(isinstance(other, str) for other in needed):
                node.needed_with[name] = tuple(map(str, needed))
            elif isinstance(needed, dict | bool):
                node.applied_with[name] = self._schema("dependencies", name, source=needed)
            else:
                self._wrong("dependencies", "an object of schemas or of lists of names", name)
        node.min_properties, node.max_properties = self._range("minProperties", "maxProperties")
        node.required = self._required()

    def _mapping(self, keyword: str) -> dict[str, Json]:
        value = self.source.get(keyword, {})
        if isinstance(value, dict):
            return value
        self._wrong(keyword, "an object of schemas")
        return {}

    def _required(self) -> tuple[str, ...]:
        value = self.source.get("required", [])
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            hint = " (`required: true` works on a property, not on a whole schema)" if isinstance(value, bool) else ""
            self._wrong("required", "a list of names" + hint)
            return ()
        if len(set(map(str, value))) < len(value):
            self._wrong("required", "a list without duplicates")
        return tuple(map(str, value))

    def _range(self, least: str, most: str) -> tuple[int | None, int | None]:
        low, high = self._count(least), self._count(most)
        if low is not None and high is not None and low > high and least != "minItems":
            self._wrong(least, f"at most `{most}`, which is {high}")
        return low, high

    def _count(self, keyword: str) -> int | None:
        if not self._has(keyword):
            return None
        value = self.source[keyword]
        number = as_schema_number(value) if _is_number(value) else 0.5
        if not is_integer(number) or abs(number) >= 1 << 63:
            self._wrong(keyword, "an integer")
            return None
        if number < 0:
            self._wrong(keyword, "zero or more")
            return None
        return int(number)

    def _arrays(self) -> None:
        node = self.node
        items = self.source.get("items")
        if isinstance(items, list):
            node.tuple_items = self._several("items")
        elif self._has("items"):
            node.items = self._one("items")
        node.additional_items = self._one_or_flag("additionalItems")
        node.min_items, node.max_items = self._range("minItems", "maxItems")
        unique = self.source.get("uniqueItems", False)
        if isinstance(unique, bool):
            node.unique_items = unique
        else:
            self._wrong("uniqueItems", "a boolean")
        if self.draft >= 6:
            node.contains = self._one("contains")

    def _numbers(self) -> None:
        node = self.node
        node.multiple_of = self._number("multipleOf")
        if node.multiple_of is not None and node.multiple_of <= 0:
            self._wrong("multipleOf", "greater than zero")
            node.multiple_of = None
        node.minimum, node.exclusive_minimum = self._bound("minimum", "exclusiveMinimum")
        node.maximum, node.exclusive_maximum = self._bound("maximum", "exclusiveMaximum")

    def _number(self, keyword: str) -> float | None:
        if not self._has(keyword):
            return None
        value = self.source[keyword]
        if _is_number(value):
            return as_schema_number(value)
        self._wrong(keyword, "a number")
        return None

    def _bound(self, plain: str, exclusive: str) -> tuple[float | None, float | None]:
        """The inclusive and the exclusive limit; a boolean exclusive one turns the other into itself (draft 4)."""
        limit = self._number(plain)
        if not self._has(exclusive):
            return limit, None
        value = self.source[exclusive]
        if _is_number(value) and self.draft != 4:
            return limit, as_schema_number(value)
        if isinstance(value, bool) and self.draft in {4, HYBRID}:
            if limit is None:
                self._wrong(exclusive, f"used together with `{plain}` when it is a boolean")
            return (None, limit) if value else (limit, None)
        self._wrong(exclusive, {4: "a boolean", HYBRID: "a boolean or a number"}.get(self.draft, "a number"))
        return limit, None

    def _strings(self) -> None:
        node = self.node
        node.min_length, node.max_length = self._range("minLength", "maxLength")
        pattern = self.source.get("pattern", "")
        if not isinstance(pattern, str):
            self._wrong("pattern", "a string")
        elif pattern:
            node.pattern = self._pattern("pattern", pattern)
        name = self.source.get("format", "")
        if isinstance(name, str):
            node.format = FORMATS.get(name)
        else:
            self._wrong("format", "a string")

    def _pattern(self, keyword: str, pattern: str, *below: str) -> Search | None:
        try:
            return compile_pattern(pattern)
        except PatternError as refusal:
            self.builder.problem(
                (*self.path, keyword, *below),
                f"the pattern `{pattern}` is not in the RE2 dialect of the platform: {refusal}",
                kind="invalid-pattern",
                found=pattern,
            )
            return None

    def _equalities(self) -> None:
        if self._has("const") and self.draft >= 6:
            self.node.constant = (identity(self.source["const"]),)
        enum = self.source.get("enum", [])
        if not isinstance(enum, list):
            self._wrong("enum", "a list of values")
            return
        self.node.enum = frozenset(map(identity, enum))
        if len(self.node.enum) < len(enum):
            self._wrong("enum", "a list without duplicates")

    def _combinations(self) -> None:
        node = self.node
        node.one_of = self._several("oneOf")
        node.any_of = self._several("anyOf")
        node.all_of = self._several("allOf")
        own = self.source.get("anyOf", [])
        extra = [member for member in own if is_alternative(member)] if isinstance(own, list) else []
        node.any_takes_templates = any(member is TEMPLATE for member in extra)
        node.any_takes_references = len(extra) > node.any_takes_templates
        node.negated = self._one("not")
        if self.draft >= 7:
            node.condition, node.then, node.otherwise = self._one("if"), self._one("then"), self._one("else")


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
