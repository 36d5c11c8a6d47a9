"""What a test proves: the ways into the context that are there when a value is true, or when it is false."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from validator.templates import syntax
from validator.templates.catalogue import SIGNATURES, OnMissing

Way: TypeAlias = tuple[str, ...]
"""The names from the root of the context on."""
Paths: TypeAlias = frozenset[Way]
Resolve: TypeAlias = Callable[[syntax.Operand], "Way | None"]

_NONE: Paths = frozenset()
_ORDERED = frozenset({"lt", "le", "gt", "ge"})
_KIND_OF_NIL = {"type_of": "null", "kindOf": "invalid", "typeOf": "<nil>"}
_KIND_TESTS = frozenset({"kindIs", "typeIs", "typeIsLike"})


def path_of(node: syntax.Operand, variables: Mapping[str, Way | None] | None = None) -> Way | None:
    """The way that an operand takes from the root, None when it is no plain way."""
    match node:
        case syntax.Field(path=path):
            return path
        case syntax.Variable(name="$", path=path):
            return path
        case syntax.Variable(name=name, path=path):
            base = (variables or {}).get(name)
            return None if base is None else (*base, *path)
        case syntax.Chain(operand=inner, path=path):
            base = path_of(inner, variables)
            return None if base is None else (*base, *path)
        case syntax.Pipeline(commands=(syntax.Command(args=(single,)),)):
            return path_of(single, variables)
        case syntax.Pipeline(commands=(syntax.Command(args=(syntax.Function(name="index"), base_node, *keys)),)):
            base = path_of(base_node, variables)
            names = [
                key.value if isinstance(key, syntax.String) else key.text
                for key in keys
                if isinstance(key, syntax.String | syntax.Number)
            ]
            return None if base is None or len(names) != len(keys) else (*base, *names)
    return None


def established(node: syntax.Operand, *, truth: bool, resolve: Resolve = path_of) -> Paths:
    """The ways that are there for sure when `node` is true, or false."""
    call = call_of(node)
    if call is None:
        way = resolve(node)
        return _with_prefixes(way) if truth and way else _NONE
    name, args = call
    if name == "index":
        way = resolve(node)
        return _with_prefixes(way) if truth and way else _NONE
    found = _loud(name, args, resolve)
    if name == "not" and args:
        return found | established(args[0], truth=not truth, resolve=resolve)
    if name == ("and" if truth else "or"):
        return found.union(*(established(arg, truth=truth, resolve=resolve) for arg in args))
    return found | _tested(name, args, truth, resolve)


def _tested(name: str, args: Sequence[syntax.Operand], truth: bool, resolve: Resolve) -> Paths:
    there: list[syntax.Operand] = []
    if (truth and name == "exists") or (not truth and name == "empty"):
        there = list(args)
    elif truth and name in _KIND_TESTS:
        there = list(args[1:])
    elif name == "eq" and len(args) == 2:
        there = _unlike_nil(args, nil=not truth) + _behind_call(args, equal=truth)
    elif name == "ne" and len(args) == 2:
        there = _unlike_nil(args, nil=truth) + _behind_call(args, equal=not truth)
    elif truth and name == "hasKey" and len(args) == 2 and isinstance(args[1], syntax.String):
        way = resolve(args[0])
        return _NONE if way is None else _with_prefixes((*way, args[1].value))
    return _all(there, resolve)


def _unlike_nil(args: Sequence[syntax.Operand], *, nil: bool) -> list[syntax.Operand]:
    """What is there when two values are equal (or, for nil, are not)."""
    literals = [arg for arg in args if isinstance(arg, syntax.String | syntax.Number | syntax.Bool | syntax.Nil)]
    if len(literals) == 1 and isinstance(literals[0], syntax.Nil) is nil:
        return [arg for arg in args if arg is not literals[0]]
    return []


def _behind_call(args: Sequence[syntax.Operand], *, equal: bool) -> list[syntax.Operand]:
    """What is there when a call on it gives a text, or another one, that it would not give (or would) for nil."""
    texts = [arg.value for arg in args if isinstance(arg, syntax.String)]
    calls = [call for arg in args if not isinstance(arg, syntax.String) and (call := call_of(arg)) is not None]
    if len(texts) != 1 or len(calls) != 1:
        return []
    match calls[0]:
        case ("default", (syntax.String(value=for_nil), subject)):
            return [subject] if (texts[0] == for_nil) is not equal else []
        case (name, (subject,)) if name in _KIND_OF_NIL:
            return [subject] if (texts[0] == _KIND_OF_NIL[name]) is not equal else []
    return []


def _loud(name: str, args: Sequence[syntax.Operand], resolve: Resolve) -> Paths:
    """Arguments that must have been there, or the evaluation would have failed."""
    if name in _ORDERED:
        return _all(args, resolve)
    signature = SIGNATURES.get(name)
    if signature is None or not signature.on_missing:
        return _NONE
    last = len(signature.on_missing) - 1
    return _all(
        [arg for index, arg in enumerate(args) if signature.on_missing[min(index, last)] is OnMissing.LOUD], resolve
    )


def _all(nodes: Sequence[syntax.Operand], resolve: Resolve) -> Paths:
    return _NONE.union(*(_with_prefixes(way) for way in map(resolve, nodes) if way))


def _with_prefixes(way: Way) -> Paths:
    return frozenset(way[: length + 1] for length in range(len(way)))


def call_of(node: syntax.Operand) -> tuple[str, tuple[syntax.Operand, ...]] | None:
    """The function that an operand calls last, and its arguments, the piped one at the end."""
    match node:
        case syntax.Function(name=name):
            return name, ()
        case syntax.Pipeline(commands=(*before, syntax.Command(args=(syntax.Function(name=name), *args)))):
            piped = (
                (syntax.Pipeline(node.start, node.end, (), assigns=False, commands=tuple(before)),) if before else ()
            )
            return name, (*args, *piped)
        case syntax.Pipeline(commands=(syntax.Command(args=(single,)),)):
            return call_of(single)
    return None
