"""What a search for values came to."""

from __future__ import annotations

from dataclasses import dataclass

from validator.findings import Json

NEVER = 1 << 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """Values that satisfy a goal, and whether there are others."""

    values: tuple[Json, ...] = ()
    complete: bool = True
    """Are these all the values there are? With no values: nothing satisfies the goal, and this is a proof."""
    reason: str = ""
    """Why it is not known, if there are fewer values than wanted and they are not complete."""
    floor: int = NEVER
    """A proof of emptiness may assume that a goal still being worked on, this deep in the stack, is empty too."""
    guesses: tuple[Json, ...] = ()
    """Values that may satisfy the goal, where something opaque stands in the way of knowing."""

    @property
    def empty(self) -> bool:
        """Proven to be without values."""
        return not self.values and self.complete

    @property
    def unknown(self) -> bool:
        """Neither a value nor a proof."""
        return not self.values and not self.complete


EMPTY = Outcome()
