"""Runs that begin before their turn comes: what is tried next is known a few inputs ahead, and they go side by side.

What comes out does not depend on it: results are taken in the order in which one run after another would give them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from validator.explore.candidates import Candidate
from validator.findings import Json


def _nothing(_: Mapping[str, Json]) -> None:
    """Begin no run early."""


@dataclass(frozen=True, slots=True)
class Lookahead:
    """How far to look ahead."""

    begin: Callable[[Mapping[str, Json]], None] = _nothing
    """Begins a run on these inputs, if there is room for it."""
    width: int = 0
    """Inputs ahead of the one whose turn it is."""

    def __call__(self, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """The candidates as they are, each but the first begun before its turn."""
        waiting: deque[Candidate] = deque()
        for candidate in candidates:
            if waiting:
                self.begin(candidate.inputs)
            waiting.append(candidate)
            if len(waiting) > self.width:
                yield waiting.popleft()
        yield from waiting


IN_TURN = Lookahead()
"""One run after another."""
