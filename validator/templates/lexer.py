"""Tokens of a template, as Go's text/template reads them.

Source: Go 1.26 text/template/parse and templating.md section 2.1. Offsets are code points of the normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from validator.templates.gostrings import is_letter_or_digit

LEFT, RIGHT = "{{", "}}"
BLANKS = " \t\r\n"
KEYWORDS = frozenset({"block", "break", "continue", "define", "else", "end", "if", "range", "nil", "template", "with"})

_BLANK = frozenset(BLANKS)
_SIGNS = frozenset("+-")
_DECIMALS = frozenset("0123456789")
_ASCII_WORD = re.compile(r"[A-Za-z0-9_]*")
_BLANKS = re.compile(r"[ \t\r\n]+")
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?"
    r"|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?"
    r"|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?"
)
_QUOTED = {
    '"': (re.compile(r'"(?:[^"\\\n]|\\[^\n])*"'), "string", "unterminated quoted string"),
    "'": (re.compile(r"'(?:[^'\\\n]|\\[^\n])*'"), "char", "unterminated character constant"),
    "`": (re.compile(r"`[^`]*`"), "raw", "unterminated raw quoted string"),
}
_SINGLE = {"=": "assign", "|": "pipe"}
_AFTER_WORD = frozenset(".,|:)(" + BLANKS)


class Token(NamedTuple):
    """A piece of the text.

    `kind` is a keyword, or one of text, left, right, space, word, field, variable, dot, bool, number, complex, char,
    string, raw, pipe, assign, declare, open, close, other, error and eof.
    """

    kind: str
    start: int
    end: int
    value: str
    """The text; of an error token, its message."""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, the last being `eof` or `error`."""
    at = 0
    length = len(text)
    while at < length:
        found = text.find(LEFT, at)
        if found < 0:
            yield Token("text", at, length, text[at:])
            break
        inside = found + 2
        trims = text[inside : inside + 1] == "-" and text[inside + 1 : inside + 2] in _BLANK
        piece = text[at:found].rstrip(BLANKS) if trims else text[at:found]
        if piece:
            yield Token("text", at, at + len(piece), piece)
        after = inside + 2 if trims else inside
        if text.startswith("/*", after):
            close = text.find("*/", after + 2)
            if close < 0:
                yield Token("error", after, length, "unclosed comment")
                return
            at = _right_end(text, close + 2)
            if at < 0:
                yield Token("error", after, close + 2, "comment ends before closing delimiter")
                return
            continue
        yield Token("left", found, inside, LEFT)
        at = after
        for token in _inside(text, after):
            yield token
            if token.kind == "error":
                return
            at = token.end
        at = _right_end(text, at - 2)
    yield Token("eof", length, length, "EOF")


def _right_end(text: str, at: int) -> int:
    """Where text goes on after the right delimiter at `at` (its trim marker included), -1 if there is none."""
    if text[at : at + 1] in _BLANK and text.startswith("-}}", at + 1):
        at += 4
        rest = text[at:]
        return at + len(rest) - len(rest.lstrip(BLANKS))
    if text.startswith(RIGHT, at):
        return _skip_trimmed(text, at)
    return -1


def _skip_trimmed(text: str, at: int) -> int:
    """After a plain `}}`; when a trim marker stood before it, the blanks that follow are gone."""
    end = at + 2
    if text[at - 1 : at] == "-" and text[at - 2 : at - 1] in _BLANK:
        blanks = _BLANKS.match(text, end)
        return blanks.end() if blanks else end
    return end


def _word_end(text: str, at: int) -> int:
    match = _ASCII_WORD.match(text, at)
    assert match is not None
    at = match.end()
    while at < len(text) and (text[at] == "_" or is_letter_or_digit(text[at])):
        at += 1
    return at


def _ends_word(text: str, at: int) -> bool:
    return at >= len(text) or text[at] in _AFTER_WORD or text.startswith(RIGHT, at)


def unicode_name(char: str) -> str:
    """Go's `%#U`."""
    code = f"U+{ord(char):04X}"
    return f"{code} '{char}'" if char.isprintable() else code


def _bad_character(text: str, start: int, at: int) -> Token:
    # The mark covers the name and the character: what to look at is the name with something foreign in it.
    return Token("error", start, at + 1, f"bad character {unicode_name(text[at])}")


def _named(text: str, start: int, at: int, kind: str) -> Token:
    end = _word_end(text, at)
    if not _ends_word(text, end):
        return _bad_character(text, start, end)
    return Token(kind, start, end, text[start:end])


def _number(text: str, at: int) -> Token:
    end, ok = _scan_number(text, at)
    if ok and text[end : end + 1] in _SIGNS:
        end, ok = _scan_number(text, end)
        if ok and text[end - 1] == "i":
            return Token("complex", at, end, text[at:end])
        ok = False
    if not ok:
        return Token("error", at, end, f'bad number syntax: "{text[at:end]}"')
    return Token("number", at, end, text[at:end])


def _scan_number(text: str, at: int) -> tuple[int, bool]:
    match = _NUMBER.match(text, at)
    assert match is not None
    end = match.end()
    if end < len(text) and (text[end] == "_" or is_letter_or_digit(text[end])):
        return end + 1, False
    return end, True


def _space(text: str, at: int) -> tuple[Token, bool]:
    """A run of blanks; True when it is the blank of a trim marker and the delimiter follows at once."""
    match = _BLANKS.match(text, at)
    assert match is not None
    end = match.end()
    if text.startswith("-}}", end):
        if end - at == 1:
            return Token("right", at, end + 3, RIGHT), True
        end -= 1
    return Token("space", at, end, text[at:end]), False


def _inside(text: str, at: int) -> Iterator[Token]:
    """The tokens of one action, its right delimiter (or an error) the last."""
    opened: list[int] = []
    while True:
        if text.startswith(RIGHT, at) or (text[at : at + 1] in _BLANK and text.startswith("-}}", at + 1)):
            if opened:
                yield Token("error", opened[-1], at + 2, "unclosed left paren")
                return
            yield Token("right", at, at + 2 if text.startswith(RIGHT, at) else at + 4, RIGHT)
            return
        char = text[at : at + 1]
        if char in _BLANK:
            token, closes = _space(text, at)
            if closes:
                yield token
                return
        else:
            token = _token(text, at, char)
        if token.kind == "open":
            opened.append(at)
        elif token.kind == "close" and opened:
            opened.pop()
        elif token.kind == "close":
            token = Token("error", at, at + 1, "unexpected right paren")
        yield token
        if token.kind == "error":
            return
        at = token.end


def _token(text: str, at: int, char: str) -> Token:  # noqa: C901, PLR0912 - one line a kind of token, as in Go's lexer
    if not char:
        return Token("error", at, at, "unclosed action")
    if char in _SINGLE:
        return Token(_SINGLE[char], at, at + 1, char)
    if char == ":":
        if text.startswith(":=", at):
            return Token("declare", at, at + 2, ":=")
        return Token("error", at, at + 1, "expected :=")
    if char in _QUOTED:
        pattern, kind, message = _QUOTED[char]
        match = pattern.match(text, at)
        if match is None:
            return Token("error", at, len(text), message)
        return Token(kind, at, match.end(), match.group())
    if char == "$":
        if _ends_word(text, at + 1):
            return Token("variable", at, at + 1, "$")
        return _named(text, at, at + 1, "variable")
    if char == "." and text[at + 1 : at + 2] not in _DECIMALS and at + 1 < len(text):
        if _ends_word(text, at + 1):
            return Token("dot", at, at + 1, ".")
        return _named(text, at, at + 1, "field")
    if char in ".+-0123456789":
        return _number(text, at)
    if char == "_" or is_letter_or_digit(char):
        token = _named(text, at, at, "word")
        if token.kind == "error":
            return token
        if token.value in KEYWORDS:
            return token._replace(kind=token.value)
        return token._replace(kind="bool") if token.value in ("true", "false") else token
    if char in "()":
        return Token("open" if char == "(" else "close", at, at + 1, char)
    if " " < char <= "~":
        return Token("other", at, at + 1, char)
    return Token("error", at, at + 1, f"unrecognized character in action: {unicode_name(char)}")
