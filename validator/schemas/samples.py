"""Instances made from a schema: the least it asks for, all that it offers, and as many others as one likes.

What an author gave (constants, examples, defaults, enums) comes first, then values that fit the name of a field. Every
sample is confirmed by the validator, with nothing standing in for a value.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice, product
from random import Random
from typing import TypeVar

from validator.findings import Json
from validator.schemas.acceptance import accepts
from validator.schemas.definition import compile_schema
from validator.schemas.emptiness import declared_types
from validator.schemas.keywords import TYPES
from validator.schemas.nodes import Node
from validator.schemas.pattern_samples import matching_text
from validator.schemas.profile import LITERAL
from validator.schemas.values import exact, identity
from validator.schemas.wording import FORMATS, number_for, text_for

T = TypeVar("T")

DEPTH = 12
"""How deep a sample may be."""
FULL_DEPTH = 5
"""How deep optional fields are filled in; below, only required ones are."""
ATTEMPTS = 64
"""How many combinations of alternatives are tried at one place."""
ITEMS = 1000
"""How many items or fields are made where a schema asks for many."""


def minimal(schema: Json) -> Json:
    """A realistic instance with no more than the schema requires, always the same; None when none was found."""
    return _sample(schema, full=False)


def full(schema: Json) -> Json:
    """A realistic instance with every field that the schema declares, always the same; None when none was found."""
    return _sample(schema, full=True)


def other(schema: Json, number: int) -> Json:
    """A full instance with values of enums, and with alternatives, that stand `number` places after the first."""
    return _sample(schema, full=True, choice=number)


def samples(schema: Json, count: int, seed: int = 0) -> tuple[Json, ...]:
    """At most `count` different instances, the full and the minimal one first, the same for the same seed.

    The others vary in what is optional: fields, alternatives, values of an enum, lengths and sizes near their limits.
    """
    return tuple(each_sample(schema, count, seed))


def each_sample(schema: Json, count: int, seed: int = 0) -> Iterator[Json]:
    """The same, each made when it is asked for."""
    compiled = compile_schema(schema, LITERAL)
    if compiled.problems or compiled.endless or count < 1:
        return
    chance = Random(seed)  # noqa: S311  # variety, not secrecy
    found: set[Hashable] = set()
    makers = chain(
        (_Maker(full=True), _Maker(full=False)), (_Maker(full=True, chance=chance) for _ in range(4 * count))
    )
    for maker in makers:
        try:
            sample = maker.make([compiled.root], "", 0)
        except (_NoSampleError, RecursionError):
            continue
        known = identity(sample)
        if known in found:
            continue
        found.add(known)
        yield sample
        if len(found) >= count:
            return


class _NoSampleError(ValueError):
    """No instance was found, which does not mean that there is none."""


def _sample(schema: Json, *, full: bool, choice: int = 0) -> Json:
    compiled = compile_schema(schema, LITERAL)
    if compiled.problems or compiled.endless:
        return None
    try:
        return _Maker(full=full, choice=choice).make([compiled.root], "", 0)
    except (_NoSampleError, RecursionError):
        return None


@dataclass(slots=True)
class _Maker:
    """Makes one value that all of some schemas accept."""

    full: bool
    chance: Random | None = None
    """Where the variety comes from; without it a sample is always the same."""
    choice: int = 0
    """How many values of an enum, and how many alternatives, are left for the end."""
    effort: int = 20_000
    """How many more values may be tried, so that a hard schema ends in no sample rather than never."""

    def make(self, nodes: Sequence[Node], name: str, depth: int, index: int = 0) -> Json:
        """A value for a field of this name; `index` tells apart the items of one array.

        Raises _NoSampleError.
        """
        if depth > DEPTH:
            raise _NoSampleError
        for value in self.candidates(nodes, name, depth, index):
            self.effort -= 1
            if self.effort < 0:
                raise _NoSampleError
            if all(accepts(node, value) for node in nodes):
                return value
        raise _NoSampleError

    def candidates(self, nodes: Sequence[Node], name: str, depth: int, index: int) -> Iterator[Json]:
        for parts in self.varied(self.turned(islice(_combinations(nodes), ATTEMPTS))):
            if self.choice:
                yield from self.turned(_listed(parts))
            yield from self.varied(_given(parts, index))
            for kind in self.varied(_kinds(parts)):
                try:
                    yield from self.varied(self.of_type(kind, parts, name, depth, index))
                except _NoSampleError:
                    continue

    def varied(self, choices: Iterable[T]) -> Iterable[T]:
        """The choices in the order in which they are to be tried."""
        if self.chance is None:
            return choices
        shuffled = list(choices)
        self.chance.shuffle(shuffled)
        return shuffled

    def turned(self, choices: Iterable[T]) -> Iterable[T]:
        """The choices, those first that this sample is about."""
        if not self.choice:
            return choices
        every = list(choices)
        start = self.choice % len(every) if every else 0
        return [*every[start:], *every[:start]]

    def leaves_out(self) -> bool:
        """Whether something optional is to be left out this time."""
        return self.chance is not None and self.chance.random() < 0.4

    def of_type(self, kind: str, parts: list[Node], name: str, depth: int, index: int) -> Iterator[Json]:
        if kind == "object":
            yield self.object(parts, depth)
            if self.full:
                yield self.fullest(parts, depth)
        elif kind == "array":
            yield self.array(parts, name, depth)
        elif kind == "string":
            yield from _strings(parts, name, index)
        elif kind in {"integer", "number"}:
            yield from _numbers(parts, name, index)
        elif kind == "boolean":
            yield from ((True, False) if index % 2 == 0 else (False, True))
        else:
            yield None

    def object(self, parts: list[Node], depth: int) -> Json:
        required = dict.fromkeys(chain.from_iterable(part.required for part in parts))
        wanted, offered = list(required), _offered(parts)
        if self.full and depth < FULL_DEPTH:
            wanted += [field for field in offered if field not in wanted and not self.leaves_out()]
        fields: dict[str, Json] = {}
        for field in _with_dependents(parts, wanted):
            self.add(parts, fields, field, depth, must=field in required)
        least = max((part.min_properties or 0 for part in parts), default=0)
        if self.full and not offered and any(isinstance(part.additional, Node) or part.patterns for part in parts):
            least = max(least, 1)
        self.fill(parts, fields, depth, least)
        # In the order of the author, who reads it.
        return {field: fields[field] for field in [*offered, *fields] if field in fields}

    def fill(self, parts: list[Node], fields: dict[str, Json], depth: int, least: int) -> None:
        """Add fields that need not be there until there are enough."""
        for field in islice(chain(_offered(parts), _spare_names(parts)), ITEMS):
            if len(fields) >= least:
                break
            if field not in fields:
                self.add(parts, fields, field, depth, must=False)

    def fullest(self, parts: list[Node], depth: int) -> Json:
        """What is required, and field by field what goes with it: not all that is offered may be there together."""
        self.full = False
        try:
            least = self.object(parts, depth)
        finally:
            self.full = True
        assert isinstance(least, dict)
        fields = least
        if depth >= FULL_DEPTH:
            return fields
        offered = _offered(parts)
        for field in offered:
            more = dict(fields)
            for each in _with_dependents(parts, [field]):
                if each not in more:
                    self.add(parts, more, each, depth, must=False)
            if all(accepts(part, more) for part in parts):
                fields = more
        return {field: fields[field] for field in [*offered, *fields] if field in fields}

    def add(self, parts: list[Node], fields: dict[str, Json], field: str, depth: int, *, must: bool) -> None:
        schemas = _field_schemas(parts, field)
        try:
            fields[field] = self.make(schemas, field, depth + 1) if schemas else text_for(field)
        except _NoSampleError:
            if must:
                raise

    def array(self, parts: list[Node], name: str, depth: int) -> Json:
        least = max((part.min_items or 0 for part in parts), default=0)
        leading = max((len(part.tuple_items) for part in parts), default=0)
        contained = [part.contains for part in parts if part.contains is not None]
        wanted = leading if self.full else 0
        wanted = max(wanted, int(self.full and depth < FULL_DEPTH))
        if self.chance is not None:
            wanted = self.chance.randint(0, wanted + 2)
        count = max(least, wanted, leading + 1 if contained else 0)
        count = min(count, *(part.max_items for part in parts if part.max_items is not None), ITEMS)
        singular = name[:-1] if name.endswith("s") else name
        items: list[Json] = []
        for index in range(count):
            schemas = _item_schemas(parts, index)
            if contained and index == leading:
                schemas = [*schemas, *contained]
            items.append(self.make(schemas, singular, depth + 1, index) if schemas else f"item {index + 1}")
        return items


def _choices(node: Node) -> Iterator[list[list[Node]]]:
    """What a schema lets choose: for each choice its alternatives, each a list of schemas that apply together."""
    for members in (node.any_of, node.one_of):
        if members:
            yield [[member] for member in members]
    if node.condition is not None:
        # Without the condition first: the least that is asked for rarely meets it.
        holds = [node.condition, *([node.then] if node.then else [])]
        yield [[node.otherwise] if node.otherwise else [], holds]


def _combinations(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """The schemas that apply together: one alternative of each choice, in all ways."""
    fixed: list[Node] = []
    choices: list[list[list[Node]]] = []
    pending = list(nodes)
    while pending:
        node = pending.pop(0)
        if any(node is known for known in fixed):
            continue
        if node.reference is not None:
            pending.insert(0, node.reference)
            continue
        fixed.append(node)
        pending += node.all_of
        choices += _choices(node)
    if len(fixed) > 10 * ATTEMPTS:
        raise _NoSampleError
    if not choices:
        yield fixed
        return
    for chosen in product(*choices):
        inner = [member for members in chosen for member in members]
        for parts in islice(_combinations(inner), ATTEMPTS):
            yield [*fixed, *parts]


def _given(parts: list[Node], index: int) -> Iterator[Json]:
    """What the author wrote down as a value."""
    for part in parts:
        if part.constant:
            yield part.source["const"]
    for part in parts:
        examples = part.source.get("examples")
        if isinstance(examples, list):
            yield from [*examples[index:], *examples[:index]]
        for keyword in ("example", "default"):
            # A default of nothing says nothing about what the field is for.
            if keyword in part.source and part.source[keyword] not in (None, "", [], {}):
                yield part.source[keyword]
    values = list(_listed(parts))
    yield from [*values[index:], *values[:index]]


def _listed(parts: list[Node]) -> Iterator[Json]:
    """The values that an enum names."""
    for part in parts:
        values = part.source.get("enum")
        if isinstance(values, list):
            yield from values


def _kinds(parts: list[Node]) -> list[str]:
    """The types to try, the one that the keywords speak of first."""
    allowed = frozenset(TYPES)
    for part in parts:
        allowed &= declared_types(part)
    named = [name for part in parts for name in _named_types(part)]
    spoken = [
        *(["object"] if any(part.judges_objects for part in parts) else []),
        *(["array"] if any(part.judges_arrays for part in parts) else []),
        *(["integer"] if any(part.judges_numbers and part.format is None for part in parts) else []),
        *("string", "integer", "number", "object", "array", "boolean", "null"),
    ]
    order = [name for name in named if name != "null"] + spoken
    return [name for name in dict.fromkeys(order) if name in allowed]


def _named_types(part: Node) -> list[str]:
    names = part.source.get("type", [])
    return [names] if isinstance(names, str) else [str(name) for name in names] if isinstance(names, list) else []


def _stretched(text: str, least: int, most: int) -> tuple[str, str]:
    """A text repeated and cut to its length limits, without the spaces around it where something is left, and with."""
    long = text if len(text) >= least else (text + " ") * (least // len(text) + 1)
    cut = long[: max(least, len(text))][:most]
    return cut.strip() or long[:most], cut


def _strings(parts: list[Node], name: str, index: int) -> Iterator[Json]:
    least = max((part.min_length or 0 for part in parts), default=0)
    most = min((part.max_length for part in parts if part.max_length is not None), default=ITEMS * 100)
    if least > ITEMS * 100:
        return
    patterns = [str(part.source["pattern"]) for part in parts if part.pattern is not None]
    formats = [
        FORMATS[found] for part in parts if isinstance(found := part.source.get("format"), str) and found in FORMATS
    ]
    for text in (*formats, text_for(name), "example", "a"):
        yield from _stretched(text if index == 0 else f"{text}-{index + 1}", least, most)
        yield from _stretched(text, least, most)
    for pattern in patterns:
        for length in dict.fromkeys((least, least + 1 + index, most if most < 200 else least)):
            matching = matching_text(pattern, length)
            if matching is not None:
                yield matching


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _numbers(parts: list[Node], name: str, index: int) -> Iterator[Json]:
    lows = [limit for part in parts for limit in (part.minimum, part.exclusive_minimum) if limit is not None]
    highs = [limit for part in parts for limit in (part.maximum, part.exclusive_maximum) if limit is not None]
    low, high = max(lows, default=-math.inf), min(highs, default=math.inf)
    fractions = all("number" in declared_types(part) for part in parts)
    steps = [exact(part.multiple_of) for part in parts if part.multiple_of is not None]
    for value in (number_for(name), 1, 0, low, high):
        if low <= value <= high and math.isfinite(value):
            yield int(value) + index if float(value).is_integer() else value
    if math.isfinite(low):
        yield from (math.ceil(low) + index, math.floor(low) + 1 + index)
    if math.isfinite(high):
        yield from (math.floor(high) - index, math.ceil(high) - 1 - index)
    if fractions and math.isfinite(low) and math.isfinite(high):
        yield (low + high) / 2
    elif fractions and math.isfinite(low):
        yield low + 0.5
    for step in steps:
        start = index + (math.ceil(exact(low) / step) if math.isfinite(low) else 1)
        yield from map(_plain, (start * step, (start + 1) * step))


def _field_schemas(parts: list[Node], field: str) -> list[Node]:
    found: list[Node] = []
    for part in parts:
        own = [part.properties[field]] if field in part.properties else []
        own += [schema for _, search, schema in part.patterns if search(field)]
        if not own and isinstance(part.additional, Node):
            own = [part.additional]
        if not own and part.additional is False:
            raise _NoSampleError
        found += own
    return found


def _item_schemas(parts: list[Node], index: int) -> list[Node]:
    found: list[Node] = []
    for part in parts:
        schema: Node | bool | None = part.items
        if part.tuple_items:
            schema = part.tuple_items[index] if index < len(part.tuple_items) else part.additional_items
        if isinstance(schema, Node):
            found.append(schema)
    return found


def _with_dependents(parts: list[Node], fields: list[str]) -> list[str]:
    """The fields and those that they bring with them."""
    found = list(fields)
    for field in found:
        for part in parts:
            found += [other for other in part.needed_with.get(field, ()) if other not in found]
    return found


def _offered(parts: list[Node]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(part.properties for part in parts)))


def _spare_names(parts: list[Node]) -> Iterator[str]:
    """Names for fields that nobody declared."""
    for part in parts:
        for pattern, _, _ in part.patterns:
            matching = matching_text(pattern)
            if matching is not None:
                yield matching
    names = [part.names for part in parts if part.names is not None]
    for number in range(1, ITEMS):
        plain = "example" if number == 1 else f"example{number}"
        if all(accepts(node, plain) for node in names):
            yield plain
        elif number == 1:
            yield from (str(name) for node in names for name in _strings([node], "name", 0) if accepts(node, name))
