"""Inputs that ask for much work: an engram that is told to wait for years, or to make a million items, takes long."""

from __future__ import annotations

import re

from validator.explore.documents import leaves
from validator.findings import Json

LARGE = 1000
"""Numbers beyond it, and texts and arrays longer than it, may ask for more work than a sandbox gives time for."""
_FAR = re.compile(r"[2-9]\d{3}-\d\d-\d\d")
"""A day that may not have come yet."""


def demanding(document: Json) -> bool:
    """Whether a document holds a large number, a long text or a day that may be waited for."""
    return any(_asks_for_much(value) for _, value in leaves(document)) or len(repr(document)) > 10 * LARGE


def _asks_for_much(value: Json) -> bool:
    if isinstance(value, str):
        return len(value) >= LARGE or _FAR.match(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= LARGE
