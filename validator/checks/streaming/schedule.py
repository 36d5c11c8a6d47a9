"""Rows side by side: each starts when the rows that it needs are done, and all are told in their own order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
Play = Callable[[str, Mapping[str, T]], T]
"""Plays the row of this name, knowing what the rows came to that it needs."""


def in_order(
    rows: Sequence[str],
    play: Play[T],
    *,
    needs: Mapping[str, Set[str]],
    longest: Sequence[str] = (),
    workers: int = 1,
) -> Iterator[T]:
    """What each row came to, in the order of `rows`, with up to `workers` of them under way.

    The longest begin first, so that none of them is left alone at the end. The first row that raises ends it all: rows
    that have not begun are dropped, those under way are waited for.
    """
    first = {name: rank for rank, name in enumerate(longest)}
    waiting = sorted(rows, key=lambda row: first.get(row, len(first)))
    begun: dict[str, Future[T]] = {}
    pool = ThreadPoolExecutor(workers, "row")

    def begin() -> None:
        for row in waiting[:]:
            needed = needs.get(row, frozenset()) & set(rows)
            if all(map(is_done, needed)):
                begun[row] = pool.submit(play, row, {each: begun[each].result() for each in needed})
                waiting.remove(row)

    def is_done(row: str) -> bool:
        return row in begun and begun[row].done()

    try:
        begin()
        for row in rows:
            while not is_done(row):
                wait([each for each in begun.values() if not each.done()], return_when=FIRST_COMPLETED)
                begin()
            yield begun[row].result()
    finally:
        pool.shutdown(cancel_futures=True)
