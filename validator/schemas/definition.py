"""Compiling a schema as the platform's engine parses it, and what is wrong with the schema itself.

Source: contract `templating.md` 13.1 and 13.2; the engine is gojsonschema 1.2.0 in its hybrid draft, which knows the
keywords of drafts 4, 6 and 7 together. It stops at the first mistake; here all of them are told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TypeGuard

from validator.findings import Json, Path
from validator.schemas.documents import DRAFTS, Documents, LookupRefusedError
from validator.schemas.formats import FORMATS
from validator.schemas.locators import LocatorError, parse_locator
from validator.schemas.nodes import Node
from validator.schemas.normalisation import TEMPLATE, Widened, is_alternative, normalise
from validator.schemas.patterns import PatternError, Search, compile_pattern
from validator.schemas.profile import Profile
from validator.schemas.values import as_schema_number, identity, is_integer, shown

HYBRID = 99
"""The draft that knows every keyword of drafts 4, 6 and 7."""

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One thing that is wrong with a schema, or that it does not mean what it says."""

    kind: str
    """`invalid-definition`, `invalid-pattern`, `unresolved-ref`, `external-ref` (the platform refuses the schema as a
    whole), or one of those of `sanity`."""
    schema_path: Path
    """Where, from the root of the author's schema."""
    message: str
    """What was expected and what is there, in words, without the path."""
    evidence: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A schema under a profile. With `problems`, the platform refuses it: nothing is an instance of it."""

    root: Node
    problems: tuple[SchemaProblem, ...]
    endless: tuple[SchemaProblem, ...]
    """Where the schema refers to itself without going into the value: an instance that gets there never returns."""
    profile: Profile
    source: Json


def compile_schema(schema: Json, profile: Profile) -> Compiled:
    """The compiled schema; compiling the same content again costs only a look-up."""
    try:
        text = json.dumps(schema)
    except (TypeError, ValueError):
        return _compile(schema, profile)
    return _compile_text(text, profile)


@lru_cache(maxsize=1024)
def _compile_text(text: str, profile: Profile) -> Compiled:
    return _compile(json.loads(text), profile)


def _compile(schema: Json, profile: Profile) -> Compiled:
    compiler = _Compiler(normalise(schema, profile))
    root = compiler.compile()
    return Compiled(root, tuple(compiler.problems), tuple(compiler.endless()), profile, schema)


class _Compiler:
    """One pass over a normalised schema; mistakes are collected in `problems`."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.documents = Documents.of(document)
        self.problems: list[SchemaProblem] = []
        self.targets: dict[str, Node] = {}
        self.nodes: list[Node] = []

    def compile(self) -> Node:
        root = Node()
        if isinstance(self.document, dict):
            self.build(root, self.document, (), self.draft_of(self.document))
        elif isinstance(self.document, bool):
            root.verdict = self.document
        else:
            self.problem((), "a schema must be an object or a boolean", found=self.document)
        for node in self.nodes:
            node.summarise()
        return root

    def problem(self, path: Path, message: str, *, found: Json = None, kind: str = "invalid-definition") -> None:
        text = message if kind != "invalid-definition" else f"{message}, found {shown(found)}"
        problem = SchemaProblem(kind, path, text, {"found": found})
        if problem not in self.problems:
            self.problems.append(problem)

    def draft_of(self, root: dict[str, Json]) -> int:
        """Only a root that the platform did not wrap can still choose its draft."""
        if "$schema" not in root:
            return HYBRID
        name = root["$schema"]
        if not isinstance(name, str):
            self.problem(("$schema",), "`$schema` must be a string", found=name)
            return HYBRID
        try:
            return DRAFTS.get(str(parse_locator(name)), HYBRID)
        except LocatorError as refusal:
            self.problem(("$schema",), f"`$schema` is not a URL ({refusal})", found=name)
            return HYBRID

    def child(self, source: Json, path: Path, draft: int) -> Node:
        node = Node()
        self.build(node, source, path, draft)
        return node

    def build(self, node: Node, source: Json, path: Path, draft: int) -> None:
        """Fill the node from its source."""
        node.path = path
        if isinstance(source, Widened):
            alternatives = source["anyOf"]
            assert isinstance(alternatives, list)
            node.takes_templates = any(extra is TEMPLATE for extra in alternatives[1:])
            node.takes_references = any(is_alternative(extra) and extra is not TEMPLATE for extra in alternatives[1:])
            source = alternatives[0]
        if isinstance(source, bool) and draft >= 6:
            node.verdict = source
            return
        if not isinstance(source, dict):
            self.problem(path, "a schema must be an object" + (" or a boolean" if draft >= 6 else ""), found=source)
            return
        node.source = source
        if not source:
            node.verdict = True
            return
        self.nodes.append(node)
        _Keywords(self, node, source, path, draft).read()

    def endless(self) -> Iterator[SchemaProblem]:
        """Cycles among the schemas that apply to one and the same value, by depth-first search."""
        entered: set[int] = set()
        left: set[int] = set()
        for start in self.nodes:
            if id(start) in entered:
                continue
            entered.add(id(start))
            stack = [(start, iter(_in_place(start)))]
            while stack:
                node, children = stack[-1]
                child = next(children, None)
                if child is None:
                    left.add(id(node))
                    stack.pop()
                elif id(child) not in entered:
                    entered.add(id(child))
                    stack.append((child, iter(_in_place(child))))
                elif id(child) not in left:
                    yield SchemaProblem("endless-ref", node.path, "the schema refers to itself without end")


def _in_place(node: Node) -> list[Node]:
    if node.reference is not None:
        return [node.reference]
    single = (node.negated, node.condition, node.then, node.otherwise)
    children = [*node.any_of, *node.one_of, *node.all_of, *node.applied_with.values()]
    return children + [child for child in single if child is not None]


class _Keywords:
    """The keywords of one schema, in the order in which the engine reads them."""

    def __init__(self, compiler: _Compiler, node: Node, source: dict[str, Json], path: Path, draft: int) -> None:
        self.compiler = compiler
        self.node = node
        self.source = source
        self.path = path
        self.draft = draft

    def read(self) -> None:
        self.identifiers()
        if self.has("$ref") and self.follow():
            return
        self.types()
        self.objects()
        self.arrays()
        self.numbers()
        self.strings()
        self.equalities()
        self.combinations()

    def has(self, keyword: str) -> bool:
        return keyword in self.source

    def wrong(self, keyword: str, expected: str, *below: str | int) -> None:
        found: Json = self.source[keyword]
        for step in below:
            found = found[step]  # type: ignore[index]  # `below` leads into what was just looked at
        self.compiler.problem((*self.path, keyword, *below), f"`{keyword}` must be {expected}", found=found)

    def schema(self, keyword: str, *below: str | int, source: Json) -> Node:
        return self.compiler.child(source, (*self.path, keyword, *below), self.draft)

    def one(self, keyword: str) -> Node | None:
        """The schema under a keyword, if it is there."""
        if not self.has(keyword):
            return None
        return self.schema(keyword, source=self.source[keyword])

    def several(self, keyword: str) -> list[Node]:
        """The list of schemas under a keyword; the platform's own members of an `anyOf` are left out."""
        members = self.source.get(keyword, [])
        if not isinstance(members, list):
            self.wrong(keyword, "a list of schemas")
            return []
        return [
            self.schema(keyword, index, source=member)
            for index, member in enumerate(members)
            if not is_alternative(member)
        ]

    def one_or_flag(self, keyword: str) -> Node | bool:
        value = self.source.get(keyword, True)
        if isinstance(value, bool):
            return value
        if isinstance(value, dict):
            return self.schema(keyword, source=value)
        self.wrong(keyword, "a boolean or a schema")
        return True

    def identifiers(self) -> None:
        keyword = "id" if self.draft == 4 or (self.draft == HYBRID and self.has("id")) else "$id"
        for name in (keyword, "title", "description", "$ref"):
            if self.has(name) and not isinstance(self.source[name], str):
                self.wrong(name, "a string")
        identifier = self.source.get(keyword)
        if isinstance(identifier, str):
            try:
                parse_locator(identifier)
            except LocatorError as refusal:
                self.wrong(keyword, f"a URL ({refusal})")
        definitions = self.source.get("definitions", {})
        if not isinstance(definitions, dict):
            self.wrong("definitions", "an object of schemas")
            return
        for name, definition in definitions.items():
            self.schema("definitions", name, source=definition)

    def follow(self) -> bool:
        """Whether `$ref` leads somewhere for the first time: then nothing beside it is even read."""
        text = self.source["$ref"]
        if not isinstance(text, str):
            return True
        compiler = self.compiler
        reference = compiler.documents.references.get(id(self.source))
        if reference is None:
            self.wrong("$ref", "a URL reference")
            return True
        known = compiler.targets.get(reference)
        if known is not None:
            self.node.reference = known
            return False
        target = compiler.targets[reference] = Node()
        self.node.reference = target
        try:
            source, path = compiler.documents.find(reference)
        except LookupRefusedError as failure:
            compiler.problem(
                (*self.path, "$ref"),
                f"`$ref: {text}` cannot be resolved: {failure}",
                kind=failure.kind,
                found=text,
            )
            return True
        compiler.build(target, source, path, self.draft)
        return True

    def types(self) -> None:
        if not self.has("type"):
            return
        value = self.source["type"]
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self.wrong("type", "a type or a list of types")
            return
        for name in names:
            if name not in TYPES:
                self.wrong("type", "one of " + ", ".join(TYPES))
        if len(set(map(str, names))) < len(names):
            self.wrong("type", "a list without duplicates")
        self.node.types = frozenset(map(str, names))

    def objects(self) -> None:
        node = self.node
        node.properties = {
            name: self.schema("properties", name, source=child) for name, child in self.mapping("properties").items()
        }
        node.additional = self.one_or_flag("additionalProperties")
        for pattern, child in self.mapping("patternProperties").items():
            search = self.pattern("patternProperties", pattern, pattern)
            schema = self.schema("patternProperties", pattern, source=child)
            if search is not None:
                node.patterns.append((pattern, search, schema))
        if self.draft >= 6:
            node.names = self.one("propertyNames")
        for name, needed in self.mapping("dependencies").items():
            if isinstance(needed, list) and all(isinstance(other, str) for other in needed):
                node.needed_with[name] = tuple(map(str, needed))
            elif isinstance(needed, dict | bool):
                node.applied_with[name] = self.schema("dependencies", name, source=needed)
            else:
                self.wrong("dependencies", "an object of schemas or of lists of names", name)
        node.min_properties, node.max_properties = self.range("minProperties", "maxProperties")
        node.required = self.required()

    def mapping(self, keyword: str) -> dict[str, Json]:
        value = self.source.get(keyword, {})
        if isinstance(value, dict):
            return value
        self.wrong(keyword, "an object of schemas")
        return {}

    def required(self) -> tuple[str, ...]:
        value = self.source.get("required", [])
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            hint = " (`required: true` works on a property, not on a whole schema)" if isinstance(value, bool) else ""
            self.wrong("required", "a list of names" + hint)
            return ()
        if len(set(map(str, value))) < len(value):
            self.wrong("required", "a list without duplicates")
        return tuple(map(str, value))

    def range(self, least: str, most: str) -> tuple[int | None, int | None]:
        low, high = self.count(least), self.count(most)
        if low is not None and high is not None and low > high and least != "minItems":
            self.wrong(least, f"at most `{most}`, which is {high}")
        return low, high

    def count(self, keyword: str) -> int | None:
        if not self.has(keyword):
            return None
        value = self.source[keyword]
        number = as_schema_number(value) if _is_number(value) else 0.5
        if not is_integer(number) or abs(number) >= 1 << 63:
            self.wrong(keyword, "an integer")
            return None
        if number < 0:
            self.wrong(keyword, "zero or more")
            return None
        return int(number)

    def arrays(self) -> None:
        node = self.node
        items = self.source.get("items")
        if isinstance(items, list):
            node.tuple_items = self.several("items")
        elif self.has("items"):
            node.items = self.one("items")
        node.additional_items = self.one_or_flag("additionalItems")
        node.min_items, node.max_items = self.range("minItems", "maxItems")
        unique = self.source.get("uniqueItems", False)
        if isinstance(unique, bool):
            node.unique_items = unique
        else:
            self.wrong("uniqueItems", "a boolean")
        if self.draft >= 6:
            node.contains = self.one("contains")

    def numbers(self) -> None:
        node = self.node
        node.multiple_of = self.number("multipleOf")
        if node.multiple_of is not None and node.multiple_of <= 0:
            self.wrong("multipleOf", "greater than zero")
            node.multiple_of = None
        node.minimum, node.exclusive_minimum = self.bound("minimum", "exclusiveMinimum")
        node.maximum, node.exclusive_maximum = self.bound("maximum", "exclusiveMaximum")

    def number(self, keyword: str) -> float | None:
        if not self.has(keyword):
            return None
        value = self.source[keyword]
        if _is_number(value):
            return as_schema_number(value)
        self.wrong(keyword, "a number")
        return None

    def bound(self, plain: str, exclusive: str) -> tuple[float | None, float | None]:
        """The inclusive and the exclusive limit; a boolean exclusive one turns the other into itself (draft 4)."""
        limit = self.number(plain)
        if not self.has(exclusive):
            return limit, None
        value = self.source[exclusive]
        if _is_number(value) and self.draft != 4:
            return limit, as_schema_number(value)
        if isinstance(value, bool) and self.draft in {4, HYBRID}:
            if limit is None:
                self.wrong(exclusive, f"used together with `{plain}` when it is a boolean")
            return (None, limit) if value else (limit, None)
        self.wrong(exclusive, {4: "a boolean", HYBRID: "a boolean or a number"}.get(self.draft, "a number"))
        return limit, None

    def strings(self) -> None:
        node = self.node
        node.min_length, node.max_length = self.range("minLength", "maxLength")
        pattern = self.source.get("pattern", "")
        if not isinstance(pattern, str):
            self.wrong("pattern", "a string")
        elif pattern:
            node.pattern = self.pattern("pattern", pattern)
        name = self.source.get("format", "")
        if isinstance(name, str):
            node.format = FORMATS.get(name)
        else:
            self.wrong("format", "a string")

    def pattern(self, keyword: str, pattern: str, *below: str) -> Search | None:
        try:
            return compile_pattern(pattern)
        except PatternError as refusal:
            self.compiler.problem(
                (*self.path, keyword, *below),
                f"the pattern `{pattern}` is not in the RE2 dialect of the platform: {refusal}",
                kind="invalid-pattern",
                found=pattern,
            )
            return None

    def equalities(self) -> None:
        if self.has("const") and self.draft >= 6:
            self.node.constant = (identity(self.source["const"]),)
        enum = self.source.get("enum", [])
        if not isinstance(enum, list):
            self.wrong("enum", "a list of values")
            return
        self.node.enum = frozenset(map(identity, enum))
        if len(self.node.enum) < len(enum):
            self.wrong("enum", "a list without duplicates")

    def combinations(self) -> None:
        node = self.node
        node.one_of = self.several("oneOf")
        node.any_of = self.several("anyOf")
        node.all_of = self.several("allOf")
        own = self.source.get("anyOf", [])
        extra = [member for member in own if is_alternative(member)] if isinstance(own, list) else []
        node.any_takes_templates = any(member is TEMPLATE for member in extra)
        node.any_takes_references = len(extra) > node.any_takes_templates
        node.negated = self.one("not")
        if self.draft >= 7:
            node.condition, node.then, node.otherwise = self.one("if"), self.one("then"), self.one("else")


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "invalid-definition": "a keyword with a value that the platform refuses",
        "invalid-pattern": "a pattern outside the RE2 dialect",
        "unresolved-ref": "a `$ref` that leads nowhere",
        "external-ref": "a `$ref` to another document",
    }
)
"""The kinds of problem that make the platform refuse a schema as a whole."""
