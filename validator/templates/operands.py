"""Values on their way through a template, and the calls that take them."""

from __future__ import annotations

from dataclasses import dataclass, field

from validator.templates import syntax
from validator.templates.types import Type


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
