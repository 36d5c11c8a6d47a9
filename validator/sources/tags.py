"""Scalars with an explicit tag, such as `!!str 5`, as go-yaml v2 resolves them."""

from __future__ import annotations

import base64
import re
from datetime import date, time

from validator.findings import Json
from validator.sources.plain import exact

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](?=.*(?:Z|[-+]\d\d:\d\d)$)| (?!.*(?:Z|[-+]\d\d:\d\d)$))"
    r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d)?)?"
)


def tagged(name: str, text: str) -> Json:
    """The value of `!!name text`; text for a tag that YAML does not resolve. A float may be whole, or not finite.

    Raises ValueError where the text is none of this kind.
    """
    if name == "binary":
        return _binary(text)
    if name == "timestamp":
        return _timestamp(text)
    if name not in ("bool", "int", "float", "null"):
        return text
    value = exact(text)
    if name == "float" and type(value) is int and value < 2**63:
        return float(value)
    wanted = {"bool": bool, "int": int, "float": float, "null": type(None)}[name]
    if type(value) is not wanted:
        raise ValueError(text)
    return value


def _binary(text: str) -> str:
    """What base64 holds, as Go writes it into JSON: each byte that is no UTF-8 is a replacement character."""
    packed = text.replace("\r", "").replace("\n", "")
    if not _BASE64.fullmatch(packed):
        raise ValueError(text)
    decoded = base64.b64decode(packed).decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", "\ufffd", decoded)


def _timestamp(text: str) -> str:
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day, *clock = match.groups()
    date(max(int(year), 1), int(month), int(day))
    if clock[0] is not None:
        time(int(clock[0]), int(clock[1]), int(clock[2]))
    return text
