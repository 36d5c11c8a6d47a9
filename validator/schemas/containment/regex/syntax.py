"""Patterns of JSON Schema as trees: ECMA 262 as schemas are written, or Go's RE2 (contract/templating.md 13.1).

What is not a regular language here (back references, look-behind, word boundaries) is refused, not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from validator.schemas.containment.budget import UndecidableError
from validator.schemas.containment.regex import charsets
from validator.schemas.containment.regex.charsets import Ranges


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of the set."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Sequence:
    """The parts after one another; none: the empty string."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of the parts."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The body, `low` to `high` times."""

    body: Tree
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """The start or the end of the string."""

    start: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What follows does (not) begin with the body."""

    body: Tree
    positive: bool


Tree: TypeAlias = Chars | Sequence | Choice | Repeat | Edge | Look

_CONTROLS = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11}
_REPEAT_LIMIT = 100_000


@lru_cache(maxsize=4096)
def parse(pattern: str, re2: bool = False) -> Tree:
    """The tree of a pattern. Raises UndecidableError for what is not understood."""
    reader = _Reader(pattern, re2)
    try:
        tree = reader.choice(0)
    except (IndexError, ValueError):
        raise UndecidableError(f"the pattern {pattern!r} is not understood") from None
    if reader.at < len(pattern):
        raise UndecidableError(f"the pattern {pattern!r} has an unmatched ')'")
    return tree


class _Reader:
    """Recursive descent over the text of a pattern."""

    def __init__(self, text: str, re2: bool) -> None:
        self.text = text
        self.at = 0
        self.re2 = re2
        space = charsets.ASCII_SPACE if re2 else charsets.UNICODE_SPACE
        self.classes = {"d": charsets.DIGIT, "w": charsets.WORD, "s": space}
        self.dot = charsets.complement(((10, 10),) if re2 else ((10, 10), (13, 13), (0x2028, 0x2029)))

    def refuse(self, what: str) -> UndecidableError:
        return UndecidableError(f"the pattern {self.text!r} uses {what}")

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, prefix: str) -> bool:
        if self.text.startswith(prefix, self.at):
            self.at += len(prefix)
            return True
        return False

    def choice(self, depth: int) -> Tree:
        if depth > 40:
            raise self.refuse("groups nested too deeply")
        parts = [self.sequence(depth)]
        while self.take("|"):
            parts.append(self.sequence(depth))
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def sequence(self, depth: int) -> Tree:
        parts: list[Tree] = []
        while self.at < len(self.text) and self.peek() not in "|)":
            parts.append(self.quantified(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def quantified(self, body: Tree) -> Tree:
        bounds = self.bounds()
        if bounds is None:
            return body
        low, high = bounds
        if high is not None and high < low:
            raise ValueError
        if max(low, high or 0) > _REPEAT_LIMIT:
            raise self.refuse("a very large repetition")
        self.take("?")
        if self.peek() in ("+", "*") or (self.peek() == "{" and self.bounds() is not None):
            raise self.refuse("a repeated quantifier")
        return Repeat(body, low, high)

    def bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return bounds
        if self.peek() != "{":
            return None
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at + 1 : max(end, self.at + 1)].partition(",")
        if end < 0 or not _digits(low) or (high and not _digits(high)):
            return None  # an ordinary brace
        self.at = end + 1
        if not comma:
            return int(low), int(low)
        return int(low), int(high) if high else None

    def atom(self, depth: int) -> Tree:
        char = self.text[self.at]
        self.at += 1
        if char == "(":
            return self.group(depth)
        if char == "[":
            return Chars(self.bracket())
        if char == ".":
            return Chars(self.dot)
        if char in "^$":
            return Edge(char == "^")
        if char == "\\":
            return self.escape()
        if char in "*+?":
            raise ValueError
        return Chars(((ord(char), ord(char)),))

    def group(self, depth: int) -> Tree:
        look: bool | None = None
        if self.take("?"):
            if self.take("="):
                look = True
            elif self.take("!"):
                look = False
            elif self.take("P<") or (self.peek() == "<" and self.text[self.at + 1] not in "=!"):
                self.at = self.text.index(">", self.at) + 1
            elif not self.take(":"):
                raise self.refuse("flags or look-behind")
            if look is not None and self.re2:
                raise self.refuse("look-ahead, which RE2 does not have")
        body = self.choice(depth + 1)
        if not self.take(")"):
            raise ValueError
        return body if look is None else Look(body, look)

    def escape(self) -> Tree:
        char = self.peek()
        if char in "bB":
            raise self.refuse("a word boundary")
        if self.re2 and char in "Az":
            self.at += 1
            return Edge(char == "A")
        ranges = self.escaped()
        return Chars(((ranges, ranges),) if isinstance(ranges, int) else ranges)

    def escaped(self) -> Ranges | int:
        """The set or the character after a backslash, in or out of brackets."""
        char = self.text[self.at]
        self.at += 1
        if char.lower() in self.classes:
            ranges = self.classes[char.lower()]
            return ranges if char.islower() else charsets.complement(ranges)
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in "xu":
            return self.hexadecimal(2 if char == "x" else 4)
        if char == "0" and not self.peek().isdigit():
            return 0
        if char == "c" and self.peek().isalpha() and not self.re2:
            self.at += 1
            return ord(self.text[self.at - 1]) % 32
        if char.isalnum():
            raise self.refuse(f"\\{char}")
        return ord(char)

    def hexadecimal(self, width: int) -> int:
        if self.take("{"):
            end = self.text.index("}", self.at)
            digits, self.at = self.text[self.at : end], end + 1
        else:
            digits = self.text[self.at : self.at + width]
            self.at += width
            if len(digits) < width:
                raise ValueError
        point = int(digits, 16)
        if 0xD800 <= point <= 0xDFFF or point > charsets.LAST:
            raise self.refuse("half of a surrogate pair")
        return point

    def bracket(self) -> Ranges:
        negated = self.take("^")
        if self.peek() == "]":
            raise self.refuse("an empty class")
        sets: list[Ranges] = []
        while not self.take("]"):
            if self.re2 and self.text.startswith("[:", self.at):
                raise self.refuse("a named class")
            low = self.member()
            if isinstance(low, int) and self.peek() == "-" and self.text[self.at + 1] != "]":
                mark = self.at
                self.at += 1
                high = self.member()
                if isinstance(high, int):
                    if high < low:
                        raise ValueError
                    sets.append(((low, high),))
                    continue
                self.at = mark
            sets.append(((low, low),) if isinstance(low, int) else low)
        ranges = charsets.union(sets)
        return charsets.complement(ranges) if negated else ranges

    def member(self) -> Ranges | int:
        char = self.text[self.at]
        self.at += 1
        if char != "\\":
            return ord(char)
        if self.take("b"):
            return 8
        return self.escaped()


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
