"""encoding/json: reading text into Go values and writing Go values as text, to the byte.

Source: templating.md, sections 1.7 and 4 (`fromJson`, `toJson` and their kin); Go 1.26 encoding/json.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from validator.templates.clock import Time
from validator.templates.errors import CallError, UnsupportedError
from validator.templates.gonumbers import format_float
from validator.templates.gostrings import from_json, trim_space, valid
from validator.templates.layouts import format_time
from validator.templates.values import NOTHING, JsonNumber, NilList, Value, is_unordered, type_name
from validator.templates.versions import Version

_SPECIAL = re.compile('[\x00-\x1f"\\\\\u2028\u2029\ud800-\udfff]')
_HTML_SPECIAL = re.compile('[\x00-\x1f"\\\\<>&\u2028\u2029\ud800-\udfff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _read_float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is out of range")
    return value


def _decoder(number: Callable[[str], Any]) -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=number, parse_int=number, parse_constant=_refuse_constant)


_FLOAT64 = _decoder(_read_float)
_JSON_NUMBER = _decoder(JsonNumber)


def decode(text: str, *, numbers: str = "float64") -> Value:
    """Go's `json.Unmarshal` into an `any`: numbers are float64, or json.Number.

    Raises ValueError when Go refuses the text, UnsupportedError for nesting beyond Python's.
    """
    decoder = _JSON_NUMBER if numbers == "jsonnumber" else _FLOAT64
    try:
        value = decoder.decode(text)
    except RecursionError:
        raise UnsupportedError("deeply nested JSON") from None
    return _clean(value) if _SURROGATE_ESCAPE.search(text) else value


def _clean(value: Value) -> Value:
    if isinstance(value, str):
        return value if isinstance(value, JsonNumber) else from_json(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {from_json(key): _clean(item) for key, item in value.items()}
    return value


def reparse(text: str) -> Value:
    """The value of the output of a single action; NOTHING when it is no JSON and stays text."""
    trimmed = trim_space(text)
    # What cannot begin a JSON text need not be tried.
    if not trimmed or trimmed[0] not in '{["-0123456789tfn':
        return NOTHING
    try:
        return decode(valid(trimmed))
    except ValueError:
        return NOTHING


def encode(value: Value, *, html: bool = True, indent: str = "") -> str:
    """Go's `json.Marshal`: keys sorted, `<>&` escaped when `html`, two-space lines when `indent`.

    Raises CallError where Go refuses the value, UnsupportedError for values in random order.
    """
    try:
        return _encode(value, html=html, indent=indent, depth=0)
    except RecursionError:
        raise UnsupportedError("a deeply nested value") from None


def _encode(value: Value, *, html: bool, indent: str, depth: int) -> str:
    if isinstance(value, (list, dict)) and not isinstance(value, NilList):
        return _encode_container(value, html=html, indent=indent, depth=depth)
    if isinstance(value, JsonNumber):
        return str.__str__(value)
    if isinstance(value, str):
        return quote_json(value, html=html)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, int):
        return int.__str__(value)
    if isinstance(value, Version):
        return quote_json(str(value), html=html)
    if isinstance(value, Time):
        return _time_text(value)
    if value is None or value is NOTHING or isinstance(value, NilList):
        return "null"
    raise CallError(f"json: unsupported type: {type_name(value)}")


def _encode_container(value: Any, *, html: bool, indent: str, depth: int) -> str:
    if is_unordered(value):
        raise UnsupportedError("the order of a map's keys or values, which Go shuffles")
    if isinstance(value, dict):
        opening, closing = "{", "}"
        colon = ": " if indent else ":"
        items = [
            quote_json(key, html=html) + colon + _encode(value[key], html=html, indent=indent, depth=depth + 1)
            for key in sorted(value)
        ]
    else:
        opening, closing = "[", "]"
        items = [_encode(item, html=html, indent=indent, depth=depth + 1) for item in value]
    if not items:
        return opening + closing
    if not indent:
        return opening + ",".join(items) + closing
    line = "\n" + indent * (depth + 1)
    return opening + line + ("," + line).join(items) + "\n" + indent * depth + closing


def quote_json(text: str, *, html: bool) -> str:
    """A JSON string as Go writes it: U+2028 and U+2029 escaped, bytes that are no UTF-8 as `\\ufffd`."""
    pattern = _HTML_SPECIAL if html else _SPECIAL
    return '"' + pattern.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if "\ud800" <= char <= "\udfff":
        return "\\ufffd"
    return _SHORT.get(char) or f"\\u{ord(char):04x}"


def number_text(value: float) -> str:
    """Go's JSON text of a float64: plain digits from 1e-6 up to 1e21. Raises CallError for NaN and the infinities."""
    if math.isnan(value) or math.isinf(value):
        raise CallError(f"json: unsupported value: {format_float(value)}")
    if value and not 1e-6 <= abs(value) < 1e21:
        text = format_float(value, "e")
        return text[:-2] + text[-1] if text[-4:-1] == "e-0" else text
    return format_float(value, "f")


def _time_text(value: Time) -> str:
    year = value.date[0]
    if not 0 <= year <= 9999:
        raise CallError("Time.MarshalJSON: year outside of range [0,9999]")
    if abs(value.local[2]) >= 24 * 3600:
        raise CallError("Time.MarshalJSON: timezone hour outside of range [0,23]")
    return f'"{format_time(value, "2006-01-02T15:04:05.999999999Z07:00")}"'
