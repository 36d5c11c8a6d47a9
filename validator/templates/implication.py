"""Whether one condition holds only where another does: decided over all values of their comparisons.

A condition becomes a formula of `and`, `or` and `not` over atoms, such as `inputs.kind` = "box" or `inputs.count` > 3.
Whatever is not understood is an atom of its own, known by its words. Source: templating.md, sections 2, 3.3 and 6.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import floor, prod
from typing import TypeAlias

from validator.templates import syntax
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import plan
from validator.templates.narrowing import Way, call_of, path_of

_MOST_WORLDS = 4096
"""Formulas that are told apart by more are not decided."""
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_TURNED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}

IsBoolean: TypeAlias = Callable[[Way], bool]


@dataclass(frozen=True, slots=True)
class Atom:
    """Something that holds or does not; equal ones hold together."""

    subject: str
    value: str = ""
    """What the subject is compared with: it can equal one value only. Empty for no comparison."""
    of: str = ""
    """What cannot be empty where it holds."""
    is_truth: bool = False
    """Whether it holds also wherever that is not empty."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number against a constant."""

    subject: str
    operator: str
    """`eq`, `lt`, `le`, `gt` or `ge`."""
    number: float
    counts: str = ""
    """Of what it is the length, which is a whole number from 0 on; empty for any number, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Junction:
    """`and`, `or` or `not` of formulas."""

    operator: str
    parts: tuple[Formula, ...]


Formula: TypeAlias = Atom | Comparison | Junction
World: TypeAlias = Mapping[str | Atom, float | bool | None]
"""Whether each atom holds, and the number of each subject of comparisons; None where it is missing."""


def implies(guard: str, condition: str, is_boolean: IsBoolean) -> bool:
    """Whether the guard holds only where the condition does; False where it cannot be told."""
    first, second = (_formula(text, is_boolean) for text in (guard, condition))
    if first is None or second is None:
        return False
    leaves = tuple(dict.fromkeys((*_leaves(first), *_leaves(second))))
    atoms = [leaf for leaf in leaves if isinstance(leaf, Atom)]
    comparisons = [leaf for leaf in leaves if isinstance(leaf, Comparison)]
    dimensions: dict[str | Atom, Sequence[float | bool | None]] = dict.fromkeys(atoms, (False, True))
    dimensions.update({one.subject: _numbers(one, comparisons) for one in comparisons})
    if prod(map(len, dimensions.values())) > _MOST_WORLDS:
        return False
    lengths = {one.counts: one.subject for one in comparisons if one.counts}
    for values in product(*dimensions.values()):
        world = dict(zip(dimensions, values, strict=True))
        if _is_possible(atoms, lengths, world) and _holds(first, world) and not _holds(second, world):
            return False
    return True


def _numbers(one: Comparison, comparisons: Sequence[Comparison]) -> tuple[float | None, ...]:
    """A number for each region that the constants of a subject cut, and each constant itself."""
    constants = sorted({other.number for other in comparisons if other.subject == one.subject})
    if one.counts:
        around = {floor(constant) + step for constant in constants for step in (-1, 0, 1)}
        return (*sorted({0, *(number for number in around if number > 0)}),)
    between = [(low + high) / 2 for low, high in pairwise(constants)]
    return (None, constants[0] - 1, *constants, *between, constants[-1] + 1)


def _is_possible(atoms: Sequence[Atom], lengths: Mapping[str, str], world: World) -> bool:
    """Whether what holds can hold together."""
    equal = [atom.subject for atom in atoms if atom.value and world[atom]]
    if len(set(equal)) < len(equal):
        return False
    for atom in atoms:
        length = world[lengths[atom.of]] if atom.of in lengths else None
        if length is not None and ((atom.is_truth and world[atom] is (length == 0)) or (world[atom] and length == 0)):
            return False
    return True


def _formula(text: str, is_boolean: IsBoolean) -> Formula | None:
    try:
        planned = plan(text.strip())
    except (TemplateError, UnsupportedError):
        return None
    nodes = planned.template.nodes if planned.template is not None else ()
    if len(nodes) != 1 or not isinstance(nodes[0], syntax.Action):
        return None
    pipe = nodes[0].pipe
    way = path_of(pipe)
    if way is not None and not is_boolean(way):
        return Atom(f"word {way}")  # a text such as `no` is false here, and true within `and`
    return _of(pipe, is_boolean)


def _of(node: syntax.Operand, is_boolean: IsBoolean) -> Formula | None:
    way = path_of(node)
    if way is not None:
        return Atom(f"truth {way}", of=f"{way}", is_truth=True)
    call = call_of(node)
    if call is None:
        return None
    name, args = call
    if name in ("and", "or") or (name == "not" and len(args) == 1):
        parts = tuple(_of(arg, is_boolean) for arg in args)
        known = tuple(part for part in parts if part is not None)
        return Junction(name, known) if parts and len(known) == len(parts) else None
    if name == "empty" and len(args) == 1:
        inner = _of(args[0], is_boolean)
        return None if inner is None else Junction("not", (inner,))
    if len(args) == 2 and (compared := _comparison(name, args)) is not None:
        return compared
    if name in ("eq", "ne") and len(args) == 2:
        equal = _equality(args, is_boolean)
        return equal if name == "eq" or equal is None else Junction("not", (equal,))
    words = [_words(arg) for arg in args]
    if None in words:
        return None
    return Atom(f"{name} {words}", of=words[1] or "" if name == "has" and len(words) == 2 else "")


def _comparison(name: str, args: tuple[syntax.Operand, ...]) -> Formula | None:
    """A number against a constant, on either side."""
    operator_ = "eq" if name == "ne" else name
    if operator_ not in _ORDERS:
        return None
    numbers = [arg for arg in args if isinstance(arg, syntax.Number)]
    others = [arg for arg in args if not isinstance(arg, syntax.Number)]
    if len(numbers) != 1 or len(others) != 1 or numbers[0].float_value is None:
        return None
    subject, call = _words(others[0]), call_of(others[0])
    if subject is None:
        return None
    counted = _words(call[1][0]) if call is not None and call[0] == "len" and len(call[1]) == 1 else None
    turned = _TURNED.get(operator_, operator_) if args[0] is numbers[0] else operator_
    found = Comparison(subject, turned, numbers[0].float_value, counted or "")
    return Junction("not", (found,)) if name == "ne" else found


def _equality(args: tuple[syntax.Operand, ...], is_boolean: IsBoolean) -> Formula | None:
    literals = [arg for arg in args if isinstance(arg, syntax.String | syntax.Bool)]
    others = [arg for arg in args if arg not in literals]
    if len(literals) == 1 and len(others) == 1:
        literal, way = literals[0], path_of(others[0])
        if way is not None and isinstance(literal, syntax.Bool) and is_boolean(way):
            atom = Atom(f"truth {way}", of=f"{way}", is_truth=True)
            return atom if literal.value else Junction("not", (atom,))
        subject = _words(others[0])
        return None if subject is None else Atom(subject, f"{literal.value!r}")
    words = [_words(arg) for arg in args]
    return Atom(f"eq {sorted(word for word in words if word is not None)}") if None not in words else None


def _words(node: syntax.Operand) -> str | None:
    """An operand in words that do not depend on how it is written; None for what is not understood."""
    way = path_of(node)
    if way is not None:
        return f"{way}"
    match node:
        case syntax.String(value=value):
            return f"{value!r}"
        case syntax.Bool(value=value):
            return f"{value}"
        case syntax.Number(text=text):
            return f"number {text}"
    call = call_of(node)
    if call is None:
        return None
    words = [_words(arg) for arg in call[1]]
    return None if None in words else f"({call[0]} {words})"


def _leaves(formula: Formula) -> Iterator[Atom | Comparison]:
    if isinstance(formula, Junction):
        for part in formula.parts:
            yield from _leaves(part)
    else:
        yield formula


def _holds(formula: Formula, world: World) -> bool:
    if isinstance(formula, Atom):
        return bool(world[formula])
    if isinstance(formula, Comparison):
        number = world[formula.subject]
        return number is not None and _ORDERS[formula.operator](number, formula.number)
    parts = [_holds(part, world) for part in formula.parts]
    return not parts[0] if formula.operator == "not" else all(parts) if formula.operator == "and" else any(parts)
