"""Values on their way through a template, and the calls that take them."""

from __future__ import annotations

from dataclasses import dataclass, field

from validator.templates import syntax
from validator.templates.types import NOTHING, Type, scalar


@dataclass(frozen=True, slots=True)
class Operand:
    """A value on its way through a template."""

    type: Type
    path: tuple[str, ...] | None = None
    """Its way from the root of the context, None when it is computed."""
    access: int = -1
    """The number of the access that reached for it."""
    from_context: bool = False
    """Whether it comes as it is from the context, so that its Go type is one that JSON decodes to."""
    varies: bool = False
    """Whether data decide what it is: it comes from the context, or is made of what does."""
    start: int = -1
    end: int = -1
    nil: bool = True
    """Whether, being missing, it would still be a typed nil, of which a further field is an error."""
    place: tuple[str, ...] | None = None
    """For a computed value, the name that tests of it are known by: an element of a loop is one value in its body."""

    @property
    def way(self) -> tuple[str, ...] | None:
        """What tests of this value establish: its path, or its place."""
        return self.place if self.path is None else self.path


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments, the piped one last."""

    name: str
    arguments: tuple[Operand, ...]
    nodes: tuple[syntax.Operand, ...] = field(repr=False)
    """The arguments that are written after the name."""
    piped: bool
    start: int
    end: int


def constant(node: syntax.Operand) -> Operand:
    """A literal of the template."""
    match node:
        case syntax.String(value=value):
            type_ = scalar("string", values=(value,))
        case syntax.Bool(value=truth):
            type_ = scalar("boolean", values=(truth,))
        case syntax.Number():
            type_ = _number(node)
        case syntax.Nil():
            type_ = NOTHING
        case _:
            type_ = Type(unknown="")
    return Operand(type_, start=node.start, end=node.end)


def _number(node: syntax.Number) -> Type:
    if (node.int_value is not None and not any(mark in node.text for mark in ".eEpP")) or node.text[:1] == "'":
        return scalar("number", "int", (node.int_value or 0,), integer=True)
    if node.int_value is not None and node.text[:2].lower() == "0x":
        return scalar("number", "int", (node.int_value,), integer=True)
    if node.float_value is None:
        return Type(unknown="a complex number")
    return scalar("number", "float64", (node.float_value,))
