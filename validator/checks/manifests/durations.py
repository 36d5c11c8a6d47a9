"""Durations as Go's time.ParseDuration reads them."""

from __future__ import annotations

import re

_UNITS = {"ns": 1e-9, "us": 1e-6, "\u00b5s": 1e-6, "\u03bcs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]++\.?+[0-9]*+|\.[0-9]++)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
UNITS = "ns, us, ms, s, m or h"


def seconds(text: str) -> float | None:
    """The length in seconds; None when Go would not read it."""
    sign = -1.0 if text.startswith("-") else 1.0
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0.0
    total, at = 0.0, 0
    while at < len(rest):
        match = _PART.match(rest, at)
        if match is None:
            return None
        total += float(match.group(1)) * _UNITS[match.group(2)]
        at = match.end()
    return sign * total if rest else None


def mend(text: str) -> str | None:
    """What was probably meant: a bare number is seconds, a day is 24 hours, words are units."""
    match = re.fullmatch(r"\s*([0-9]+)\s*([A-Za-z]*)\s*", text)
    if match is None:
        return None
    number, unit = match.group(1), match.group(2).lower()
    if unit in ("d", "day", "days"):
        return f"{int(number) * 24}h"
    for short, words in (("s", ("", "sec", "secs", "second", "seconds")), ("m", ("min", "mins", "minute", "minutes"))):
        if unit in (short, *words):
            return f"{number}{short}"
    if unit in ("h", "hr", "hrs", "hour", "hours"):
        return f"{number}h"
    return f"{number}ms" if unit in ("ms", "millis", "milliseconds") else None
