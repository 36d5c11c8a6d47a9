"""What functions return, told from the types of their arguments (templating.md, sections 3.3, 3.4 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from validator.findings import Json
from validator.templates.catalogue import SIGNATURES, Signature
from validator.templates.constants import folded, only_value
from validator.templates.lookups import element_type, item_type, look_up
from validator.templates.operands import Call, Operand
from validator.templates.types import (
    STRING,
    Alternative,
    Type,
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


def call_type(call: Call) -> Type:  # noqa: C901, PLR0912 - one case a function with a type of its own
    """What a call returns."""
    types = [argument.type for argument in call.arguments]
    match call.name, types:
        case ("default", [fallback, value]):
            if value.values and all(value.values) and not value.missing:
                return value  # never empty, so the fallback is never used
            return union((_true_part(value), fallback))
        case ("coalesce", [_, *_]):
            last = types[-1].values
            missing = types[-1].missing or last is None or not all(last)
            return replace(union(map(_true_part, types)), missing=missing)
        case ("ternary", [yes, no, _]):
            return union((yes, no))
        case ("and", [_, *_]):
            return union((*map(_false_part, types[:-1]), types[-1]))
        case ("or", [_, *_]):
            return union((*map(_true_part, types[:-1]), types[-1]))
        case ("len", _):
            return Type((Alternative("number", "int", ({"minimum": 0},), integer=True),))
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
    if signature is None:
        return unknown(f"the result of `{call.name}`")
    return folded(call) or _returned(signature)


def _returned(signature: Signature) -> Type:
    kind = signature.json_type
    if kind == "any":
        return unknown(f"the result of `{signature.name}`")
    go = signature.returns.replace("any", "interface {}") if kind in ("array", "object") else signature.returns
    whole = signature.returns in ("int", "int64")
    return Type((Alternative(kind, go, integer=whole),))


def _true_part(type_: Type) -> Type:
    """What of a type is not empty, as far as it can be told."""
    non_null = type_.present.without("null")
    parts = []
    for alternative in non_null.alternatives:
        if alternative.values is not None:
            values = tuple(value for value in alternative.values if value)
            if values:
                parts.append(replace(alternative, values=values))
        elif alternative.kind == "boolean":
            parts.append(replace(alternative, values=(True,)))
        else:
            parts.append(alternative)
    return replace(non_null, alternatives=tuple(parts))


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
        position = only_value(Operand(key))
        return item_type(value) if type(position) is not int else element_type(value, position)
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
