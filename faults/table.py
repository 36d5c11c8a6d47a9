"""The table at the end: fault, tries, hung, leftover, results lost, wrong status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from faults.attempt import Verdict

HEAD = ("fault", "tries", "hung", "leftover", "results lost", "wrong status")


@dataclass
class Row:
    """How often a fault was tried and what went wrong."""

    fault: str
    tries: int = 0
    hung: int = 0
    leftover: int = 0
    lost: int = 0
    status: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count one try."""
        self.tries += 1
        self.hung += verdict.hung
        self.leftover += bool(verdict.left)
        self.lost += bool(verdict.lost)
        self.status += bool(verdict.status)

    @property
    def good(self) -> bool:
        """Tried, and all zeros."""
        return self.tries > 0 and not (self.hung or self.leftover or self.lost or self.status)


def table(rows: Iterable[Row]) -> str:
    """The rows under their head, and their sum."""
    every = list(rows)
    total = Row(
        "all",
        *(sum(getattr(row, name) for row in every) for name in ("tries", "hung", "leftover", "lost", "status")),
    )
    cells = [HEAD, *((row.fault, row.tries, row.hung, row.leftover, row.lost, row.status) for row in [*every, total])]
    width = max(len(str(row[0])) for row in cells)
    return "\n".join(
        "  ".join(
            [f"{row[0]:<{width}}", *(f"{cell:>{len(head)}}" for cell, head in zip(row[1:], HEAD[1:], strict=True))]
        )
        for row in cells
    )
