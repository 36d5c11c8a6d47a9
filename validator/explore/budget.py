"""How much one search may spend."""

from __future__ import annotations

from dataclasses import dataclass

PATIENCE = 10
"""A search takes at most so many times as long as its budget where it has not tried the least number of inputs yet."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to search."""

    inputs: int
    """The most that are tried."""
    seconds: float
    """Wall clock, start and end of containers included, without shrinking."""
    least: int = 0
    """Inputs that are tried even if that takes longer (up to `PATIENCE` times): a busy machine finds the same."""
    stale: int | None = None
    """So many random inputs in a row that the engram deals with in no new way end the search; None for any number."""


QUICK = Budget(50, 3.0, least=24, stale=12)
