"""Rows side by side: told in their own order, each after those that it needs, whatever takes how long."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.checks.streaming.schedule import in_order

ROWS = ["a", "b", "c", "d", "e"]


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, set[str]]:
    """Each row may need some of those before it."""
    return {row: draw(st.sets(st.sampled_from(ROWS[:number]))) for number, row in enumerate(ROWS) if number}


@given(graphs(), st.permutations(ROWS), st.integers(1, 6))
def test_rows_are_told_in_their_order_and_know_what_they_need(
    needs: dict[str, set[str]], longest: list[str], workers: int
) -> None:
    def play(row: str, needed: Mapping[str, str]) -> str:
        assert needed == {each: each.upper() for each in needs.get(row, set())}
        return row.upper()

    assert list(in_order(ROWS, play, needs=needs, longest=longest, workers=workers)) == ["A", "B", "C", "D", "E"]


def test_rows_run_side_by_side() -> None:
    together = threading.Barrier(3, timeout=30)

    def play(row: str, _: Mapping[str, str]) -> str:
        together.wait()
        return row

    assert list(in_order(ROWS[:3], play, needs={}, workers=3)) == ROWS[:3]


def test_a_row_waits_for_no_row_that_it_does_not_need() -> None:
    done = threading.Event()

    def play(row: str, _: Mapping[str, str]) -> str:
        # `a` ends only after `c`, which needs `b` alone.
        assert row != "a" or done.wait(30)
        if row == "c":
            done.set()
        return row

    assert list(in_order(["a", "b", "c"], play, needs={"c": {"b"}}, workers=2)) == ["a", "b", "c"]


def test_needs_that_are_not_played_are_not_waited_for() -> None:
    def play(row: str, needed: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        return row, dict(needed)

    assert list(in_order(["b"], play, needs={"b": {"a"}})) == [("b", {})]


def test_a_row_that_raises_ends_the_others() -> None:
    played = []

    def play(row: str, _: Mapping[str, str]) -> str:
        played.append(row)
        if row == "a":
            raise OSError("no daemon")
        return row

    with pytest.raises(OSError, match="no daemon"):
        list(in_order(ROWS, play, needs={row: {"a"} for row in ROWS[1:]}))
    assert played == ["a"]
