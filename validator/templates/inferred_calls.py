"""What functions return and refuse, told from the types of their arguments (templating.md, sections 3.3, 3.4 and 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from validator.findings import Json
from validator.templates import syntax
from validator.templates.catalogue import SIGNATURES, Signature
from validator.templates.lookups import item_type, look_up
from validator.templates.reach import Oddity, Remark
from validator.templates.types import (
    GO_TYPES,
    STRING,
    Alternative,
    Type,
    describe,
    from_schema,
    to_schema,
    union,
    unknown,
)

MAX_PARTS = 10_000
"""A built value whose schema has more parts counts as unknown."""
CONSUMERS: dict[str, frozenset[str]] = {
    "testing": frozenset(
        [
            "all",
            "and",
            "any",
            "coalesce",
            "default",
            "empty",
            "exists",
            "kindIs",
            "kindOf",
            "not",
            "or",
            "type_of",
            "typeIs",
            "typeIsLike",
            "typeOf",
        ]
    ),
    "comparing": frozenset({"eq", "ne", "deepEqual", "has", "mustHas"}),
    "printing": frozenset({"cat", "html", "js", "print", "println", "quote", "squote", "toString", "urlquery"}),
}
"""Functions by what they are for: to test for a value, to compare it, to make text of it."""

_DATES = {"date": 1, "dateInZone": 1, "date_in_zone": 1, "htmlDate": 0, "htmlDateInZone": 0}
"""Which argument is the time: anything that is none counts as now."""
_DATE_TYPES = frozenset({"time.Time", "int", "int64", "int32"})
_LISTS = dict.fromkeys(
    [
        "first",
        "last",
        "rest",
        "initial",
        "reverse",
        "uniq",
        "without",
        "append",
        "push",
        "prepend",
        "compact",
        "concat",
        "mustFirst",
        "mustLast",
        "mustRest",
        "mustInitial",
        "mustReverse",
        "mustUniq",
        "mustWithout",
        "mustAppend",
        "mustPush",
        "mustPrepend",
        "mustCompact",
    ],
    0,
) | {"has": 1, "mustHas": 1}
"""Which argument has to be a list."""
_ACCEPTED = {
    "string": frozenset({"string"}),
    "int": frozenset({"int"}),
    "bool": frozenset({"bool"}),
    "float64": frozenset({"float64", "int"}),
    "map[string]any": frozenset({GO_TYPES["object"]}),
    "time.Time": frozenset({"time.Time"}),
}
_BASIC = {
    "nil": "nil",
    "bool": "bool",
    "string": "string",
    "float64": "float",
    "int": "int",
    "int64": "int",
    "uint64": "int",
}


@dataclass(frozen=True, slots=True)
class Operand:
    """A value on its way through a template."""

    type: Type
    path: tuple[str, ...] | None = None
    """Its way from the root of the context, None when it is computed."""
    access: int = -1
    """The number of the access that reached for it."""
    from_context: bool = False
    """Whether it comes as it is from the context, so that its Go type is one that JSON decodes to."""
    start: int = -1
    end: int = -1
    nil: bool = True
    """Whether, being missing, it would still be a typed nil, of which a further field is an error."""
    place: tuple[str, ...] | None = None
    """For a computed value, the name that tests of it are known by: an element of a loop is one value in its body."""

    @property
    def way(self) -> tuple[str, ...] | None:
        """What tests of this value establish: its path, or its place."""
        return self.place if self.path is None else self.path


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments, the piped one last."""

    name: str
    arguments: tuple[Operand, ...]
    nodes: tuple[syntax.Operand, ...] = field(repr=False)
    """The arguments that are written after the name."""
    piped: bool
    start: int
    end: int


def call_type(call: Call) -> Type:  # noqa: C901, PLR0912 - one case a function with a type of its own
    """What a call returns."""
    types = [argument.type for argument in call.arguments]
    match call.name, types:
        case ("default", [fallback, value]):
            return union((_true_part(value), fallback))
        case ("coalesce", [_, *_]):
            last = types[-1].values
            return replace(union(map(_true_part, types)), missing=last is None or not all(last))
        case ("ternary", [yes, no, _]):
            return union((yes, no))
        case ("and", [_, *_]):
            return union((*map(_false_part, types[:-1]), types[-1]))
        case ("or", [_, *_]):
            return union((*map(_true_part, types[:-1]), types[-1]))
        case ("sample", [value]):
            return value
        case ("first" | "last" | "mustFirst" | "mustLast", [value]):
            return replace(item_type(value), missing=True)
        case ("index", [value, key]):
            return _indexed(value, key)
        case ("get", [value, key]):
            return union((unknown("the key is computed"), STRING)) if not key.values else _got(value, key)
        case ("list" | "tuple", _):
            return _built({"type": "array", "items": {"anyOf": [to_schema(item) for item in types] or [{}]}})
        case ("dict", _):
            return _dict(types)
        case ("pick" | "omit", [value, *_]):
            return from_schema({"type": "object"})
        case ("rest" | "initial" | "reverse" | "uniq" | "compact" | "without" | "slice", [value, *_]) if value.only(
            "array"
        ):
            return _built({"type": "array", "items": to_schema(item_type(value))})
        case ("slice", [value, *_]) if value.only("string"):
            return STRING
        case ("split" | "splitn", _):
            return Type((Alternative("object", "map[string]string"),))
    signature = SIGNATURES.get(call.name)
    return unknown(f"the result of `{call.name}`") if signature is None else _returned(signature)


def _returned(signature: Signature) -> Type:
    kind = signature.json_type
    if kind == "any":
        return unknown(f"the result of `{signature.name}`")
    go = signature.returns.replace("any", "interface {}") if kind in ("array", "object") else signature.returns
    whole = signature.returns in ("int", "int64")
    return Type((Alternative(kind, go, integer=whole),))


def _true_part(type_: Type) -> Type:
    """What of a type is not empty, as far as it can be told."""
    kept = type_.present.without("null")
    parts = []
    for alternative in kept.alternatives:
        if alternative.values is not None:
            values = tuple(value for value in alternative.values if value)
            if values:
                parts.append(replace(alternative, values=values))
        elif alternative.kind == "boolean":
            parts.append(replace(alternative, values=(True,)))
        else:
            parts.append(alternative)
    return replace(kept, alternatives=tuple(parts))


def _false_part(type_: Type) -> Type:
    """What of a type is empty: the value that `and` stops at."""
    parts = []
    for alternative in type_.alternatives:
        if alternative.kind == "boolean":
            parts.append(replace(alternative, values=(False,)))
        elif alternative.kind == "string":
            parts.append(replace(alternative, values=("",)))
        elif alternative.kind == "number":
            parts.append(replace(alternative, values=(0,)))
        else:
            parts.append(alternative)
    if type_.unknown:
        return type_
    return Type(tuple(parts), missing=type_.missing)


def _indexed(value: Type, key: Type) -> Type:
    if value.only("array") and not key.only("string", "boolean"):
        return item_type(value)
    return unknown("the result of `index`")


def _got(value: Type, key: Type) -> Type:
    names = key.values or ()
    if len(names) != 1 or not isinstance(names[0], str):
        return unknown("the key is computed")
    found = look_up(value, names[0]).type
    return union((found.present, STRING)) if found.missing else found


def _dict(types: Sequence[Type]) -> Type:
    properties: dict[str, Json] = {}
    for key, value in zip(types[::2], types[1::2], strict=False):
        names = key.values
        if names is None or len(names) != 1:
            return from_schema({"type": "object"})
        properties[str(names[0])] = to_schema(value)
    return _built(
        {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    )


def _built(schema: Json) -> Type:
    """The type of what a template puts together; it may put a thing together with itself, again and again."""
    pending = [schema]
    for _ in range(MAX_PARTS):
        if not pending:
            return from_schema(schema)
        part = pending.pop()
        if isinstance(part, dict | list):
            pending += part.values() if isinstance(part, dict) else part
    return unknown("it is put together from too many parts")


def remarks_on(call: Call, function: syntax.Function) -> Iterator[Remark]:
    """What is wrong with a call, as far as the types of its arguments show."""
    signature = SIGNATURES.get(call.name)
    if signature is None:
        return
    count = len(call.arguments)
    # `eq` takes any number of values to compare the first with, and fails without one.
    least = 2 if call.name == "eq" else len(signature.params) - signature.variadic
    if count < least or (count > len(signature.params) and not signature.variadic):
        wanted = f"{least}" if not signature.variadic else f"at least {least}"
        yield Remark(
            Oddity.ARITY, function.start, function.end, {"function": call.name, "wanted": wanted, "found": count}
        )
        return
    if call.name in ("eq", "ne", "lt", "le", "gt", "ge"):
        yield from _comparisons(call)
    elif call.name in _DATES:
        yield from _dates(call)
    elif call.name == "default":
        yield from _hidden(call)
    yield from _arguments(call, signature)
    yield from _failing_constants(call)
    if call.name == "index":
        yield from _subscripts(call)


def _subscripts(call: Call) -> Iterator[Remark]:
    """A list that is asked for a text, a map for a number, or a plain value for anything (section 3.2)."""
    if len(call.arguments) < 2:
        return
    value, key = call.arguments[:2]
    if value.type.missing or value.type.unknown or key.type.unknown or not key.type.alternatives:
        return
    expected = ""
    if value.type.only("array") and key.type.only("string", "boolean"):
        expected, wrong = "a whole number to index a list", key
    elif value.type.only("object") and key.type.only("number", "boolean"):
        expected, wrong = "a string to index an object", key
    elif value.type.only("number", "boolean"):
        expected, wrong = "a list or an object", value
    if expected:
        found = describe(wrong.type)
        facts: dict[str, Json] = {"function": "index", "expected": expected, "found": found, "certain": True}
        yield Remark(Oddity.ARGUMENT, wrong.start, wrong.end, facts)


def _failing_constants(call: Call) -> Iterator[Remark]:
    """Numbers that a function always fails on: a divisor of 0, an index that no list has (sections 3.2 and 3.4)."""
    if call.name not in (*_DIVIDING, "index"):
        return
    for argument in call.arguments[1:]:
        values = argument.type.values
        if argument.type.unknown or argument.type.missing or values is None or len(values) != 1:
            continue
        value, expected, found = values[0], "", ""
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if call.name in _DIVIDING and value == 0:
            expected, found = "a number other than 0", "zero"
        elif call.name == "index" and value < 0:
            expected, found = "a whole number from 0 on", "negative number"
        elif call.name == "index" and argument.type.alternatives[0].go == "float64":
            expected, found = "a whole number from 0 on", "JSON number (float64)"
        if found:
            facts: dict[str, Json] = {"function": call.name, "expected": expected, "found": found, "certain": True}
            yield Remark(Oddity.ARGUMENT, argument.start, argument.end, facts)


_DIVIDING = ("div", "mod", "divf")


def _arguments(call: Call, signature: Signature) -> Iterator[Remark]:
    for index, argument in enumerate(call.arguments):
        if not signature.params or argument.type.unknown or not argument.type.alternatives:
            continue
        accepted = _ACCEPTED.get(signature.param(index))
        refused = [
            alternative
            for alternative in argument.type.alternatives
            if (accepted is not None and alternative.go not in accepted)
            or (_LISTS.get(call.name) == index and alternative.kind != "array")
            or (call.name == "len" and alternative.kind in ("number", "boolean"))
            or (call.name == "hash_of" and alternative.kind != "string")
        ]
        if refused:
            expected = (
                "a list" if accepted is None and call.name in _LISTS else _WORDS.get(signature.param(index), "text")
            )
            yield Remark(
                Oddity.ARGUMENT,
                argument.start,
                argument.end,
                {
                    "function": call.name,
                    "expected": expected,
                    "found": (_go_words if signature.param(index) == "int" else describe)(Type(tuple(refused))),
                    "certain": len(refused) == len(argument.type.alternatives),
                    "kinds": ", ".join(alternative.kind for alternative in refused),
                    "integer literal": signature.param(index) == "int",
                },
            )


_WORDS = {
    "string": "a string",
    "int": "a whole number written in the template, or made by `int`",
    "bool": "a boolean",
    "float64": "a number",
    "map[string]any": "an object",
    "time.Time": "a time",
}


def _comparisons(call: Call) -> Iterator[Remark]:
    if len(call.arguments) < 2:
        return
    first, *others = call.arguments
    # A piped value is the last argument in Go as well.
    for other in others:
        if first.type.unknown or other.type.unknown or not first.type.alternatives or not other.type.alternatives:
            continue
        pairs = [(left, right) for left in first.type.alternatives for right in other.type.alternatives]
        if all(not _comparable(call.name, left, right) for left, right in pairs):
            yield Remark(
                Oddity.COMPARISON,
                call.start,
                call.end,
                {
                    "function": call.name,
                    "left": _go_words(first.type),
                    "right": _go_words(other.type),
                    **_mended(call, first, other),
                },
            )
        elif call.name in ("eq", "ne") and len(others) == 1:
            known, one = (first, other) if other.type.values and len(other.type.values) == 1 else (other, first)
            values, wanted = known.type.values, one.type.values
            if known.from_context and values and wanted and len(wanted) == 1 and wanted[0] not in values:
                yield Remark(
                    Oddity.CONSTANT,
                    one.start,
                    one.end,
                    {"function": call.name, "wanted": wanted[0], "values": list(values)},
                )


def _comparable(name: str, left: Alternative, right: Alternative) -> bool:
    one, other = _BASIC.get(left.go, "other"), _BASIC.get(right.go, "other")
    if name in ("eq", "ne"):
        return "nil" in (one, other) or (one == other and one != "other")
    return one == other and one not in ("bool", "other", "nil")


def _go_words(type_: Type) -> str:
    words = []
    for alternative in type_.alternatives:
        basic = _BASIC.get(alternative.go)
        words.append({"float": "JSON number (float64)", "int": "integer (int)"}.get(basic or "", alternative.kind))
    return " or ".join(dict.fromkeys(words))


def _mended(call: Call, first: Operand, other: Operand) -> dict[str, Json]:
    """The literal that would make a comparison work, where one side is a literal."""
    for literal, value in ((other, first), (first, other)):
        node = next((node for node in call.nodes if node.start == literal.start and node.end == literal.end), None)
        kinds = value.type.kinds
        replacement = ""
        if isinstance(node, syntax.Number) and node.text.lstrip("+-").isdigit() and kinds == {"number"}:
            replacement = f"{node.text}.0"
        elif isinstance(node, syntax.Number) and kinds == {"string"}:
            replacement = f'"{node.text}"'
        elif isinstance(node, syntax.String) and kinds == {"number"} and _is_number(node.value):
            replacement = node.value if "." in node.value else f"{node.value}.0"
        elif isinstance(node, syntax.String) and kinds == {"boolean"} and node.value in ("true", "false"):
            replacement = node.value
        elif isinstance(node, syntax.Bool) and kinds == {"string"}:
            replacement = '"true"' if node.value else '"false"'
        if replacement and node is not None:
            place: list[Json] = [node.start, node.end]
            return {"replacement": replacement, "at": place}
    return {}


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def _dates(call: Call) -> Iterator[Remark]:
    index = _DATES[call.name]
    if index >= len(call.arguments):
        return
    argument = call.arguments[index]
    known = not argument.type.unknown and bool(argument.type.alternatives)
    never = known and all(alternative.go not in _DATE_TYPES for alternative in argument.type.alternatives)
    if never or (argument.from_context and argument.type.alternatives == ()) or (argument.from_context and not known):
        facts: dict[str, Json] = {"function": call.name, "type": describe(argument.type)}
        facts["kinds"] = [*sorted(argument.type.kinds)]
        formats = [part.get("format") for alternative in argument.type.alternatives for part in alternative.parts]
        facts["format"] = next((name for name in formats if name in ("date", "date-time")), None)
        yield Remark(Oddity.DATE, argument.start, argument.end, facts)


def _hidden(call: Call) -> Iterator[Remark]:
    if len(call.arguments) != 2:
        return
    fallback, value = call.arguments
    chosen = fallback.type.values
    if not chosen or len(chosen) != 1 or not chosen[0] or value.type.unknown or not value.from_context:
        return
    for alternative in value.type.alternatives:
        empty: Json = {"boolean": False, "number": 0}.get(alternative.kind)
        if empty is None or (alternative.values is not None and empty not in alternative.values):
            continue
        minimum = [part["minimum"] for part in alternative.parts if isinstance(part.get("minimum"), int | float)]
        if alternative.kind == "number" and any(bound > 0 for bound in minimum if isinstance(bound, int | float)):
            continue
        yield Remark(
            Oddity.DEFAULT_HIDES,
            value.start,
            value.end,
            {"value": empty, "fallback": chosen[0], "kind": alternative.kind},
        )
