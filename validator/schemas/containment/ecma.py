"""Patterns of ECMA 262 in Python's `re`, for those that the algebra does not reason about.

`\\b` and `\\w` know ASCII only, `$` is the very end, `.` is no line terminator, `\\B` holds in the empty text. Source:
ECMA-262, 22.2.2 (Pattern Semantics), which JSON Schema refers to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from validator.schemas import deadline
from validator.schemas.containment.budget import UndecidableError
from validator.schemas.containment.regex import charsets

_WORD = "[A-Za-z0-9_]"
_OUTSIDE = {
    "b": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "B": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}
_CLASSES = {"d": charsets.DIGIT, "w": charsets.WORD, "s": charsets.UNICODE_SPACE}
_DOT = "[^\\n\\r\\u2028\\u2029]"
_SAME = frozenset("nrtfv0xu123456789")
"""Letters and digits that mean the same after a backslash in both."""
_PIECE = re.compile(r"\\(?:u\{[0-9A-Fa-f]+\}|.)|\(\?<(?![=!])|\[\^?|\]|.", re.DOTALL)


@lru_cache(maxsize=1024)
def search(pattern: str) -> Callable[[str], bool]:
    """Tells whether the pattern occurs in a text. Raises UndecidableError where Python cannot say it."""
    unknown = UndecidableError(f"the pattern {pattern!r} is not understood")
    translated = _translated(pattern)
    try:
        re.compile(translated)
    except (re.error, RecursionError, OverflowError):
        raise unknown from None

    def found(text: str) -> bool:
        try:
            return deadline.search(translated, text)
        except deadline.DeadlineError:
            raise unknown from None

    return found


def _translated(pattern: str) -> str:
    parts: list[str] = []
    inside = False
    for piece in _PIECE.findall(pattern):
        if inside:
            inside = piece != "]"
            parts.append(_member(piece, pattern))
        elif piece in ("[", "[^"):
            inside = True
            parts.append(piece)
        else:
            parts.append(_atom(piece, pattern))
        if parts[-2:] in (["[", "]"], ["[^", "]"]):
            raise UndecidableError(
                f"the pattern {pattern!r} is not understood"
            )  # Python takes the bracket for a member
    return "".join(parts)


def _atom(piece: str, pattern: str) -> str:
    if piece == "$":
        return r"\Z"
    if piece == ".":
        return _DOT
    if piece == "(?<":
        return "(?P<"
    if not piece.startswith("\\"):
        return piece
    letter = piece[1]
    if letter in _OUTSIDE:
        return _OUTSIDE[letter]
    return f"[{_ranges(letter)}]" if letter.lower() in _CLASSES else _escape(piece, pattern)


def _member(piece: str, pattern: str) -> str:
    if piece.startswith("[") or piece in ("&", "~", "|"):
        return "".join(f"\\{char}" for char in piece)
    if not piece.startswith("\\"):
        return piece
    return _ranges(piece[1]) if piece[1].lower() in _CLASSES else _escape(piece, pattern)


def _escape(piece: str, pattern: str) -> str:
    if piece.startswith("\\u{"):
        return re.escape(chr(int(piece[3:-1], 16)))
    if piece[1].isalnum() and piece[1] not in _SAME and piece != r"\b":
        raise UndecidableError(f"the pattern {pattern!r} is not understood")
    return piece


def _ranges(letter: str) -> str:
    known = _CLASSES[letter.lower()]
    ranges = known if letter.islower() else charsets.complement(known)
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)
