"""What a call gives whose arguments have one value, or few: a key that is put together is known like a written one."""

from __future__ import annotations

from itertools import product
from math import prod

from validator.findings import Json
from validator.templates.catalogue import SIGNATURES
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate
from validator.templates.gostrings import quote
from validator.templates.operands import Call, Operand
from validator.templates.types import Alternative, Type, scalar

_MOST_CHARACTERS = 1_000
"""Longer texts are not put together: a template may join a text with itself, again and again."""
_MOST_VALUES = 16
"""Results beyond which a call is taken to give anything."""
_FOLDED = ("string", "int", "int64")
"""What functions return whose result is known exactly from its text."""


def folded(call: Call) -> Type | None:
    """The values of a call whose arguments have few each; None where they are no texts or whole numbers."""
    signature = SIGNATURES.get(call.name)
    if signature is None or signature.returns not in _FOLDED or not call.arguments or not signature.deterministic:
        return None
    choices = [_written(argument) for argument in call.arguments]
    if not all(choices) or prod(map(len, choices)) > _MOST_VALUES:
        return None
    results = [_result(call.name, written) for written in product(*choices)]
    texts = tuple(dict.fromkeys(result for result in results if result is not None))
    if None in results:
        return None
    if signature.returns == "string":
        return scalar("string", values=texts)
    return scalar("number", signature.returns, tuple(map(int, texts)), integer=True)


def _result(name: str, written: tuple[str, ...]) -> str | None:
    """What a call prints; None where it fails."""
    if sum(map(len, written)) > _MOST_CHARACTERS:
        return None
    try:
        # Text before the action keeps the platform from reading the result as JSON.
        return str(evaluate(f"={{{{ {name} {' '.join(written)} }}}}", {}).value)[1:]
    except (TemplateError, UnsupportedError):
        return None


def only_value(operand: Operand) -> Json:
    """The one value that an operand has, whatever the data are; None where there is none or more."""
    values = operand.type.values
    return values[0] if values is not None and len(values) == 1 and not operand.type.missing else None


def _written(operand: Operand) -> list[str]:
    """The few values of an operand as a template has them; none where they are many, or of another kind."""
    if operand.type.values is None or operand.type.missing:
        return []
    found = [_literal(value, part) for part in operand.type.alternatives for value in part.values or ()]
    return found if all(found) else []


def _literal(value: Json, part: Alternative) -> str:
    match value:
        case str(text):
            return quote(text)
        case bool(truth):
            return str(truth).lower()
        case int(number):
            return {"int": f"{number}", "int64": f"(int64 {number})"}.get(part.go, "")
        case _:
            return ""
