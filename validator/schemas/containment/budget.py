"""How much work one question may cost: steps that are counted, so that an answer does not depend on the machine."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one comparison. Beyond any of them the answer is *unknown*, never a hang."""

    steps: int = 40_000
    """Elementary steps (a goal, a branch, a derivative): what normally ends a hopeless pair, on every machine alike."""
    seconds: float = 0.9
    """A guard for what steps do not foresee: processor time, so that a busy machine changes no answer."""
    limit: float = 5.0
    """The longest that a question may take with all that is not counted: reading, and confirming a counterexample."""
    depth: int = 48
    """How deep a document may have to be built."""


class ExhaustedError(Exception):
    """The budget is spent; the text says which part of it."""


class UndecidableError(Exception):
    """A keyword or a pattern that this procedure does not reason about; the text names it."""


class Meter:
    """Counts the steps of one comparison."""

    __slots__ = ("_check", "_deadline", "budget", "left")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.left = budget.steps
        self._check = budget.steps - 128
        self._deadline = time.thread_time() + budget.seconds

    def tick(self, steps: int = 1) -> None:
        """Count. Raises ExhaustedError when nothing is left."""
        self.left -= steps
        if self.left < self._check:
            self._check = self.left - 128
            if self.left < 0:
                raise ExhaustedError(f"more than {self.budget.steps} steps")
            if time.thread_time() > self._deadline:
                raise ExhaustedError(f"more than {self.budget.seconds:g} s of work")
