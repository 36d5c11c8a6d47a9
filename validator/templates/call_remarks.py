"""What is wrong with a call, told from the types of its arguments (templating.md, sections 3.3, 3.4 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from validator.findings import Json
from validator.templates import syntax
from validator.templates.catalogue import SIGNATURES, Signature
from validator.templates.fallback_remarks import remarks_on_fallbacks
from validator.templates.layout_remarks import remarks_on_layouts
from validator.templates.lookups import most_elements
from validator.templates.operands import Call, Operand
from validator.templates.order_remarks import remarks_on_order
from validator.templates.printf_remarks import remarks_on_printf
from validator.templates.range_remarks import remarks_on_ranges
from validator.templates.reach import Oddity, Remark
from validator.templates.types import GO_TYPES, Alternative, Type, describe

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
        "slice",
        "mustSlice",
    ],
    0,
) | {"has": 1, "mustHas": 1, "concat": -1}
"""Which argument has to be a list; each where it is -1."""
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


_LEAST = {"eq": 2, "dig": 3}
"""Functions that fail with fewer arguments than Go's declaration asks for."""


def remarks_on(call: Call, function: syntax.Function) -> Iterator[Remark]:
    """What is wrong with a call, as far as the types of its arguments show."""
    signature = SIGNATURES.get(call.name)
    if signature is None:
        return
    count = len(call.arguments)
    least = _LEAST.get(call.name, len(signature.params) - signature.variadic)
    if count < least or (count > len(signature.params) and not signature.variadic):
        wanted = f"{least or 'no'} argument{'' if least == 1 else 's'}"
        wanted = f"at least {wanted}" if signature.variadic else wanted
        yield Remark(
            Oddity.ARITY, function.start, function.end, {"function": call.name, "wanted": wanted, "found": count}
        )
        return
    if call.name in ("eq", "ne", "lt", "le", "gt", "ge"):
        yield from _comparisons(call)
        yield from remarks_on_ranges(call)
    elif call.name in _DATES:
        yield from _dates(call)
    elif call.name in ("default", "coalesce", "or"):
        yield from remarks_on_fallbacks(call)
    elif call.name == "printf":
        yield from remarks_on_printf(call)
    yield from remarks_on_layouts(call)
    yield from remarks_on_order(call)
    yield from _arguments(call, signature)
    yield from _failing_constants(call)
    if call.name == "index":
        yield from _subscripts(call)


def _subscripts(call: Call) -> Iterator[Remark]:
    """What `index` takes out of a list, a text or an object, and of what it takes nothing (section 3.2)."""
    if len(call.arguments) < 2:
        return
    value, key = call.arguments[:2]
    if value.type.unknown or not value.type.alternatives:
        return
    expected, wrong = "", key
    if value.type.only("number", "boolean"):
        expected, wrong = "a list or an object", value
    elif (
        key.type.unknown
        or not key.type.alternatives
        or (key.type.values is not None and value.type.only("array", "string") and key.type.only("number"))
    ):
        return  # constants are told below
    elif value.type.only("array", "string") and not any(_counts(alternative) for alternative in key.type.alternatives):
        of = "list" if value.type.only("array") else "text"
        origin = ", written in the template or made by `int`," if "number" in key.type.kinds else ""
        expected = f"a whole number{origin} to index a {of}"
    elif value.type.only("object") and "string" not in key.type.kinds:
        expected = "a string to index an object"
    if expected:
        facts: dict[str, Json] = {
            "function": "index",
            "expected": expected,
            "found": _go_words(wrong.type) if wrong.type.only("number") else describe(wrong.type),
            "certain": True,
        }
        yield Remark(Oddity.ARGUMENT, wrong.start, wrong.end, facts)


def _counts(alternative: Alternative) -> bool:
    """Whether it is a whole number for Go: those of JSON are not."""
    return alternative.kind == "number" and alternative.go != "float64"


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
        elif call.name == "index" and argument is call.arguments[1] and (beyond := _beyond(call.arguments[0], value)):
            expected, found = beyond
        if found:
            facts: dict[str, Json] = {"function": call.name, "expected": expected, "found": found, "certain": True}
            yield Remark(Oddity.ARGUMENT, argument.start, argument.end, facts)


def _beyond(owner: Operand, position: float) -> tuple[str, str] | None:
    """What is expected and found where a list never has an element at a position."""
    most = most_elements(owner.type)
    if most is None or position < most:
        return None
    expected = f"a whole number from 0 to {most - 1}" if most > 1 else "0" if most else "no number: the list is empty"
    return expected, f"number above {most - 1}" if most else "number"


_DIVIDING = ("div", "mod", "divf")


def _arguments(call: Call, signature: Signature) -> Iterator[Remark]:
    for index, argument in enumerate(call.arguments):
        if not signature.params or argument.type.unknown or not argument.type.alternatives:
            continue
        expected = _expected(call, signature, index)
        if expected is None:
            continue
        words, takes = expected
        refused = [alternative for alternative in argument.type.alternatives if not takes(alternative)]
        if refused:
            counts = signature.param(index) == "int"
            yield Remark(
                Oddity.ARGUMENT,
                argument.start,
                argument.end,
                {
                    "function": call.name,
                    "expected": words,
                    "found": (_go_words if counts else describe)(Type(tuple(refused))),
                    "certain": len(refused) == len(argument.type.alternatives),
                    "kinds": ", ".join(alternative.kind for alternative in refused),
                    "integer literal": counts,
                },
            )
            if len(refused) == len(argument.type.alternatives):
                return  # the evaluation ends here: what comes after is a consequence, as where two are swapped


def _expected(call: Call, signature: Signature, index: int) -> tuple[str, Callable[[Alternative], bool]] | None:
    """What a function takes in a place, and how to tell; None where it takes anything."""
    param = signature.param(index)
    if (accepted := _ACCEPTED.get(param)) is not None:
        return _WORDS[param], lambda alternative: alternative.go in accepted
    kinds, words = _KINDS.get(call.name, ((), ""))
    if call.name in _LISTS:
        kinds, words = (("array",), "a list") if _LISTS[call.name] in (index, _EACH) else ((), "")
    elif call.name == "dig":
        kinds, words = _in_dig(index, len(call.arguments))
    elif call.name == "call" and index > 0:
        return None
    return (words, lambda alternative: alternative.kind in kinds) if words else None


def _in_dig(index: int, count: int) -> tuple[tuple[str, ...], str]:
    """`dig` takes names, a fallback, and last an object."""
    if index == count - 1:
        return ("object",), "an object as its last argument"
    return (("string",), "a name") if index < count - 2 else ((), "")


_EACH = -1
_KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "len": (("array", "null", "object", "string"), "text, a list or an object"),
    "hash_of": (("string",), "text"),
    "call": ((), "a function, which no value is,"),
}
"""Functions that take anything as Go declares them, and fail on some of it."""
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
            yield from _constant(call.name, first, other)


def _constant(function: str, first: Operand, other: Operand) -> Iterator[Remark]:
    """A comparison with a literal that is none of the values that the other side can have."""
    known, one = (first, other) if other.type.values and len(other.type.values) == 1 else (other, first)
    values, wanted = known.type.values, one.type.values
    if known.from_context and values and wanted and len(wanted) == 1 and wanted[0] not in values:
        facts: dict[str, Json] = {"function": function, "wanted": wanted[0], "values": list(values)}
        yield Remark(Oddity.CONSTANT, one.start, one.end, facts)


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
        replacement = _literal_of(node, value.type.kinds)
        if replacement and node is not None:
            place: list[Json] = [node.start, node.end]
            return {"replacement": replacement, "at": place}
    return {}


def _literal_of(node: syntax.Operand | None, kinds: frozenset[str]) -> str:
    """A literal written as one of another kind; empty where it cannot be, or is no literal."""
    match node, *kinds:
        case syntax.Number(text=text), "number" if text.lstrip("+-").isdigit():
            return f"{text}.0"
        case syntax.Number(text=text), "string":
            return f'"{text}"'
        case syntax.String(value=value), "number" if _is_number(value):
            return value if "." in value else f"{value}.0"
        case syntax.String(value="true" | "false" as value), "boolean":
            return value
        case syntax.Bool(value=truth), "string":
            return '"true"' if truth else '"false"'
        case _:
            return ""


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
