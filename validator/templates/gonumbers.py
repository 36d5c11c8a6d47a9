"""Go numbers: how `strconv` reads and writes them, and how integers wrap.

Context numbers are float64 (templating.md, section 3.4): their text is Go's shortest form, `1e+06` from a million on.
"""

from __future__ import annotations

import math
import re

MIN_INT64, MAX_INT64, MAX_UINT64 = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1

_FLOAT = re.compile(r"[+-]?(?:[0-9_]+\.?[0-9_]*|\.[0-9_]+)(?:[eE][+-]?[0-9_]+)?\Z")
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?=[0-9a-fA-F_.]*[0-9a-fA-F])[0-9a-fA-F_]*\.?[0-9a-fA-F_]*[pP][+-]?[0-9]+\Z")
_SPECIAL = re.compile(r"(?i:([+-]?)(?:inf|infinity)|nan)\Z")
_DIGITS = {2: "01", 8: "01234567", 10: "0123456789", 16: "0123456789abcdef"}
_PREFIXES = {"0b": 2, "0o": 8, "0x": 16}


class OutOfRangeError(ValueError):
    """The text is a number, but none that fits; `nearest` is what Go clamps it to."""

    def __init__(self, nearest: float) -> None:
        super().__init__("value out of range")
        self.nearest = nearest


def _underscores_separate(text: str) -> bool:
    """Go allows `_` only between digits, or between a base prefix and a digit."""
    body = text.lstrip("+-") if text[:1] in "+-" else text
    previous = "^"
    at = 0
    hexadecimal = False
    if body[:2].lower() in _PREFIXES:
        at, previous, hexadecimal = 2, "0", body[1] in "xX"
    for char in body[at:]:
        if char.isdigit() or (hexadecimal and char in "abcdefABCDEF"):
            previous = "0"
        elif char == "_":
            if previous != "0":
                return False
            previous = "_"
        else:
            if previous == "_":
                return False
            previous = "!"
    return previous != "_"


def parse_uint(text: str, base: int, high: int = MAX_UINT64) -> int:
    """Go's `strconv.ParseUint`; base 0 reads prefixes and underscores.

    Raises OutOfRangeError when the number is above `high`, ValueError on any other text.
    """
    digits = text
    if base == 0:
        base = 10
        if text[:2].lower() in _PREFIXES and len(text) > 2:
            base, digits = _PREFIXES[text[:2].lower()], text[2:]
        elif text[:1] == "0":
            base, digits = 8, text[1:] or "0"
        if "_" in text and not _underscores_separate(text):
            raise ValueError("invalid syntax")
        digits = digits.replace("_", "")
        if text[:1] == "0" and text != "0" and not digits:
            raise ValueError("invalid syntax")
    if not digits or any(d not in _DIGITS[base] for d in digits.lower()):
        raise ValueError("invalid syntax")
    if len(digits) > 70:
        digits = digits.lstrip("0")[:70] or "0"
    value = int(digits, base)
    if value > high:
        raise OutOfRangeError(high)
    return value


def parse_int(text: str, base: int) -> int:
    """Go's `strconv.ParseInt` for 64 bits. Raises as parse_uint does."""
    negative = text[:1] == "-"
    body = text[1:] if text[:1] in ("+", "-") else text
    try:
        value = parse_uint(body, base, MAX_INT64 + 1)
    except OutOfRangeError:
        raise OutOfRangeError(MIN_INT64 if negative else MAX_INT64) from None
    if value > MAX_INT64 and not negative:
        raise OutOfRangeError(MAX_INT64)
    return -value if negative else value


def parse_float(text: str) -> float:
    """Go's `strconv.ParseFloat` for 64 bits. Raises OutOfRangeError (with an infinity) and ValueError."""
    special = _SPECIAL.match(text)
    if special:
        return float(text)
    if "_" in text:
        if not _underscores_separate(text):
            raise ValueError("invalid syntax")
        text = text.replace("_", "")
    try:
        if _HEX_FLOAT.match(text):
            return float.fromhex(text)
        if not _FLOAT.match(text):
            raise ValueError("invalid syntax")
        value = float(text)
    except OverflowError:
        value = -math.inf if text[0] == "-" else math.inf
    if math.isinf(value):
        raise OutOfRangeError(value)
    return value


def wrap_int64(value: int) -> int:
    """Two's complement, as Go's int64 arithmetic overflows."""
    return ((value + (1 << 63)) & MAX_UINT64) - (1 << 63)


def float_to_int64(value: float) -> int:
    """Go's conversion on amd64: truncation, and the lowest number where there is none."""
    if math.isnan(value) or not -9.223372036854775808e18 <= value < 9.223372036854775808e18:
        return MIN_INT64
    return int(value)


def shortest(value: float) -> tuple[str, int]:
    """The fewest digits that read back as `value`, and where the decimal point stands among them."""
    if value == 0:
        return "", 0
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    return stripped.rstrip("0"), point - (len(digits) - len(stripped))


def rounded(value: float, count: int) -> tuple[str, int]:
    """`count` significant digits of `value`, without trailing zeros, and the place of the point."""
    if value == 0:
        return "", 0
    mantissa, _, exponent = f"{abs(value):.{max(count - 1, 0)}e}".partition("e")
    return mantissa.replace(".", "").rstrip("0"), int(exponent) + 1


def _with_exponent(digits: str, point: int, precision: int, letter: str) -> str:
    exponent = point - 1 if digits else 0
    text = digits[:1] or "0"
    if precision > 0:
        text += "." + digits[1 : precision + 1].ljust(precision, "0")
    return f"{text}{letter}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _plain(digits: str, point: int, precision: int) -> str:
    text = digits[:point].ljust(point, "0") if point > 0 else "0"
    if precision > 0:
        fraction = ("0" * -point + digits) if point < 0 else digits[point:]
        text += "." + fraction[:precision].ljust(precision, "0")
    return text


def format_float(value: float, verb: str = "g", precision: int = -1) -> str:
    """Go's `strconv.FormatFloat` for the verbs `b e E f g G x X`; precision -1 is the shortest form."""
    if math.isnan(value):
        return "NaN"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if math.isinf(value):
        return "-Inf" if sign else "+Inf"
    letter = "E" if verb in "EG" else "e"
    if verb == "b":
        return sign + _binary(value)
    if verb in "xX":
        return sign + _hexadecimal(value, precision, verb)
    kind = verb.lower()
    if kind == "f":
        if precision >= 0:
            return f"{value:.{precision}f}"
        digits, point = shortest(value)
        return sign + _plain(digits, point, max(len(digits) - point, 0))
    if kind == "e":
        digits, point = shortest(value) if precision < 0 else rounded(value, precision + 1)
        return sign + _with_exponent(digits, point, len(digits) - 1 if precision < 0 else precision, letter)
    return sign + _general(value, precision, letter)


def _general(value: float, precision: int, letter: str) -> str:
    if precision < 0:
        digits, point = shortest(value)
        precision, threshold = 6, 6
        count = len(digits)
    else:
        precision = precision or 1
        digits, point = rounded(value, precision)
        count = len(digits)
        threshold = count if precision > count >= point else precision
        precision = min(precision, count) if precision > count else precision
        count = min(count, precision)
    if not -4 <= point - 1 < threshold:
        return _with_exponent(digits, point, max(count - 1, 0), letter)
    return _plain(digits, point, max(len(digits) - point, 0))


def _binary(value: float) -> str:
    exponent = math.frexp(abs(value))[1]
    if value == 0:
        return "0p-1074"
    exponent = max(exponent - 53, -1074)
    return f"{int(math.ldexp(abs(value), -exponent))}p{'-' if exponent < 0 else '+'}{abs(exponent)}"


def _hexadecimal(value: float, precision: int, verb: str) -> str:
    exponent = 0
    mantissa = 0
    if value:
        fraction, exponent = math.frexp(abs(value))
        mantissa, exponent = int(math.ldexp(fraction, 53)) << 8, exponent - 1
    bits = 60
    if 0 <= precision < 15:
        shift = bits - 4 * precision
        half = 1 << (shift - 1)
        extra, mantissa = mantissa & ((1 << shift) - 1), mantissa >> shift
        mantissa += extra > half or (extra == half and mantissa & 1 == 1)
        mantissa <<= shift
        if mantissa >= 1 << (bits + 1):
            mantissa >>= 1
            exponent += 1
    digits = f"{mantissa & ((1 << bits) - 1):015x}"
    digits = digits.rstrip("0") if precision < 0 else digits[:precision].ljust(precision, "0")
    text = f"0x{mantissa >> bits}{'.' + digits if digits else ''}p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return text.upper() if verb == "X" else text
