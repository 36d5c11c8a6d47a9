"""Whether one condition holds only where another does: decided over all values of their comparisons.

A condition becomes a formula of `and`, `or` and `not` over atoms, such as `inputs.kind` = "box". Whatever is not
understood is an atom of its own, known by its words. Source: templating.md, sections 2 and 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from validator.templates import syntax
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import plan
from validator.templates.narrowing import Way, call_of, path_of

_MOST_ATOMS = 10
"""Formulas with more are not decided."""

IsBoolean: TypeAlias = Callable[[Way], bool]


@dataclass(frozen=True, slots=True)
class Atom:
    """Something that holds or does not; equal ones hold together."""

    subject: str
    value: str = ""
    """What the subject is compared with: it can equal one value only. Empty for no comparison."""


@dataclass(frozen=True, slots=True)
class Junction:
    """`and`, `or` or `not` of formulas."""

    operator: str
    parts: tuple[Formula, ...]


Formula: TypeAlias = Atom | Junction


def implies(guard: str, condition: str, is_boolean: IsBoolean) -> bool:
    """Whether the guard holds only where the condition does; False where it cannot be told."""
    first, second = (_formula(text, is_boolean) for text in (guard, condition))
    if first is None or second is None:
        return False
    atoms = tuple(dict.fromkeys((*_atoms(first), *_atoms(second))))
    if len(atoms) > _MOST_ATOMS:
        return False
    for values in product((False, True), repeat=len(atoms)):
        world = dict(zip(atoms, values, strict=True))
        equal = [atom.subject for atom, holds in world.items() if atom.value and holds]
        if len(set(equal)) == len(equal) and _holds(first, world) and not _holds(second, world):
            return False
    return True


def _formula(text: str, is_boolean: IsBoolean) -> Formula | None:
    try:
        planned = plan(text.strip())
    except (TemplateError, UnsupportedError):
        return None
    nodes = planned.template.nodes if planned.template is not None else ()
    if planned.mode not in ("path", "single") or len(nodes) != 1 or not isinstance(nodes[0], syntax.Action):
        return None
    pipe = nodes[0].pipe
    way = path_of(pipe)
    if way is not None and not is_boolean(way):
        return Atom(f"word {way}")  # a text such as `no` is false here, and true within `and`
    return _of(pipe, is_boolean)


def _of(node: syntax.Operand, is_boolean: IsBoolean) -> Formula | None:
    way = path_of(node)
    if way is not None:
        return Atom(f"truth {way}")
    call = call_of(node)
    if call is None:
        return None
    name, args = call
    if name in ("and", "or") or (name == "not" and len(args) == 1):
        parts = tuple(_of(arg, is_boolean) for arg in args)
        known = tuple(part for part in parts if part is not None)
        return Junction(name, known) if parts and len(known) == len(parts) else None
    if name in ("eq", "ne") and len(args) == 2:
        equal = _equality(args, is_boolean)
        return equal if name == "eq" or equal is None else Junction("not", (equal,))
    words = [_words(arg) for arg in args]
    return None if None in words else Atom(f"{name} {words}")


def _equality(args: tuple[syntax.Operand, ...], is_boolean: IsBoolean) -> Formula | None:
    literals = [arg for arg in args if isinstance(arg, syntax.String | syntax.Bool)]
    others = [arg for arg in args if arg not in literals]
    if len(literals) == 1 and len(others) == 1:
        literal, way = literals[0], path_of(others[0])
        if way is not None and isinstance(literal, syntax.Bool) and is_boolean(way):
            atom = Atom(f"truth {way}")
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


def _atoms(formula: Formula) -> Iterator[Atom]:
    if isinstance(formula, Atom):
        yield formula
    else:
        for part in formula.parts:
            yield from _atoms(part)


def _holds(formula: Formula, world: dict[Atom, bool]) -> bool:
    if isinstance(formula, Atom):
        return world[formula]
    parts = [_holds(part, world) for part in formula.parts]
    return not parts[0] if formula.operator == "not" else all(parts) if formula.operator == "and" else any(parts)
