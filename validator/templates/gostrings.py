"""Go strings in Python: `str` whose bytes that are no UTF-8 are lone surrogates, and Go's quoting.

A Go string is bytes, a Python string is code points. Functions that cut bytes (`trunc`, `substr`, `index`) can leave
half a character; it is kept as `surrogateescape` does, and shown as U+FFFD where it leaves (as encoding/json does).
"""

from __future__ import annotations

import re
import unicodedata

from validator.templates.errors import UnsupportedError

SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What Go's `unicode.IsSpace` calls a space; `str.strip()` would take four more."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
}
_UNESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_HEX = {"x": 2, "u": 4, "U": 8}


def trim_space(text: str) -> str:
    """Go's `strings.TrimSpace`."""
    return text.strip(SPACES)


def raw(text: str) -> bytes:
    """The bytes of a Go string."""
    return text.encode("utf-8", "surrogateescape")


def cooked(data: bytes) -> str:
    """A Go string of these bytes."""
    return data.decode("utf-8", "surrogateescape")


def canonical(text: str) -> str:
    """Join halves of characters that came to stand beside each other."""
    if text.isascii() or not _SURROGATES.search(text):
        return text
    return cooked(raw(text))


def byte_length(text: str) -> int:
    """Go's `len` of a string."""
    return len(text) if text.isascii() else len(raw(text))


def valid(text: str) -> str:
    """Every byte that is no UTF-8 becomes U+FFFD, as where a string is decoded into runes."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def from_json(text: str) -> str:
    """A string that `json.loads` gave: Go's decoder has no lone surrogates, it puts U+FFFD."""
    return valid(text)


def is_letter_or_digit(char: str) -> bool:
    """What may stand in a Go template's identifier besides the underscore."""
    return char.isalpha() or char.isdecimal()


def assigned(char: str) -> str:
    """The character itself.

    Raises UnsupportedError when this Python's Unicode does not know it: Go's may, and treat it otherwise.
    """
    if char >= "\u0370" and unicodedata.category(char) == "Cn" and ord(char) & 0xFFFE != 0xFFFE:
        raise UnsupportedError(f"the character U+{ord(char):04X}, which this Python's Unicode does not know")
    return char


def _escaped(char: str, *, ascii_only: bool) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x7F or (not ascii_only and assigned(char).isprintable()):
        if code >= 0x20:
            return char
        return f"\\x{code:02x}"
    if code == 0x7F:
        return "\\x7f"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote(text: str, mark: str = '"', *, ascii_only: bool = False) -> str:
    """Go's `strconv.Quote`, `QuoteToASCII` and (with `'`) `QuoteRune`."""
    body = "".join(
        _ESCAPES.get(char) or (f"\\{mark}" if char == mark else _escaped(char, ascii_only=ascii_only)) for char in text
    )
    return f"{mark}{body}{mark}"


def can_backquote(text: str) -> bool:
    """Go's `strconv.CanBackquote`: one line of printable text without a backquote."""
    return not any(c in "`\ufeff" or (c < " " and c != "\t") or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in text)


def unquote_char(text: str, at: int, mark: str) -> tuple[str, int]:
    """One possibly escaped character of a Go literal, and where the next begins.

    Raises ValueError where Go says "invalid syntax". A byte escape above 0x7f is returned as a lone surrogate.
    """
    if at >= len(text):
        raise ValueError("invalid syntax")
    char = text[at]
    if char == mark and mark in "'\"":
        raise ValueError("invalid syntax")
    if char != "\\":
        return char, at + 1
    if at + 1 >= len(text):
        raise ValueError("invalid syntax")
    kind = text[at + 1]
    if kind in _UNESCAPES:
        return _UNESCAPES[kind], at + 2
    if kind in _HEX:
        return _unquote_hex(text, at, kind)
    if kind in "01234567":
        digits = text[at + 1 : at + 4]
        if len(digits) < 3 or any(d not in "01234567" for d in digits) or int(digits, 8) > 255:
            raise ValueError("invalid syntax")
        return _byte(int(digits, 8)), at + 4
    if kind in "'\"" and kind == mark:
        return kind, at + 2
    raise ValueError("invalid syntax")


def _unquote_hex(text: str, at: int, kind: str) -> tuple[str, int]:
    width = _HEX[kind]
    digits = text[at + 2 : at + 2 + width]
    if len(digits) < width or any(d not in "0123456789abcdefABCDEF" for d in digits):
        raise ValueError("invalid syntax")
    code = int(digits, 16)
    if kind == "x":
        return _byte(code), at + 4
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ValueError("invalid syntax")
    return chr(code), at + 2 + width


def _byte(value: int) -> str:
    return chr(value) if value < 0x80 else chr(0xDC00 + value)


def unquote(literal: str) -> str:
    """Go's `strconv.Unquote`: the text of a `"…"`, `` `…` `` or one-character `'…'` literal.

    Raises ValueError where Go says "invalid syntax".
    """
    if len(literal) < 2 or literal[0] != literal[-1] or literal[0] not in "\"'`":
        raise ValueError("invalid syntax")
    mark, body = literal[0], literal[1:-1]
    if mark == "`":
        if "`" in body:
            raise ValueError("invalid syntax")
        return body.replace("\r", "")
    if "\n" in body:
        raise ValueError("invalid syntax")
    if "\\" not in body and mark not in body and mark == '"':
        return body
    chars: list[str] = []
    at = 0
    while at < len(body):
        char, at = unquote_char(body, at, mark)
        chars.append(char)
    if mark == "'" and len(chars) > 1:
        # None at all passes: Go's shortcut for literals without escapes lets `''` through.
        raise ValueError("invalid syntax")
    return canonical("".join(chars))
