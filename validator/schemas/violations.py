"""Why a value is no instance of a schema, told in terms of the author's schema and of the value.

What the platform accepts beside a value (references, templates) is never part of the explanation, except as a hint
where the value looks like a failed attempt at one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from validator.findings import Json, Path
from validator.schemas.acceptance import accepts, any_of, has_type, is_reference, is_template
from validator.schemas.definition import Compiled
from validator.schemas.nodes import Node
from validator.schemas.values import identity, is_multiple, shown, type_of

LIMIT = 100
"""How many violations are told of one value."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a value breaks a schema."""

    instance_path: Path
    """Where in the value; an undeclared or misnamed field is named itself, a missing one by its object."""
    schema_path: Path
    """The keyword that is broken, from the root of the author's schema."""
    keyword: str
    expected: Json
    """What the keyword says; for `required` the name that is missing."""
    found: Json
    """The offending part of the value."""
    message: str
    """What was expected and what was found, in words, without the path."""
    causes: tuple[Violation, ...] = ()
    """For a choice that no alternative satisfies: why the closest one fails."""


def explain(compiled: Compiled, value: Json) -> tuple[Violation, ...]:
    """Every way (at most `LIMIT`) in which the value breaks the schema; nothing where it is an instance.

    The schema must be free of problems: of one that the platform refuses, nothing is an instance.
    """
    return explain_node(compiled, compiled.root, value)


def explain_node(compiled: Compiled, node: Node, value: Json) -> tuple[Violation, ...]:
    """As `explain`, for one schema inside the compiled one; instance paths start at the value."""
    return tuple(islice(_Explainer(compiled.source).failures(node, value, ()), LIMIT))


class _Explainer:
    """Walks a value that a schema does not accept; every method yields nothing where all is well."""

    def __init__(self, source: Json) -> None:
        self.source = source

    def failures(self, node: Node, value: Json, at: Path) -> Iterator[Violation]:
        if accepts(node, value):
            return
        if node.verdict is False:
            yield Violation(at, node.path, "false", False, value, f"nothing is allowed here, found {_named(value)}")
        elif node.reference is not None:
            yield from self.failures(node.reference, value, at)
        elif node.types and not has_type(node.types, value):
            names = sorted(node.types)
            text = f"expected {_either([_ARTICLES[name] for name in names])}, found {_named(value)}"
            yield self.violation(node, "type", value, at, text + _hint(node, value))
        else:
            yield from self.equalities(node, value, at)
            yield from self.combinations(node, value, at)
            if isinstance(value, dict):
                yield from self.object(node, value, at)
            elif isinstance(value, list):
                yield from self.array(node, value, at)
            elif isinstance(value, str):
                yield from self.string(node, value, at)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                yield from self.number(node, value, at)

    def violation(
        self, node: Node, keyword: str, value: Json, at: Path, text: str, causes: Iterable[Violation] = ()
    ) -> Violation:
        return Violation(
            at, (*node.path, keyword), keyword, node.source.get(keyword), value, text, tuple(islice(causes, LIMIT))
        )

    def equalities(self, node: Node, value: Json, at: Path) -> Iterator[Violation]:
        if node.constant and identity(value) != node.constant[0]:
            text = f"expected {shown(node.source['const'])}, found {_named(value)}"
            yield self.violation(node, "const", value, at, text + _hint(node, value))
        if node.enum and identity(value) not in node.enum:
            members = node.source["enum"]
            assert isinstance(members, list)
            choices = _either([shown(member, 40) for member in members])
            nearest = _nearest(value, [member for member in members if isinstance(member, str)])
            text = f"expected {choices}, found {_named(value)}{nearest}"
            yield self.violation(node, "enum", value, at, text + _hint(node, value))

    def combinations(self, node: Node, value: Json, at: Path) -> Iterator[Violation]:
        if (node.any_of or node.any_takes_templates or node.any_takes_references) and not any_of(node, value):
            yield from self.choice(node, "anyOf", node.any_of, value, at)
        if node.one_of:
            matching = [index for index, member in enumerate(node.one_of) if accepts(member, value)]
            if not matching:
                yield from self.choice(node, "oneOf", node.one_of, value, at)
            elif len(matching) > 1:
                yield self.violation(node, "oneOf", value, at, _several(node, matching, value))
        for member in node.all_of:
            yield from self.failures(member, value, at)
        if node.negated is not None and accepts(node.negated, value):
            text = f"expected anything but what `not` describes, found {_named(value)}"
            yield self.violation(node, "not", value, at, text)
        if isinstance(value, dict):
            yield from self.dependencies(node, value, at)
        if node.condition is not None:
            branch = node.then if accepts(node.condition, value) else node.otherwise
            if branch is not None:
                yield from self.failures(branch, value, at)

    def choice(self, node: Node, keyword: str, members: list[Node], value: Json, at: Path) -> Iterator[Violation]:
        """No alternative matches: a single one speaks for itself, of several the closest."""
        reasons = [list(islice(self.failures(member, value, at), LIMIT)) for member in members]
        if len(reasons) == 1:
            yield from reasons[0]
            return
        strangers = _strangers(members, value)
        ranked = sorted(range(len(members)), key=lambda each: _distance(reasons[each], len(at), strangers[each]))
        closest = reasons[ranked[0]] if ranked else []
        text = f"expected one of {len(members)} alternatives to match, found {_named(value)}"
        if closest:
            text += f"; closest is alternative {ranked[0] + 1}: {_first(closest, at)}"
        yield self.violation(node, keyword, value, at, text + ("" if closest else _hint(node, value)), closest)

    def dependencies(self, node: Node, value: dict[str, Json], at: Path) -> Iterator[Violation]:
        for name, needed in node.needed_with.items():
            for other in needed:
                if name in value and other not in value:
                    text = f"`{other}` is required where `{name}` is present"
                    path = (*node.path, "dependencies", name)
                    yield Violation(at, path, "dependencies", other, value, text)
        for name, applied in node.applied_with.items():
            if name in value:
                yield from self.failures(applied, value, at)

    def object(self, node: Node, value: dict[str, Json], at: Path) -> Iterator[Violation]:
        yield from self.missing(node, value, at)
        yield from self.size(node, value, at, "minProperties", "maxProperties", "field")
        for name, member in value.items():
            below = (*at, name)
            schemas = [schema for _, search, schema in node.patterns if search(name)]
            if name in node.properties:
                schemas.insert(0, node.properties[name])
            if not schemas and isinstance(node.additional, Node):
                schemas = [node.additional]
            for schema in schemas:
                yield from self.failures(schema, member, below)
            if not schemas and node.additional is False:
                yield self.violation(node, "additionalProperties", member, below, self.undeclared(node, name))
            if node.names is not None and not accepts(node.names, name):
                yield self.bad_name(node, node.names, name, below)

    def missing(self, node: Node, value: dict[str, Json], at: Path) -> Iterator[Violation]:
        for name in node.required:
            if name not in value:
                present = ", ".join(f"`{other}`" for other in value) or "nothing"
                text = f"`{name}` is required, found {present}{_nearest(name, list(value), 'is it')}"
                yield Violation(at, self.required_path(node, name), "required", name, value, text)

    def bad_name(self, node: Node, names: Node, name: str, at: Path) -> Violation:
        causes = list(self.failures(names, name, at))
        text = f"the name `{name}` is not allowed: {causes[0].message if causes else 'no name is'}"
        return self.violation(node, "propertyNames", name, at, text, causes)

    def undeclared(self, node: Node, name: str) -> str:
        declared = [f"`{other}`" for other in node.properties]
        allowed = ", ".join([*declared, *(f"names like `{pattern}`" for pattern, _, _ in node.patterns)])
        if not allowed:
            return f"`{name}` is not declared here, and no field is"
        return f"`{name}` is not declared here, only {allowed}{_nearest(name, list(node.properties))}"

    def required_path(self, node: Node, name: str) -> Path:
        """Where the author required a field: in the list, or on the field itself."""
        author = self.source
        try:
            for step in node.path:
                author = author[step]  # type: ignore[index]  # a path leads through what is there
            listed = author["required"]  # type: ignore[index, call-overload]
            return (*node.path, "required", listed.index(name))  # type: ignore[union-attr]
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            return (*node.path, "properties", name, "required")

    def array(self, node: Node, value: list[Json], at: Path) -> Iterator[Violation]:
        yield from self.size(node, value, at, "minItems", "maxItems", "item")
        for index, item in enumerate(value):
            schema: Node | bool | None = node.items
            if node.tuple_items:
                within = index < len(node.tuple_items)
                schema = node.tuple_items[index] if within else node.additional_items
            if isinstance(schema, Node):
                yield from self.failures(schema, item, (*at, index))
            elif schema is False:
                text = f"expected at most {len(node.tuple_items)} items, found one more: {_named(item)}"
                yield self.violation(node, "additionalItems", item, (*at, index), text)
        if node.unique_items:
            seen: dict[object, int] = {}
            for index, item in enumerate(value):
                first = seen.setdefault(identity(item), index)
                if first != index:
                    text = f"expected items that differ, item {index + 1} is the same as item {first + 1}: "
                    yield self.violation(node, "uniqueItems", item, (*at, index), text + shown(item))
        if node.contains is not None and not any(accepts(node.contains, item) for item in value):
            contains = node.contains
            reasons = [list(self.failures(contains, item, (*at, index))) for index, item in enumerate(value[:LIMIT])]
            text = "expected at least one item that matches `contains`, found " + ("none" if value else "no items")
            closest = min(reasons, key=lambda each: _distance(each, len(at) + 1), default=[])
            yield self.violation(node, "contains", value, at, text, closest)

    def size(
        self, node: Node, value: list[Json] | dict[str, Json], at: Path, least: str, most: str, what: str
    ) -> Iterator[Violation]:
        low, high = (node.min_items, node.max_items) if what == "item" else (node.min_properties, node.max_properties)
        if low is not None and len(value) < low:
            yield self.violation(node, least, value, at, f"expected at least {_count(low, what)}, found {len(value)}")
        if high is not None and len(value) > high:
            yield self.violation(node, most, value, at, f"expected at most {_count(high, what)}, found {len(value)}")

    def string(self, node: Node, value: str, at: Path) -> Iterator[Violation]:
        hint = _hint(node, value)
        found = f"found {_named(value)}"
        if node.min_length is not None and len(value) < node.min_length:
            text = f"expected at least {_count(node.min_length, 'character')}, found {len(value)}: {shown(value)}"
            yield self.violation(node, "minLength", value, at, text + hint)
        if node.max_length is not None and len(value) > node.max_length:
            text = f"expected at most {_count(node.max_length, 'character')}, found {len(value)}: {shown(value)}"
            yield self.violation(node, "maxLength", value, at, text + hint)
        if node.pattern is not None and not node.pattern(value):
            text = f"expected text that matches `{node.source['pattern']}`, {found}"
            yield self.violation(node, "pattern", value, at, text + hint)
        if node.format is not None and not node.format(value):
            yield self.violation(node, "format", value, at, f"expected a valid {node.source['format']}, {found}{hint}")

    def number(self, node: Node, value: float, at: Path) -> Iterator[Violation]:
        if node.multiple_of is not None and not is_multiple(value, node.multiple_of):
            text = f"expected a multiple of {shown(node.multiple_of)}, found {shown(value)}"
            yield self.violation(node, "multipleOf", value, at, text)
        for keyword, limit, broken, words in (
            ("minimum", node.minimum, operator.lt, "at least"),
            ("exclusiveMinimum", node.exclusive_minimum, operator.le, "more than"),
            ("maximum", node.maximum, operator.gt, "at most"),
            ("exclusiveMaximum", node.exclusive_maximum, operator.ge, "less than"),
        ):
            if limit is not None and broken(value, limit):
                yield self.violation(node, keyword, value, at, f"expected {words} {shown(limit)}, found {shown(value)}")
        if node.format is not None:
            text = f"expected a valid {node.source['format']}, which only text can be, found {_named(value)}"
            yield self.violation(node, "format", value, at, text)


def _distance(reasons: list[Violation], depth: int, strangers: int = 0) -> tuple[int, ...]:
    """How far a value, so deep in the document, is from an alternative.

    First those of another type; then those whose discriminators, constants and the members that only some alternatives
    have, say that another one is meant; then by what is wrong and how deep.
    """
    if not reasons:
        return (2,)
    shallowest = min(len(reason.instance_path) for reason in reasons)
    fixed = [reason for reason in reasons if reason.keyword in {"const", "enum"}]
    wrong_kind = any(
        reason.keyword in {"type", "const", "enum"} and len(reason.instance_path) == shallowest for reason in reasons
    )
    return (
        int(any(reason.keyword == "type" and len(reason.instance_path) <= depth for reason in reasons)),
        sum(1 for reason in fixed if len(reason.instance_path) <= depth + 1),
        strangers,
        int(wrong_kind),
        len(reasons),
        -shallowest,
    )


def _strangers(members: list[Node], value: Json) -> list[int]:
    """For each alternative, how many members of the value it does not know although another alternative does."""
    if not isinstance(value, dict):
        return [0] * len(members)
    known = [_known(member) & value.keys() for member in members]
    every = set[str]().union(*known)
    return [len(every - names) for names in known]


def _known(node: Node) -> set[str]:
    """The members that a schema names, by itself and by way of what it refers to."""
    names: set[str] = set()
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            names |= {*each.properties, *each.required}
            waiting += [*each.all_of, *([each.reference] if each.reference is not None else [])]
    return names


def _first(reasons: list[Violation], at: Path) -> str:
    where = ".".join(map(str, reasons[0].instance_path[len(at) :]))
    return (f"at `{where}` " if where else "") + reasons[0].message


_ARTICLES = {
    "array": "an array",
    "boolean": "a boolean",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def _named(value: Json) -> str:
    kind = type_of(value)
    if kind == "null":
        return "null"
    if kind in {"object", "array"} and not value:
        return f"an empty {kind}"
    return f"the {kind} {shown(value)}"


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" or {words[-1]}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _nearest(name: Json, names: list[str], words: str = "did you mean") -> str:
    """A guess at the name that was meant, or nothing."""
    import difflib  # only where something is wrong already

    guess = difflib.get_close_matches(name, names, 1, 0.75) if isinstance(name, str) else []
    return f" ({words} `{guess[0]}`?)" if guess else ""


def _holds_stand_in(value: Json) -> bool:
    """Whether a template or a reference stands somewhere inside."""
    if isinstance(value, list | dict):
        inner = value.values() if isinstance(value, dict) else value
        return any(is_template(member) or is_reference(member) or _holds_stand_in(member) for member in inner)
    return False


def _hint(node: Node, value: Json) -> str:
    """What someone should know who meant a template or a reference."""
    if isinstance(value, str) and "{{" in value and node.takes_templates and not is_template(value):
        return "; a template may stand for any value, but only as the whole string, from `{{` to `}}`"
    if isinstance(value, dict) and "$bubuTemplate" in value:
        return "; `$bubuTemplate` objects are not accepted in place of a value, a whole-string template is"
    if isinstance(value, dict) and node.takes_references and not is_reference(value):
        names = [name for name in value if name.startswith("$bubu")]
        if names:
            return f"; a `{names[0]}` object stands for a value only with its own fields, all of them strings"
    return ""


def _several(node: Node, matching: Sequence[int], value: Json) -> str:
    """What is wrong where more than one of `oneOf` matches."""
    which = " and ".join(str(index + 1) for index in matching)
    text = f"expected exactly one of {len(node.one_of)} alternatives to match, {which} do"
    if any(member.takes_templates for member in node.one_of) and _holds_stand_in(value):
        text += "; a template or reference inside fits every alternative, write it in place of the whole value"
    return text
