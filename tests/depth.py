"""How deep laws are searched: all examples each night (`scripts/test.py --nightly`), a third for every change."""

from __future__ import annotations

import os

NIGHTLY = bool(os.environ.get("ENGRAM_VALIDATE_NIGHTLY"))


def examples(number: int) -> int:
    """How many of this number of examples a law gets in this run."""
    return number if NIGHTLY else number // 3
