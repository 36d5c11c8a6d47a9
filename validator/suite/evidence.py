"""What the verdict on a case rests on: how much came out, how much of it was read, and by what it was judged.

Pure and frozen. A verdict without evidence is none: such a case is not checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one case, or of several together."""

    outputs: int = 0
    """Outputs that were read."""
    packets: int = 0
    """Packets that came out of a stream, read or not; 0 for a job."""
    bytes: int = 0
    """Bytes of outputs that were read: as JSON of a job, as messages on the wire of a stream."""
    by_schema: int = 0
    """Outputs that were judged by outputSchema."""
    expectations: int = 0
    """Cases whose `expect` was judged."""

    @property
    def is_judged(self) -> bool:
        """Whether anything that came out was judged."""
        return bool(self.by_schema or self.expectations)

    @property
    def words(self) -> str:
        """In one line."""
        expectations = [_counted(self.expectations, "expectation")] if self.expectations else []
        if not (self.outputs or self.packets):
            return ", ".join(["no output seen", *expectations])
        read = _counted(self.outputs, "output")
        if self.packets:
            read = _counted(self.packets, "packet")
            read = read if self.outputs == self.packets else f"{self.outputs:,} of {read} read"
        schema = "all" if self.by_schema == max(self.outputs, self.packets) else f"{self.by_schema:,}"
        parts = [
            read,
            f"{self.bytes:,} bytes",
            f"{schema} judged by outputSchema" if self.by_schema else "no outputSchema applied",
            *expectations,
        ]
        return ", ".join(parts)


def together(cases: Iterable[Evidence | None]) -> Evidence | None:
    """What several cases show together; None where none can show anything."""
    known = [each for each in cases if each is not None]
    if not known:
        return None
    return Evidence(*(sum(getattr(each, field.name) for each in known) for field in fields(Evidence)))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
