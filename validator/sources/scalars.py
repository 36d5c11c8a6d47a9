"""Where each character of a decoded YAML scalar stands in the text: the five scalar styles, folding and escapes.

Follows libyaml, which decoded the value; a test holds both to the same text. Nothing here runs until somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_BREAKS = "\r\n\x85\u2028\u2029"
_HEADER = re.compile(r"[|>](?P<flags>[-+0-9]*)")
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_HEX_LENGTHS = {"x": 2, "u": 4, "U": 8}


@dataclass(frozen=True, slots=True)
class CharacterMap:
    """The extent in the text of each character of a scalar."""

    starts: Sequence[int]
    ends: Sequence[int]

    def extent(self, start: int, end: int) -> tuple[int, int]:
        """The offsets of the text behind characters [start:end); an empty range is the point before `start`."""
        count = len(self.starts)
        start = min(max(start, 0), count)
        end = min(max(end, start), count)
        if start < end:
            return self.starts[start], self.ends[end - 1]
        point = self.starts[start] if start < count else (self.ends[-1] if self.ends else 0)
        return point, point


@dataclass(slots=True)
class _Tape:
    """Characters with their extents, as they are read."""

    text: str
    characters: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def put(self, character: str, start: int, end: int) -> None:
        self.characters.append(character)
        self.starts.append(start)
        self.ends.append(end)

    def copy(self, start: int, end: int) -> None:
        self.characters.append(self.text[start:end])
        self.starts.extend(range(start, end))
        self.ends.extend(range(start + 1, end + 1))

    def put_all(self, breaks: list[tuple[str, int, int]]) -> None:
        for one in breaks:
            self.put(*one)

    def fold(self, breaks: list[tuple[str, int, int]]) -> None:
        """Join lines: one break is a space, more are one less; the separators of Unicode stay."""
        if not breaks:
            return
        first, start, end = breaks[0]
        if first != "\n":
            self.put_all(breaks)
        elif len(breaks) == 1:
            self.put(" ", start, end)
        else:
            self.put_all(breaks[1:])


def character_map(text: str, start: int, end: int, style: str, value: str) -> CharacterMap | None:
    """Map each character of `value`, the scalar that stands at text[start:end), to the text; None when they disagree.

    `style` is libyaml's: empty for plain, or one of ' \" | >.
    """
    inner = start + 1 if style in ("'", '"') and style else start
    if text.startswith(value, inner) and style not in ("|", ">") and inner + len(value) <= end:
        closed = not style or text.startswith(style, inner + len(value))
        if closed and inner + len(value) + (1 if style else 0) == end:
            return CharacterMap(range(inner, inner + len(value)), range(inner + 1, inner + len(value) + 1))
    for tape in _READERS[style](text, start, end):
        if "".join(tape.characters) == value:
            return CharacterMap(tuple(tape.starts), tuple(tape.ends))
    return None


def _break_at(text: str, at: int) -> tuple[str, int, int]:
    match = _BREAK.match(text, at)
    assert match is not None
    line_break = match.group() if match.group() in "\u2028\u2029" else "\n"
    return line_break, at, match.end()


def _skip_fold(text: str, at: int, end: int) -> tuple[list[tuple[str, int, int]], int]:
    """Read white space and breaks from `at`: the breaks, and where the next line's text begins."""
    breaks = []
    while at < end and (text[at] in " \t" or text[at] in _BREAKS):
        if text[at] in _BREAKS:
            breaks.append(_break_at(text, at))
            at = breaks[-1][2]
        else:
            at += 1
    return breaks, at


def _plain(text: str, start: int, end: int) -> Iterator[_Tape]:
    tape = _Tape(text)
    at = start
    while at < end:
        if text[at] in " \t" or text[at] in _BREAKS:
            breaks, after = _skip_fold(text, at, end)
            if breaks:
                tape.fold(breaks)
            else:
                tape.copy(at, after)
            at = after
        else:
            tape.copy(at, at + 1)
            at += 1
    yield tape


def _quoted(text: str, start: int, end: int) -> Iterator[_Tape]:
    quote = text[start]
    tape = _Tape(text)
    at, end = start + 1, end - 1
    while at < end:
        character = text[at]
        if character in " \t" or character in _BREAKS:
            breaks, after = _skip_fold(text, at, end)
            if breaks:
                tape.fold(breaks)
            else:
                tape.copy(at, after)
            at = after
        elif quote == "'" and text.startswith("''", at):
            tape.put("'", at, at + 2)
            at += 2
        elif quote == '"' and character == "\\":
            at = _escape(text, at, end, tape)
        else:
            tape.copy(at, at + 1)
            at += 1
    yield tape


def _escape(text: str, at: int, end: int, tape: _Tape) -> int:
    """Read the escape at `at`; the offset after it."""
    code = text[at + 1]
    if code in _BREAKS:
        # The escaped break vanishes; further empty lines stay as they are.
        breaks, after = _skip_fold(text, at + 1, end)
        tape.put_all(breaks[1:])
        return after
    if code in _HEX_LENGTHS:
        after = at + 2 + _HEX_LENGTHS[code]
        number = int(text[at + 2 : after], 16)
        if 0xD800 <= number < 0xDC00 and text.startswith("\\u", after):
            # JSON writes characters beyond the basic plane as two escapes.
            low = int(text[after + 2 : after + 6], 16)
            number, after = 0x10000 + ((number - 0xD800) << 10) + (low - 0xDC00), after + 6
        tape.put(chr(number), at, after)
        return after
    tape.put(_ESCAPES.get(code, code), at, at + 2)
    return at + 2


def _block(text: str, start: int, end: int) -> Iterator[_Tape]:
    """Read a block scalar. With an indentation indicator the parent's indentation is unknown here: try each in turn."""
    header = _HEADER.match(text, start)
    if header is None:
        return
    flags = header.group("flags")
    first = _BREAK.search(text, header.end(), end)
    if first is None:
        yield _Tape(text)
        return
    keep = -1 if "-" in flags else int("+" in flags)
    literal = text[start] == "|"
    if any(flag.isdigit() for flag in flags):
        lines = [len(line) - len(line.lstrip(" ")) for line in _BREAK.split(text[first.end() : end])]
        for indent in range(max(lines, default=0) + 1):
            yield _block_lines(text, first.end(), end, indent, literal=literal, keep=keep)
    else:
        yield _block_lines(text, first.end(), end, None, literal=literal, keep=keep)


def _block_lines(text: str, at: int, end: int, indent: int | None, *, literal: bool, keep: int) -> _Tape:
    tape = _Tape(text)
    at, indent, trailing = _block_breaks(text, at, end, indent)
    leading: list[tuple[str, int, int]] = []
    leading_blank = False
    while at < end and _column(text, at) == indent and text[at] not in _BREAKS:
        blank = text[at] in " \t"
        if not literal and leading and leading[0][0] == "\n" and not leading_blank and not blank:
            tape.fold(leading + trailing)
        else:
            tape.put_all(leading + trailing)
        leading_blank = blank
        stop = _BREAK.search(text, at, end)
        tape.copy(at, stop.start() if stop else end)
        if stop is None:
            # The cluster's tools end the last line of a file where its author has not.
            leading, trailing = [("\n", end, end)], []
            break
        leading = [_break_at(text, stop.start())]
        at, indent, trailing = _block_breaks(text, stop.end(), end, indent)
    if keep != -1:
        tape.put_all(leading)
    if keep == 1:
        tape.put_all(trailing)
    return tape


def _column(text: str, at: int) -> int:
    """Spaces before `at` on its line: inside a block scalar nothing else can stand there."""
    column = 0
    while column < at and text[at - column - 1] == " ":
        column += 1
    return column


def _block_breaks(text: str, at: int, end: int, indent: int | None) -> tuple[int, int, list[tuple[str, int, int]]]:
    """Read indentation and empty lines; without a given indentation, that of the first line with text is taken."""
    breaks: list[tuple[str, int, int]] = []
    deepest = 0
    while True:
        column = 0
        while at < end and (indent is None or column < indent) and text[at] == " ":
            at, column = at + 1, column + 1
        deepest = max(deepest, column)
        if at >= end or text[at] not in _BREAKS:
            break
        breaks.append(_break_at(text, at))
        at = breaks[-1][2]
    return at, max(deepest, 1) if indent is None else indent, breaks


_READERS: dict[str, Callable[[str, int, int], Iterator[_Tape]]] = {
    "": _plain,
    "'": _quoted,
    '"': _quoted,
    "|": _block,
    ">": _block,
}
