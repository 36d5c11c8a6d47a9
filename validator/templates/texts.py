"""The few texts that a template can print, where its branches and the values that it shows leave no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from validator.templates import syntax
from validator.templates.types import Type

_MOST = 32
"""Texts beyond which a template is taken to print anything."""

Texts = tuple[str, ...]


def possible_texts(nodes: Sequence[syntax.Node], printed: Sequence[Type]) -> Texts | None:
    """Every text that nodes may print, without doubles; None where they are many, or not known.

    `printed` are the types of what the actions show, in the order of the walk (`abstract.py`).
    """
    return _joined(nodes, iter(printed))


def _joined(nodes: Sequence[syntax.Node], printed: Iterator[Type]) -> Texts | None:
    # All nodes are looked at, so that each takes what it has printed.
    parts = [_of(node, printed) for node in nodes]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or prod(map(len, known)) > _MOST:
        return None
    return tuple(dict.fromkeys("".join(choice) for choice in product(*known)))


def _of(node: syntax.Node, printed: Iterator[Type]) -> Texts | None:
    match node:
        case syntax.Text(text=text):
            return (text,)
        case syntax.Action(pipe=pipe):
            return ("",) if pipe.variables else _shown(next(printed, Type()))
        case syntax.If() | syntax.With():
            branches = [_joined(node.body, printed), _joined(node.orelse, printed)]
            known = [branch for branch in branches if branch is not None]
            return tuple(text for branch in known for text in branch) if len(known) == len(branches) else None
    return None


def _shown(type_: Type) -> Texts | None:
    if type_.missing or type_.unknown:
        return None
    if type_.only("boolean"):
        return ("true", "false")
    values = type_.values if type_.only("string") else None
    return tuple(map(str, values)) if values else None
