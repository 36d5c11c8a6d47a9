"""JSON that an engram wrote, read as the platform's Go programs read it, and never deeper than we can follow.

Go puts U+FFFD where bytes are no UTF-8 or a surrogate stands alone, and refuses what is nested more than 10000 levels
deep (encoding/json). Of what lies between that and our own limit only the upper levels are kept.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

LEVELS = 100
"""Objects and arrays within one another that are kept: more than the platform follows (runtime.md 1.2: 64), and few
enough for every recursion of ours."""
DEEPEST = 10_000
"""Levels that Go's decoder follows."""
CUT = "… (nested too deeply to be shown)"
"""What stands in for everything below."""

_KEY = "object key string"
_PLACES = {
    "Expecting value": "looking for beginning of value",
    "Expecting property name": f"looking for beginning of {_KEY}",
    "Expecting ':' delimiter": "after object key",
    "Extra data": "after top-level value",
    "Invalid control character": "in string literal",
}
"""What Python says of a place -> what Go says of it; where these do not part alike, Python's words stay."""
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_PART = re.compile(
    rb"[ \t\r\n]*+("
    rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
    rb"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?+|true|false|null"
    rb"|[{}\[\]:,])"
)
_VALUE, _NAME, _COLON, _COMMA, _END = 1, 2, 4, 8, 16
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAY_BE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read(raw: bytes) -> Any:
    """The document. Raises ValueError for what is no JSON, NaN and infinity among it."""
    text = shallow(_text(raw))
    try:
        document = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise ValueError(gos_words(error)) from None
    return _mended(document) if _MAY_BE_SURROGATE.search(text) else document


def gos_words(error: json.JSONDecodeError) -> str:
    """What Go's decoder says of the place where a text is no JSON (encoding/json, SyntaxError)."""
    rest = error.doc[error.pos :]
    if not rest or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    if error.msg.startswith("Illegal trailing comma"):
        rest = rest[1:].lstrip(" \t\r\n")
        return f"invalid character '{rest[:1]}' looking for beginning of {'value' if rest[:1] == ']' else _KEY}"
    where = next((words for start, words in _PLACES.items() if error.msg.startswith(start)), "")
    return f"invalid character '{rest[0]}' {where}" if where else error.msg


def shallow(text: str) -> str:
    """The same text with `CUT` in place of what is nested too deeply. Raises ValueError beyond what Go follows."""
    if text.count("[") + text.count("{") <= LEVELS:
        return text
    parts = []
    level = begin = 0
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if first in "[{":
            level += 1
            if level == LEVELS + 1:
                parts.append(text[begin : token.start()])
            if level > DEEPEST:
                raise ValueError(f"it is nested more than {DEEPEST} levels deep")
        elif first in "]}":
            if level == LEVELS + 1:
                parts.append(json.dumps(CUT))
                begin = token.end()
            level -= 1
    return "".join([*parts, text[begin:]]) if level <= LEVELS else text[:begin]


def is_object(raw: bytes) -> bool:
    """Whether the whole of it is one JSON object, told without a document: in the memory of its levels alone."""
    open_: list[bytes] = []
    wanted, at = _VALUE, 0
    while (token := _PART.match(raw, at)) is not None:
        at, text = token.end(), token[1]
        if not open_ and text != b"{":
            return False
        wanted = _after(text, wanted, open_)
        if not open_:
            return not raw[at:].strip(b" \t\r\n")
        if not wanted or len(open_) > DEEPEST:
            return False
    return False


def _after(text: bytes, wanted: int, open_: list[bytes]) -> int:
    """What may follow a token, 0 where the token itself may not stand; `open_` gains or loses its level."""
    if text in (b"}", b"]"):
        if not wanted & _END or open_[-1] != text:
            return 0
        open_.pop()
        return _COMMA | _END
    if text == b":":
        return _VALUE if wanted & _COLON else 0
    if text == b",":
        return (_NAME if open_[-1] == b"}" else _VALUE) if wanted & _COMMA else 0
    if wanted & _NAME:
        return _COLON if text.startswith(b'"') else 0
    if not wanted & _VALUE:
        return 0
    if text not in (b"{", b"["):
        return _COMMA | _END
    open_.append(b"}" if text == b"{" else b"]")
    return (_NAME if text == b"{" else _VALUE) | _END


def _text(raw: bytes) -> str:
    """UTF-8 with U+FFFD for every byte that is none, where Python would put one for several."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _SURROGATE.sub("\ufffd", raw.decode("utf-8", "surrogateescape"))


def _mended(value: Any) -> Any:
    """The document with U+FFFD for every surrogate that stands alone."""
    if isinstance(value, dict):
        return {_mended(name): _mended(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_mended(item) for item in value]
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:32]} is beyond every number of Go")
    return number
