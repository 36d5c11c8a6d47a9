"""Tails stay within their bounds."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from validator.sandbox.logs import Tail


@given(st.lists(st.binary(max_size=40)), st.integers(0, 50))
def test_a_tail_is_the_end_of_all_that_was_fed(chunks: list[bytes], limit: int) -> None:
    tail = Tail(limit)
    for chunk in chunks:
        tail.feed(chunk)
    everything = b"".join(chunks)
    assert tail.bytes() == (everything[-limit:] if limit else b"")
    assert tail.total == len(everything)
    assert tail.log().truncated == (len(everything) > limit)


def test_memory_is_bounded() -> None:
    tail = Tail(1000)
    for _ in range(10_000):
        tail.feed(b"x" * 700)
    assert sum(map(len, tail._chunks)) <= 2000


def test_what_is_no_text_is_shown_as_such() -> None:
    tail = Tail(10)
    tail.feed(b"ok \xff")
    assert tail.log().text == "ok �"


@given(st.binary(max_size=20), st.binary(max_size=20), st.lists(st.integers(0, 45), max_size=5))
def test_a_wanted_word_is_seen_however_it_is_cut(before: bytes, after: bytes, cuts: list[int]) -> None:
    whole = before + b"needle" + after
    tail = Tail(0, (b"needle",))
    places = [0, *sorted(cuts), len(whole)]
    for start, end in itertools.pairwise(places):
        tail.feed(whole[start:end])
    assert tail.seen


def test_a_word_that_never_came_is_not_seen() -> None:
    tail = Tail(0, (b"needle",))
    tail.feed(b"need")
    tail.feed(b"y")
    assert not tail.seen
