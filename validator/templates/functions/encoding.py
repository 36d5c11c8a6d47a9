"""JSON, base64 and base32, and digests.

Source: templating.md, section 4 (groups json and path/crypto/enc).
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

from validator.templates.errors import CallError
from validator.templates.gostrings import cooked, raw, valid
from validator.templates.jsontext import decode, encode
from validator.templates.values import Value
from validator.templates.versions import parse_version, satisfies

_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_BASE32 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_NEWLINES = frozenset(b"\r\n")
_PAD = ord("=")


def must_from_json(text: str) -> Value:
    """The value of a JSON text."""
    try:
        return decode(valid(text))
    except ValueError as error:
        raise CallError(f"invalid JSON: {error}") from None


def from_json(text: str) -> Value:
    """The value of a JSON text, nil when it is none."""
    try:
        return decode(valid(text))
    except ValueError:
        return None


def to_json(value: Value, *, html: bool = True, indent: str = "") -> str:
    """JSON text, empty when Go refuses the value."""
    try:
        return encode(value, html=html, indent=indent)
    except CallError:
        return ""


def b64dec(text: str) -> str:
    """The decoded text; of garbage, Go's error as if it were the result."""
    data = raw(text)
    problem = _base64_problem(data)
    if problem is not None:
        return f"illegal base64 data at input byte {problem}"
    body = bytes(byte for byte in data if byte in _BASE64)
    return cooked(base64.b64decode(body + b"=" * (-len(body) % 4)))


def _skip_newlines(data: bytes, at: int) -> int:
    while at < len(data) and data[at] in _NEWLINES:
        at += 1
    return at


def _base64_problem(data: bytes) -> int | None:
    """The byte at which Go's decoder stops, None when it does not."""
    at = 0
    place = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if byte in _BASE64:
            place = (place + 1) % 4
            continue
        if byte in _NEWLINES:
            continue
        if byte != _PAD or place < 2:
            return at - 1
        if place == 2:
            at = _skip_newlines(data, at)
            if at == len(data):
                return len(data)
            if data[at] != _PAD:
                return at - 1
            at += 1
        at = _skip_newlines(data, at)
        return at if at < len(data) else None
    return len(data) - place if place else None


def b32dec(text: str) -> str:
    """The decoded text; of garbage, Go's error as if it were the result."""
    data = bytes(byte for byte in raw(text) if byte not in _NEWLINES)
    try:
        body = data[: _base32_end(data)]
    except _CorruptError as error:
        return f"illegal base32 data at input byte {error}"
    return cooked(base64.b32decode(body + b"=" * (-len(body) % 8)))


class _CorruptError(Exception):
    """Holds the byte at which Go's decoder stops."""


def _base32_end(data: bytes) -> int:
    """Where the padding begins."""
    for at, byte in enumerate(data):
        place, left = at % 8, len(data) - at - 1
        if byte == _PAD and place >= 2 and left < 8:
            _check_base32_padding(data, at, place)
            return at
        if byte not in _BASE32:
            raise _CorruptError(at)
    if len(data) % 8:
        raise _CorruptError(len(data) - len(data) % 8)
    return len(data)


def _check_base32_padding(data: bytes, at: int, place: int) -> None:
    left = len(data) - at - 1
    if left + place < 7:
        raise _CorruptError(len(data))
    for index in range(7 - place):
        if left > index and data[at + 1 + index] != _PAD:
            raise _CorruptError(at + index)
    if place in (1, 3, 6):
        raise _CorruptError(at)


def _must_encode(value: Value, *, html: bool = True, indent: str = "") -> str:
    return encode(value, html=html, indent=indent)


FUNCTIONS: dict[str, Any] = {
    "adler32sum": lambda text: str(zlib.adler32(raw(text))),
    "b32dec": b32dec,
    "b32enc": lambda text: base64.b32encode(raw(text)).decode(),
    "b64dec": b64dec,
    "b64enc": lambda text: base64.b64encode(raw(text)).decode(),
    "fromJson": from_json,
    "mustFromJson": must_from_json,
    "mustToJson": _must_encode,
    "mustToPrettyJson": lambda value: _must_encode(value, indent="  "),
    "mustToRawJson": lambda value: _must_encode(value, html=False),
    "semver": parse_version,
    "semverCompare": satisfies,
    "sha1sum": lambda text: hashlib.sha1(raw(text), usedforsecurity=False).hexdigest(),
    "sha256sum": lambda text: hashlib.sha256(raw(text)).hexdigest(),
    "toJson": to_json,
    "toPrettyJson": lambda value: to_json(value, indent="  "),
    "toRawJson": lambda value: _must_encode(value, html=False),
}
