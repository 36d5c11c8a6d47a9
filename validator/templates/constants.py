"""What a call of nothing but constants gives: a key that is put together is as well known as one that is written."""

from __future__ import annotations

from validator.findings import Json
from validator.templates.catalogue import SIGNATURES
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate
from validator.templates.gostrings import quote
from validator.templates.operands import Call, Operand
from validator.templates.types import Type, scalar

_MOST_CHARACTERS = 1_000
"""Longer texts are not put together: a template may join a text with itself, again and again."""
_FOLDED = ("string", "int", "int64")
"""What functions return whose result is known exactly from its text."""


def folded(call: Call) -> Type | None:
    """The value of a call whose arguments are constants of the template; None where it is no text or whole number."""
    signature = SIGNATURES.get(call.name)
    if signature is None or signature.returns not in _FOLDED or not call.arguments or not signature.deterministic:
        return None
    written = [_written(argument) for argument in call.arguments]
    if "" in written or sum(map(len, written)) > _MOST_CHARACTERS:
        return None
    try:
        # Text around the action keeps the platform from reading the result as JSON.
        result = evaluate(f"={{{{ {call.name} {' '.join(written)} }}}}", {}).value
    except (TemplateError, UnsupportedError):
        return None
    text = str(result)[1:]
    if signature.returns == "string":
        return scalar("string", values=(text,))
    return scalar("number", signature.returns, (int(text),), integer=True)


def only_value(operand: Operand) -> Json:
    """The one value that an operand has, whatever the data are; None where there is none or more."""
    values = operand.type.values
    return values[0] if values is not None and len(values) == 1 and not operand.type.missing else None


def _written(operand: Operand) -> str:
    """A constant as a template has it; empty for all else."""
    if operand.from_context:
        return ""
    match only_value(operand):
        case str(text):
            return quote(text)
        case bool(truth):
            return str(truth).lower()
        case int(number):
            return {"int": f"{number}", "int64": f"(int64 {number})"}.get(operand.type.alternatives[0].go, "")
        case _:
            return ""
