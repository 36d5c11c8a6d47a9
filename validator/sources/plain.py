"""What an untagged plain scalar means to Kubernetes: YAML 1.1 as sigs.k8s.io/yaml (goyaml.v2) reads it into JSON.

Held to the real library by the table in tests/sources/vectors/plain.json.
"""

from __future__ import annotations

import math
import re

from validator.findings import Json

_WORDS: dict[str, Json] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_NUMERIC = frozenset("0123456789+-.")
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
DIGITS = 400
"""Digits beyond those of any number that JSON's readers hold: a float64 ends below 310, and int() gives up at 4,300."""
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")


def resolve(text: str) -> Json:
    """The value of a plain scalar. Dates stay text; a number that JSON cannot hold is a non-finite float."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    number = exact(text)
    return shorten(number, text) if type(number) is float else number


def exact(text: str) -> Json:
    """Like `resolve`, but a float stays one where it is whole: keys and tags tell them apart."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    digits = text if text[0] == "." else text.replace("_", "")
    match = _INTEGER.fullmatch(digits)
    if match and text[0] != "." and len(digits) <= DIGITS:
        base = match.lastgroup
        assert base is not None
        number = int(match.group("sign").replace("+", "") + match.group(base), _BASES[base])
        if -(2**63) <= number < (2**64 if not match.group("sign") else 2**63):
            return number
    if not _FLOAT.fullmatch(digits):
        return text
    real = float(digits)
    return text if math.isinf(real) else real


def shorten(number: float, text: str) -> Json:
    """A float as JSON shows it: whole numbers below 1e21 are written without a point; too large ones stay `text`."""
    if math.isinf(number):
        return text
    return int(number) if number.is_integer() and abs(number) < 1e21 else number
