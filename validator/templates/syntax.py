"""The syntax tree of a template: small, frozen, public; walked with `match`.

Every node carries `start` and `end`, offsets into the RAW text (code points, end exclusive), also where the platform's
normalisation moved things: a finding can underline exactly what the author wrote.
Source: Go 1.26 text/template as templating.md section 2.1 describes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """Text between actions, after trim markers have taken their spaces."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """`{{ pipeline }}`: prints the value unless the pipeline declares or assigns variables."""

    start: int
    end: int
    pipe: Pipeline


@dataclass(frozen=True, slots=True)
class If:
    """`{{ if }} … {{ else }} … {{ end }}`; `else if` is an If within `orelse`."""

    start: int
    end: int
    pipe: Pipeline
    body: tuple[Node, ...]
    orelse: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class With:
    """`{{ with }}`: the value becomes dot in the body when it is not empty."""

    start: int
    end: int
    pipe: Pipeline
    body: tuple[Node, ...]
    orelse: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """`{{ range }}`: each element becomes dot in the body."""

    start: int
    end: int
    pipe: Pipeline
    body: tuple[Node, ...]
    orelse: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Include:
    """`{{ template "name" pipeline }}`, also where a `{{ block }}` stands. Admission rejects it."""

    start: int
    end: int
    name: str
    pipe: Pipeline | None


@dataclass(frozen=True, slots=True)
class Break:
    """`{{ break }}`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Continue:
    """`{{ continue }}`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`$x := command | command`: each command's value is the last argument of the next."""

    start: int
    end: int
    variables: tuple[str, ...]
    """Names with their `$`."""
    assigns: bool
    """True for `=`, False for `:=` (and without variables)."""
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """An operand, or a function (or method) and its arguments."""

    start: int
    end: int
    args: tuple[Operand, ...]


Spans: TypeAlias = tuple[tuple[int, int], ...]
"""Where each name of a path stands in the raw text, without its dot."""


@dataclass(frozen=True, slots=True)
class Field:
    """`.a.b.c`, relative to dot."""

    start: int
    end: int
    path: tuple[str, ...]
    spans: Spans


@dataclass(frozen=True, slots=True)
class Variable:
    """`$x.a.b`; `$` alone is the root context."""

    start: int
    end: int
    name: str
    path: tuple[str, ...]
    spans: Spans


@dataclass(frozen=True, slots=True)
class Chain:
    """`(pipeline).a.b`, or a function's value followed by fields."""

    start: int
    end: int
    operand: Operand
    path: tuple[str, ...]
    spans: Spans


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Dot:
    """`.`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Nil:
    """`nil`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Bool:
    """`true` or `false`."""

    start: int
    end: int
    value: bool


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric or character literal, stored as every Go type that can hold it."""

    start: int
    end: int
    text: str
    int_value: int | None
    uint_value: int | None
    float_value: float | None
    complex_value: complex | None


@dataclass(frozen=True, slots=True)
class String:
    """A quoted or raw string, its escapes read."""

    start: int
    end: int
    value: str
    source: str
    """As written, quotes included."""


Operand: TypeAlias = Field | Variable | Chain | Function | Dot | Nil | Bool | Number | String | Pipeline
Node: TypeAlias = Text | Action | If | With | Range | Include | Break | Continue


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed text: its nodes, and the templates that `define` and `block` made."""

    nodes: tuple[Node, ...]
    definitions: Mapping[str, tuple[Node, ...]]
    functions: frozenset[str]
    """Every function name that occurs."""


def pipelines(nodes: tuple[Node, ...], *, includes: bool = True) -> Iterator[Pipeline]:
    """Every pipeline of these nodes and of the nodes within them, in order of writing; not those in parentheses.

    `includes` False leaves out the arguments of `template` and `block`, where the platform does not look.
    """
    for node in nodes:
        match node:
            case Action(pipe=pipe):
                yield pipe
            case If() | With() | Range():
                yield node.pipe
                yield from pipelines(node.body, includes=includes)
                yield from pipelines(node.orelse, includes=includes)
            case Include(pipe=Pipeline() as pipe) if includes:
                yield pipe
