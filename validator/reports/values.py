"""JSON values for people: on one line, shortened where they are long, always saying what was left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from validator.findings import REPRODUCE, Json
from validator.reports.escapes import brief, inline
from validator.reports.tallies import counted


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int
    items: int
    chars: int


_LONGEST_COMMAND = 2_000
"""Characters. A command that was cut is no command, so this is far more than other evidence gets."""

_SIZES = (
    _Size(64, 1_000, 2_000),
    _Size(6, 12, 120),
    _Size(4, 6, 60),
    _Size(3, 4, 40),
    _Size(2, 3, 24),
    _Size(1, 3, 16),
)


def compact(value: Json, budget: int = 400) -> str:
    """The value as JSON on one line of about `budget` characters.

    What does not fit is replaced by its size (`… 12 more`, `…` and a length): nothing is dropped in silence.
    """
    text = ""
    for size in _SIZES:
        text, whole = _within(_pieces(value, size, 0), budget)
        if whole:
            return text
    return f"{text}… (cut)"


def evidence_text(name: str, value: Json, budget: int) -> str:
    """A piece of evidence on one line of about `budget` characters: a command to paste as it is, else JSON."""
    return brief(str(value), _LONGEST_COMMAND) if name == REPRODUCE else compact(value, budget)


def _within(pieces: Iterator[str], budget: int) -> tuple[str, bool]:
    """The pieces joined until the budget is spent, and whether that was all of them."""
    taken: list[str] = []
    for piece in pieces:
        budget -= len(piece)
        if budget < 0:
            return "".join(taken), False
        taken.append(piece)
    return "".join(taken), True


def _pieces(value: Json, size: _Size, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield _string(value, size.chars)
    elif isinstance(value, list):
        yield from _array(value, size, depth)
    elif isinstance(value, dict):
        yield from _object(value, size, depth)
    else:
        yield json.dumps(value)


def _string(value: str, chars: int) -> str:
    quoted = inline(json.dumps(value[:chars], ensure_ascii=False))
    return quoted if len(value) <= chars else f'{quoted[:-1]}…" ({len(value):,} characters)'


def _array(value: list[Json], size: _Size, depth: int) -> Iterator[str]:
    if value and depth >= size.depth:
        yield f"[… {len(value):,} items]"
        return
    yield "["
    for index, item in enumerate(value[: size.items]):
        if index:
            yield ", "
        yield from _pieces(item, size, depth + 1)
    if len(value) > size.items:
        yield f", … {len(value) - size.items:,} more"
    yield "]"


def _object(value: dict[str, Json], size: _Size, depth: int) -> Iterator[str]:
    if value and depth >= size.depth:
        yield f"{{… {counted(len(value), 'member')}}}"
        return
    yield "{"
    for index, key in enumerate(value):
        if index == size.items:
            yield f", … {len(value) - size.items:,} more"
            break
        yield f"{', ' if index else ''}{_string(str(key), size.chars)}: "
        yield from _pieces(value[key], size, depth + 1)
    yield "}"
