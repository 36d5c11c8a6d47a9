"""Comparisons with a number that no number of a schema's range can be on the other side of.

Source: templating.md, sections 3.4 (numbers are compared by value) and 13.1 (`minimum` and `maximum` are asserted).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from validator.findings import Json
from validator.templates.operands import Call, Operand
from validator.templates.reach import Oddity, Remark
from validator.templates.types import Alternative

_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
_INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class _Range:
    """All numbers of a type lie in it, its ends included."""

    low: float
    high: float


def remarks_on_ranges(call: Call) -> Iterator[Remark]:
    """A comparison of two numbers whose outcome the schema decides, and not by the author's care."""
    if len(call.arguments) != 2 or call.name not in _MIRRORED:
        return
    first, second = call.arguments
    number, other, function = _constant(second), first, call.name
    constant = second
    if number is None:
        number, other, function, constant = _constant(first), second, _MIRRORED[call.name], first
    found = _range(other)
    if number is None or found is None or {part.go for part in other.type.alternatives} != {_go(constant)}:
        return  # they cannot be compared
    outcome = _outcome(function, number, found)
    is_outside = not found.low <= number <= found.high
    if outcome is None or (outcome and not is_outside):
        return  # `ge inputs.n 1.0`, where the least is 1, makes sure of it
    facts: dict[str, Json] = {
        "function": call.name,
        "wanted": int(number) if number == int(number) else number,
        "range": _words(found),
        "outside": is_outside,
        "values": [end for end in (found.low, found.high) if abs(end) != _INFINITY],
        "outcome": outcome,
    }
    yield Remark(Oddity.CONSTANT, constant.start, constant.end, facts)


def _outcome(function: str, number: float, found: _Range) -> bool | None:
    """Whether `x function number` is always true or always false for the numbers of a range; None where it depends."""
    match function:
        case "lt":
            never, always = found.low >= number, found.high < number
        case "le":
            never, always = found.low > number, found.high <= number
        case "gt":
            never, always = found.high <= number, found.low > number
        case "ge":
            never, always = found.high < number, found.low >= number
        case _:
            differs = not found.low <= number <= found.high
            never, always = (differs, False) if function == "eq" else (False, differs)
    return False if never else True if always else None


def _go(operand: Operand) -> str:
    return operand.type.alternatives[0].go


def _constant(operand: Operand) -> float | None:
    values = operand.type.values
    if operand.varies or values is None or len(values) != 1 or isinstance(values[0], bool):
        return None
    return values[0] if isinstance(values[0], int | float) else None


def _range(operand: Operand) -> _Range | None:
    """The range of what the data decide; None where it has no end, or may be no number."""
    if not operand.varies or operand.type.missing or not operand.type.only("number"):
        return None
    ranges = [_of(alternative) for alternative in operand.type.alternatives]
    found = _Range(min(each.low for each in ranges), max(each.high for each in ranges))
    return found if any(abs(end) != _INFINITY for end in (found.low, found.high)) else None


def _of(alternative: Alternative) -> _Range:
    if alternative.values is not None:
        numbers = [value for value in alternative.values if isinstance(value, int | float)]
        return _Range(min(numbers), max(numbers))
    return _Range(
        max(_ends(alternative, "minimum", "exclusiveMinimum"), default=-_INFINITY),
        min(_ends(alternative, "maximum", "exclusiveMaximum"), default=_INFINITY),
    )


def _ends(alternative: Alternative, *keywords: str) -> list[float]:
    found = [part.get(keyword) for part in alternative.parts for keyword in keywords]
    return [end for end in found if isinstance(end, int | float) and not isinstance(end, bool)]


def _words(found: _Range) -> str:
    if found.high == _INFINITY:
        return f"{found.low:g} or more"
    return f"{found.high:g} or less" if found.low == -_INFINITY else f"{found.low:g} to {found.high:g}"
