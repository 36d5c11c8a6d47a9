"""Whether one condition holds only where another does: decided over all values of their comparisons.

A condition becomes a formula of `and`, `or` and `not` over atoms, such as `inputs.kind` = "box" or `inputs.count` > 3.
Whatever is not understood is an atom of its own, known by its words. Source: templating.md, sections 2, 3.3 and 6.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import floor, prod
from typing import TypeAlias

from validator.findings import Json
from validator.templates import syntax
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import FALSE_WORDS, TRUE_WORDS, plan
from validator.templates.narrowing import Way, call_of, path_of
from validator.templates.substitution import written_out

_MOST_WORLDS = 4096
"""Formulas that are told apart by more are not decided."""
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_PREDICATES = frozenset({*_ORDERS, "ne", "not", "empty", "has", "hasKey", "exists"})
"""Functions whose result is a boolean."""
_TURNED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}

Values: TypeAlias = Callable[[Way], "tuple[Json, ...] | None"]
"""All values that a way can have, None for a missing one among them; None where schemas do not list them."""


@dataclass(frozen=True, slots=True)
class Atom:
    """Something that holds or does not; equal ones hold together."""

    subject: str
    value: str = ""
    """What the subject is compared with: it can equal one value only. Empty for no comparison."""
    among: frozenset[str] = frozenset()
    """All values of the subject, one of which it always equals; empty where they are not listed."""
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
_TRUE, _FALSE = Junction("and", ()), Junction("or", ())
World: TypeAlias = Mapping[str | Atom, float | bool | None]
"""Whether each atom holds, and the number of each subject of comparisons; None where it is missing."""


def implies(guard: str, condition: str, values: Values) -> bool:
    """Whether the guard holds only where the condition does; False where it cannot be told."""
    first, second = (_formula(text, values) for text in (guard, condition))
    return first is not None and second is not None and _follows(first, second)


def all_imply(guards: Iterable[str], condition: str, values: Values) -> bool:
    """Whether guards that are understood hold together only where the condition does."""
    known = tuple(formula for text in guards if (formula := _formula(text, values)) is not None)
    second = _formula(condition, values)
    return bool(known) and second is not None and _follows(Junction("and", known), second)


def _follows(first: Formula, second: Formula) -> bool:
    leaves = tuple(dict.fromkeys((*_leaves(first), *_leaves(second))))
    atoms = [leaf for leaf in leaves if isinstance(leaf, Atom)]
    comparisons = [leaf for leaf in leaves if isinstance(leaf, Comparison)]
    dimensions: dict[str | Atom, Sequence[float | bool | None]] = dict.fromkeys(atoms, (False, True))
    dimensions.update({one.subject: _numbers(one, comparisons) for one in comparisons})
    if prod(map(len, dimensions.values())) > _MOST_WORLDS:
        return False
    lengths = {one.counts: one.subject for one in comparisons if one.counts}
    for row in product(*dimensions.values()):
        world = dict(zip(dimensions, row, strict=True))
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
        if atom.among and world[atom] and atom.value not in atom.among:
            return False
        if atom.among and atom.subject not in equal and atom.among <= _compared(atoms, atom.subject):
            return False
    for atom in atoms:
        length = world[lengths[atom.of]] if atom.of in lengths else None
        if length is not None and ((atom.is_truth and world[atom] is (length == 0)) or (world[atom] and length == 0)):
            return False
    return True


def _compared(atoms: Sequence[Atom], subject: str) -> set[str]:
    return {atom.value for atom in atoms if atom.subject == subject}


def _formula(text: str, values: Values) -> Formula | None:
    try:
        planned = plan(text.strip())
    except (TemplateError, UnsupportedError):
        return None
    if planned.template is None:
        return _of_word(text) if text.strip() else _TRUE
    nodes = planned.template.nodes
    match nodes:
        case (syntax.Action(pipe=pipe),) if not pipe.variables:
            way = path_of(pipe)
            if way is not None and not _is_boolean(way, values):
                return Atom(f"word {way}")  # a text such as `no` is false here, and true within `and`
            return _of_word_choice(pipe, values) or _of(pipe, values)
    return _of_text(nodes, values)


def _of_text(nodes: Sequence[syntax.Node], values: Values) -> Formula | None:
    """What prints words for true and false, by branches or variables; nothing at all is false."""
    match tuple(node for node in nodes if not isinstance(node, syntax.Text) or node.text.strip()):
        case ():
            return _FALSE
        case (syntax.Action(pipe=syntax.Pipeline(variables=(name,), assigns=False) as pipe), *rest):
            plain = written_out(name, pipe, rest)
            return None if plain is None else _of_text(plain, values)
        case (syntax.Action(pipe=pipe),) if not pipe.variables and _prints_boolean(pipe, values):
            return _of(pipe, values)
        case (syntax.Text(text=text),):
            return _of_word(text)
        case (syntax.If(pipe=pipe, body=body, orelse=orelse),):
            return _choice(_of(pipe, values), _of_text(body, values), _of_text(orelse, values))
    return None


def _prints_boolean(node: syntax.Operand, values: Values) -> bool:
    """Whether it is always there, and `true` or `false`."""
    way = path_of(node)
    if way is not None:
        return _is_boolean(way, values) and None not in (values(way) or (None,))
    call = call_of(node)
    if call is None:
        return False
    name, args = call
    return name in _PREDICATES or (name in ("and", "or") and all(_prints_boolean(arg, values) for arg in args))


def _of_word(text: str) -> Formula | None:
    word = text.strip().lower()
    return _TRUE if word in TRUE_WORDS else _FALSE if word in FALSE_WORDS else None


def _of_word_choice(node: syntax.Operand, values: Values) -> Formula | None:
    """`ternary "yes" "no" X`, whose text is the result."""
    match call_of(node):
        case ("ternary", (syntax.String(value=then), syntax.String(value=other), condition)):
            return _choice(_of(condition, values), _of_word(then), _of_word(other))
    return None


def _choice(condition: Formula | None, then: Formula | None, other: Formula | None) -> Formula | None:
    """The one where a condition holds, else the other."""
    if condition is None or then is None or other is None:
        return None
    first = Junction("and", (condition, then))
    return Junction("or", (first, Junction("and", (Junction("not", (condition,)), other))))


def _is_boolean(way: Way, values: Values) -> bool:
    listed = values(way)
    return bool(listed) and all(isinstance(value, bool) or value is None for value in listed or ())


def _of(node: syntax.Operand, values: Values) -> Formula | None:
    way = path_of(node)
    if way is not None:
        return Atom(f"truth {way}", of=f"{way}", is_truth=True)
    call = call_of(node)
    if call is None:
        return None
    return _of_call(*call, values)


def _of_call(name: str, args: tuple[syntax.Operand, ...], values: Values) -> Formula | None:
    if name in ("and", "or") or (name == "not" and len(args) == 1):
        return _joined(name, [_of(arg, values) for arg in args])
    if name == "eq" and len(args) > 2:
        return _joined("or", [_of_call("eq", (args[0], other), values) for other in args[1:]])
    if (wrapped := _WRAPPERS.get(name)) is not None and (found := wrapped(args, values)) is not None:
        return found
    if len(args) == 2 and (name in ("eq", "ne") or name in _ORDERS):
        return _of_two(name, args, values)
    return _in_words(name, args)


def _of_two(name: str, args: tuple[syntax.Operand, ...], values: Values) -> Formula | None:
    """A comparison of two values."""
    if (compared := _comparison(name, args)) is not None:
        return compared
    if name not in ("eq", "ne"):
        return _in_words(name, args)
    equal = _equality(args, values)
    return equal if name == "eq" or equal is None else Junction("not", (equal,))


def _in_words(name: str, args: tuple[syntax.Operand, ...]) -> Formula | None:
    """A call of which nothing is known but that the same one gives the same."""
    words = [_words(arg) for arg in args]
    if None in words:
        return None
    return Atom(f"{name} {words}", of=words[1] or "" if name == "has" and len(words) == 2 else "")


def _joined(name: str, parts: Sequence[Formula | None]) -> Formula | None:
    """The parts under a connective; None where one of them is not understood."""
    known = tuple(part for part in parts if part is not None)
    return Junction(name, known) if parts and len(known) == len(parts) else None


def _of_default(args: tuple[syntax.Operand, ...], values: Values) -> Formula | None:
    """`default false X` of a boolean is X."""
    match args:
        case (syntax.Bool(value=False), wrapped) if (way := path_of(wrapped)) is not None and _is_boolean(way, values):
            return _of(wrapped, values)
    return None


def _of_ternary(args: tuple[syntax.Operand, ...], values: Values) -> Formula | None:
    """`ternary true false X` is X."""
    match args:
        case (syntax.Bool(value=True), syntax.Bool(value=False), condition):
            return _of(condition, values)
    return None


def _of_empty(args: tuple[syntax.Operand, ...], values: Values) -> Formula | None:
    """`empty X` is not X."""
    inner = _of(args[0], values) if len(args) == 1 else None
    return None if inner is None else Junction("not", (inner,))


_WRAPPERS = {"default": _of_default, "ternary": _of_ternary, "empty": _of_empty}


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


def _equality(args: tuple[syntax.Operand, ...], values: Values) -> Formula | None:
    literals = [arg for arg in args if isinstance(arg, syntax.String | syntax.Bool)]
    others = [arg for arg in args if arg not in literals]
    if len(literals) == 1 and len(others) == 1:
        return _equal_to(literals[0], others[0], values)
    words = [_words(arg) for arg in args]
    return Atom(f"eq {sorted(word for word in words if word is not None)}") if None not in words else None


def _equal_to(literal: syntax.String | syntax.Bool, other: syntax.Operand, values: Values) -> Formula | None:
    way = path_of(other)
    if way is not None and isinstance(literal, syntax.Bool) and _is_boolean(way, values):
        atom = Atom(f"truth {way}", of=f"{way}", is_truth=True)
        return atom if literal.value else Junction("not", (atom,))
    subject = _words(other)
    listed = values(way) if way is not None else None
    among = frozenset(f"{value!r}" for value in listed) if listed and None not in listed else frozenset()
    return None if subject is None else Atom(subject, f"{literal.value!r}", among)


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
