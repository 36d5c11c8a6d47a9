"""Sprig's arithmetic: int64 that wraps, decimals that do not, and conversions that never fail but yield 0.

Source: templating.md, section 3.4 (spf13/cast, shopspring/decimal).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from validator.templates.errors import CallError, UnsupportedError
from validator.templates.gonumbers import (
    OutOfRangeError,
    float_to_int64,
    parse_float,
    parse_int,
    shortest,
    wrap_int64,
)
from validator.templates.printing import sprint
from validator.templates.values import Int64, Value

_DECIMAL_TEXT = re.compile(r"([-+]?[0-9]*)(\.[0-9]*)?\Z")
_PRECISION = 16
_MAX_DIGITS = 20_000
_DIVIDE_BY_ZERO = "runtime error: integer divide by zero"


def to_int64(value: Value) -> int:
    """Sprig's `int` and `int64`: 0 for what is no number."""
    if isinstance(value, float):
        return float_to_int64(value)
    if isinstance(value, int):
        return wrap_int64(int(value))
    if not isinstance(value, str):
        return 0
    text = str.__str__(value)
    match = _DECIMAL_TEXT.match(text) if "." in text else None
    if match:
        text = match[1] + "0" if match[1] in ("", "-", "+") else match[1]
    try:
        return parse_int(text, 0)
    except ValueError:
        return 0


def to_float64(value: Value) -> float:
    """Sprig's `float64`: 0 for what is no number."""
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str) or not value:
        return 0.0
    try:
        return parse_float(str.__str__(value))
    except ValueError:
        return 0.0


def atoi(text: str) -> int:
    """The integer that a decimal text is: 0 when it is none, the nearest when it is too large."""
    try:
        return parse_int(text, 10)
    except OutOfRangeError as error:
        return int(error.nearest)
    except ValueError:
        return 0


def to_decimal(value: Value) -> Int64:
    """The value of octal digits."""
    try:
        return Int64(parse_int(sprint([value]), 8))
    except ValueError:
        return Int64(0)


def div(left: Value, right: Value) -> Int64:
    """Integer division, towards zero."""
    dividend, divisor = to_int64(left), to_int64(right)
    if not divisor:
        raise CallError(_DIVIDE_BY_ZERO)
    quotient = abs(dividend) // abs(divisor)
    return Int64(wrap_int64(quotient if (dividend < 0) == (divisor < 0) else -quotient))


def mod(left: Value, right: Value) -> Int64:
    """The remainder, with the sign of the dividend."""
    dividend, divisor = to_int64(left), to_int64(right)
    if not divisor:
        raise CallError(_DIVIDE_BY_ZERO)
    remainder = abs(dividend) % abs(divisor)
    return Int64(-remainder if dividend < 0 else remainder)


def mul(*values: Value) -> Int64:
    """The product, wrapped at each step."""
    product = 1
    for value in values:
        product = wrap_int64(product * to_int64(value))
    return Int64(product)


def maxf(*values: Value) -> float:
    """Go's `math.Max` of all: NaN wins unless there is an infinity, 0 is above -0."""
    return _extreme(values, 1.0)


def minf(*values: Value) -> float:
    """Go's `math.Min` of all."""
    return _extreme(values, -1.0)


def _extreme(values: tuple[Value, ...], sign: float) -> float:
    numbers = [to_float64(value) * sign for value in values]
    found = numbers[0]
    for number in numbers[1:]:
        if math.inf in (found, number):
            found = math.inf
        elif math.isnan(found) or math.isnan(number):
            found = math.nan
        elif found == number == 0:
            found = number if math.copysign(1.0, found) < 0 else found
        else:
            found = max(found, number)
    return found * sign


def round_to(value: Value, places: int, *threshold: float) -> float:
    """Round to decimal places; halves away from zero for positive numbers, everything down for negative ones."""
    number = to_float64(value)
    power = _power_of_ten(places)
    digit = power * number
    if math.isnan(digit) or math.isinf(digit):
        return digit / power if power else math.nan
    fraction = math.modf(digit)[0]
    limit = threshold[0] if threshold else 0.5
    whole = float(math.ceil(digit)) if fraction >= limit else float(math.floor(digit))
    if whole == 0:
        whole = math.copysign(0.0, digit)
    if not power:
        return math.nan if whole == 0 else math.copysign(math.inf, whole)
    return whole / power


def _power_of_ten(places: int) -> float:
    """Go's `math.Pow(10, places)`, which multiplies by squaring."""
    if places > 400:
        return math.inf
    if places < -400:
        return 0.0
    factor, exponent = math.frexp(10.0)
    result, shift = 1.0, 0
    left = abs(places)
    while left:
        if left & 1:
            result *= factor
            shift += exponent
        factor *= factor
        exponent <<= 1
        if factor < 0.5:
            factor += factor
            exponent -= 1
        left >>= 1
    if places < 0:
        result, shift = 1 / result, -shift
    try:
        return math.ldexp(result, shift)
    except OverflowError:
        return math.inf


def _integral(function: Callable[[float], int], value: Value) -> float:
    number = to_float64(value)
    if math.isnan(number) or math.isinf(number) or number == 0:
        return number
    return math.copysign(float(function(number)), number)


def _decimal(value: Value) -> tuple[int, int]:
    """A decimal as digits and a power of ten, the shortest that reads back as the float."""
    number = to_float64(value)
    if math.isnan(number) or math.isinf(number):
        raise CallError(f"Cannot create a Decimal from {sprint([number])}")
    digits, point = shortest(number)
    if not digits:
        return 0, 0
    return (-1 if number < 0 else 1) * int(digits), point - len(digits)


def _aligned(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int, int]:
    exponent = min(left[1], right[1])
    return left[0] * 10 ** (left[1] - exponent), right[0] * 10 ** (right[1] - exponent), exponent


def _add(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    a, b, exponent = _aligned(left, right)
    return a + b, exponent


def _subtract(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    a, b, exponent = _aligned(left, right)
    return a - b, exponent


def _multiply(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    return left[0] * right[0], left[1] + right[1]


def _divide(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    """A quotient of 16 decimals, halves away from zero."""
    if not right[0]:
        raise CallError("decimal division by 0")
    shift = left[1] - right[1] + _PRECISION
    dividend, divisor = abs(left[0]), abs(right[0])
    if shift < 0:
        divisor *= 10**-shift
    else:
        dividend *= 10**shift
    quotient, remainder = divmod(dividend, divisor)
    quotient += 2 * remainder >= divisor
    negative = (left[0] < 0) != (right[0] < 0)
    return (-quotient if negative else quotient), -_PRECISION


_Operation = Callable[[tuple[int, int], tuple[int, int]], tuple[int, int]]


def _decimals(operation: _Operation, start: Value, values: tuple[Value, ...]) -> float:
    total = _decimal(start)
    for value in values:
        total = operation(total, _decimal(value))
        if abs(total[1]) > _MAX_DIGITS or total[0].bit_length() > 4 * _MAX_DIGITS:
            raise UnsupportedError("a decimal of this length")
    digits, exponent = total
    exact = Fraction(digits) * Fraction(10) ** exponent
    try:
        return float(exact)
    except OverflowError:
        return math.copysign(math.inf, digits)


FUNCTIONS: dict[str, Any] = {
    "add": lambda *values: Int64(wrap_int64(sum(map(to_int64, values)))),
    "add1": lambda value: Int64(wrap_int64(to_int64(value) + 1)),
    "add1f": lambda value: _decimals(_add, value, (1,)),
    "addf": lambda *values: _decimals(_add, 0.0, values),
    "atoi": atoi,
    "biggest": lambda *values: Int64(max(map(to_int64, values))),
    "ceil": lambda value: _integral(math.ceil, value),
    "div": div,
    "divf": lambda value, *values: _decimals(_divide, value, values),
    "float64": to_float64,
    "floor": lambda value: _integral(math.floor, value),
    "int": to_int64,
    "int64": lambda value: Int64(to_int64(value)),
    "max": lambda *values: Int64(max(map(to_int64, values))),
    "maxf": maxf,
    "min": lambda *values: Int64(min(map(to_int64, values))),
    "minf": minf,
    "mod": mod,
    "mul": mul,
    "mulf": lambda value, *values: _decimals(_multiply, value, values),
    "round": round_to,
    "sub": lambda left, right: Int64(wrap_int64(to_int64(left) - to_int64(right))),
    "subf": lambda value, *values: _decimals(_subtract, value, values),
    "toDecimal": to_decimal,
}
