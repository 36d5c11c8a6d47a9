"""The variables of a template on an abstract walk: by scope, and joined where branches meet again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from validator.templates import syntax
from validator.templates.operands import Operand
from validator.templates.types import Type, union

State = list[dict[str, Operand]]
"""The variables of each scope, the outermost first."""
_UNKNOWN = Operand(Type(unknown="an unknown variable"))
_CHANGING = Operand(Type(unknown="a variable that a loop changes"))


class Variables:
    """What each variable is at one point of a walk. An assignment reaches into the scope of its declaration."""

    def __init__(self, root: Operand) -> None:
        self._scopes: State = [{"$": root}]

    def get(self, name: str) -> Operand:
        """The value of a variable; unknown where there is none."""
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), _UNKNOWN)

    def ways(self) -> dict[str, tuple[str, ...] | None]:
        """The way of each variable's value into the context."""
        return {name: value.way for scope in self._scopes for name, value in scope.items()}

    def declare(self, name: str, value: Operand) -> None:
        """`$name := value`."""
        self._scopes[-1][name] = value

    def assign(self, name: str, value: Operand) -> bool:
        """`$name = value`; False where nothing has declared it, on which the evaluation fails."""
        scope = next((scope for scope in reversed(self._scopes) if name in scope), None)
        if scope is not None:
            scope[name] = value
        return scope is not None

    @contextmanager
    def scope(self) -> Iterator[None]:
        """A body, whose declarations end with it."""
        self._scopes.append({})
        yield
        self._scopes.pop()

    def state(self) -> State:
        """All variables as they are now."""
        return [dict(scope) for scope in self._scopes]

    def restore(self, state: State) -> None:
        """Go back to where another branch begins."""
        self._scopes = [dict(scope) for scope in state]

    def join(self, state: State) -> None:
        """Two branches meet: what they leave different is one or the other."""
        for scope, other in zip(self._scopes, state, strict=True):
            for name, value in other.items():
                scope[name] = _either(name, scope.get(name, value), value)

    def change(self, names: Sequence[str]) -> None:
        """A loop assigns these, any number of times."""
        for name in names:
            self.assign(name, _CHANGING)


def _either(name: str, one: Operand, other: Operand) -> Operand:
    if one == other:
        return one
    unknown = one.type.unknown or other.type.unknown
    if one.type.missing or other.type.missing:
        unknown = "a variable that may have no value"  # which would print as `<no value>`, or fail
    type_ = Type(unknown=unknown) if unknown else union((one.type, other.type))
    place = (f"one of {name}", f"{one.start} {one.end}", f"{other.start} {other.end}")
    from_context, varies = one.from_context and other.from_context, one.varies or other.varies
    return Operand(type_, from_context=from_context, varies=varies, nil=False, place=place)


def assigned(nodes: Sequence[syntax.Node]) -> Iterator[str]:
    """The variables that nodes assign, at any depth."""
    for node in nodes:
        if isinstance(node, syntax.Action | syntax.If | syntax.With | syntax.Range) and node.pipe.assigns:
            yield from node.pipe.variables
        if isinstance(node, syntax.If | syntax.With | syntax.Range):
            yield from assigned((*node.body, *node.orelse))
