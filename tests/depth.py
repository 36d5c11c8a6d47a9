"""How deep tests go each night (`scripts/test.py --nightly`), and how deep for every change.

Laws get all their examples each night, a sixth of them for every change. A table whose rows do not depend on the
sandbox runs in each kind of sandbox each night; for every change one kind gets all rows, the other a few. What takes
more than a minute, and is made of what other tests see, carries the mark `nightly`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

NIGHTLY = bool(os.environ.get("ENGRAM_VALIDATE_NIGHTLY"))


def examples(number: int) -> int:
    """How many of this number of examples a law gets in this run."""
    return number if NIGHTLY else number // 6


def few(names: Iterable[str], *daily: str) -> list[str]:
    """Names of rows: all each night, for every change those named after them."""
    every = list(names)
    assert set(daily) <= set(every), f"no rows: {set(daily) - set(every)}"
    return every if NIGHTLY else list(daily)
