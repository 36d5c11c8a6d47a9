"""Durations and sizes as people write them."""

from __future__ import annotations

import re

from validator.findings import Json

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_BYTES |= {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
_MOST = float(1 << 60)
_MONTH = 30 * 24 * 3600.0
LONGEST_CASE = 6 * 3600.0
"""Seconds of the clock that one case may be allowed: as long as a job of GitHub's own machines may take."""


def seconds(value: Json) -> float:
    """The seconds in `90`, `1.5` or a Go duration such as `1m30s`; a month at most, as clocks cannot wait forever.

    Raises ValueError when it is none of these.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return min(float(value), _MONTH)
    if not isinstance(value, str) or not re.fullmatch(r"(\d+(\.\d+)?(ms|s|m|h))+", value):
        raise ValueError(f"{value!r} is no duration; write something like 30s or 1m30s")
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", value)
    return min(sum(float(number) * _SECONDS[unit] for number, unit in parts), _MONTH)


def byte_count(value: Json) -> int:
    """The bytes in `1048576` or `1MiB`; `KB`, `MB`, `GB` are powers of ten. An EiB at most, which no machine has.

    Raises ValueError when it is none of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", str(value))
    if not match or match[2] not in _BYTES:
        raise ValueError(f"{value!r} is no size; write something like 512MiB")
    return int(min(float(match[1]) * _BYTES[match[2]], _MOST))


def size_text(count: int) -> str:
    """A size for people: `512 MiB`, `1.5 GiB`, `900 B`."""
    amount, units = float(count), iter(("B", "KiB", "MiB", "GiB"))
    unit = next(units)
    while amount >= 1024 and unit != "GiB":
        amount, unit = amount / 1024, next(units)
    return f"{amount:.4g} {unit}"
