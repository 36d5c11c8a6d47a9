"""What is wrong with a call of `default`, `coalesce` or `or`: what never comes to pass, and what is taken for missing.

Source: templating.md, section 4, row "default-ish", and the row of `default` in functions.json: the fallback comes
first, so that a pipe hands over the value.
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.findings import Json
from validator.templates.operands import Call, Operand
from validator.templates.reach import Oddity, Remark


def remarks_on_fallbacks(call: Call) -> Iterator[Remark]:
    """A constant that stands where the value belongs, and values that `default` takes for missing."""
    if call.name == "default" and len(call.arguments) == 2:
        yield from _swapped(call)
        yield from _hidden(call)
    elif call.name in ("coalesce", "or"):
        yield from _never_reached(call)


def _swapped(call: Call) -> Iterator[Remark]:
    """`default inputs.x "a"`: always "a"; `default inputs.x ""`: always `inputs.x`."""
    fallback, value = call.arguments
    constants = _constants(value)
    if not constants or not fallback.varies:
        return
    if all(constants):
        yield _swap(call, shown=value, unused=fallback)
    elif not any(constants):
        yield _swap(call, shown=fallback, unused=value)


def _never_reached(call: Call) -> Iterator[Remark]:
    """A constant that is not empty before something of the context, which is then never looked at."""
    for index, argument in enumerate(call.arguments[:-1]):
        constants = _constants(argument)
        if not constants or not all(constants) or (call.name == "or" and argument.type.only("boolean")):
            continue  # `or true …` switches a condition off, and says so
        unused = next((other for other in call.arguments[index + 1 :] if other.varies), None)
        if unused is not None:
            yield _swap(call, shown=argument, unused=unused)
        return


def _swap(call: Call, *, shown: Operand, unused: Operand) -> Remark:
    """What is always given, and what never is."""
    facts: dict[str, Json] = {
        "function": call.name,
        "shown": [shown.start, shown.end],
        "unused": [unused.start, unused.end],
    }
    return Remark(Oddity.SWAPPED, min(shown.start, unused.start), max(shown.end, unused.end), facts)


def _constants(operand: Operand) -> tuple[Json, ...] | None:
    """The values of what the template itself says; None for all else."""
    return None if operand.varies or operand.type.missing else operand.type.values


def _hidden(call: Call) -> Iterator[Remark]:
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
