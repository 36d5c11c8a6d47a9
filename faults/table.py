"""The table at the end: fault, tries, hung, leftover, results lost, wrong status, false alarms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from faults.attempt import Verdict

HEAD = ("fault", "tries", "hung", "leftover", "results lost", "wrong status", "false alarms")
COUNTS = ("tries", "hung", "leftover", "lost", "status", "alarms")


@dataclass
class Row:
    """How often a fault was tried and what went wrong."""

    fault: str
    tries: int = 0
    hung: int = 0
    leftover: int = 0
    lost: int = 0
    status: int = 0
    alarms: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count one try."""
        self.tries += 1
        self.hung += verdict.hung
        self.leftover += bool(verdict.left)
        self.lost += bool(verdict.lost)
        self.status += bool(verdict.status)
        self.alarms += bool(verdict.alarms)

    @property
    def good(self) -> bool:
        """Tried, and all zeros."""
        return self.tries > 0 and not any(getattr(self, count) for count in COUNTS[1:])


def table(rows: Iterable[Row]) -> str:
    """The rows under their head, and their sum."""
    every = list(rows)
    total = Row(
        "all",
        *(sum(getattr(row, name) for row in every) for name in COUNTS),
    )
    cells = [HEAD, *((row.fault, *(getattr(row, count) for count in COUNTS)) for row in [*every, total])]
    width = max(len(str(row[0])) for row in cells)
    return "\n".join(
        "  ".join(
            [f"{row[0]:<{width}}", *(f"{cell:>{len(head)}}" for cell, head in zip(row[1:], HEAD[1:], strict=True))]
        )
        for row in cells
    )
