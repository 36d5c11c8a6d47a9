"""Numbers as keys of a mapping: text, as sigs.k8s.io/yaml writes them (convertToJSONableObject)."""

from __future__ import annotations

import math
import struct

_DIGITS = 9
"""Significant digits that tell any two float32 apart."""
_SCIENTIFIC = 6
"""The power of ten from which Go's `%g` writes an exponent, when it chooses the digits itself."""


def key_text(number: float) -> str | None:
    """The key that a number becomes; None for integers beyond int64, which are refused.

    Floats pass through float32, as Go's `FormatFloat(number, 'g', -1, 32)`.
    """
    if isinstance(number, int):
        return str(number) if number < 2**63 else None
    if math.isnan(number):
        return ".nan"
    try:
        single = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        single = math.copysign(math.inf, number)
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    return _shortest(single)


def _shortest(single: float) -> str:
    """The fewest digits that are read as the same float32, with an exponent below 1e-4 and from 1e6 on."""
    scientific = next(
        text
        for digits in range(_DIGITS)
        if struct.unpack("f", struct.pack("f", float(text := f"{single:.{digits}e}")))[0] == single
    )
    mantissa, _, exponent = scientific.partition("e")
    power = int(exponent)
    if single == 0 or -4 <= power < _SCIENTIFIC:
        decimals = max(len(mantissa.partition(".")[2]) - power, 0)
        return f"{float(scientific):.{decimals}f}"
    return f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"
