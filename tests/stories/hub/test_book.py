"""What is kept of many packets: all counts are right, and only some packets are there in full."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.stories.hub.accounts import Book, Keep, kind_of
from validator.stories.hub.engrams import HubEngram
from validator.stories.hub.ledger import final
from validator.stories.hub.mocks import Answer
from validator.stories.hub.outcomes import Cause, Delivery, Emission, HopStatus, Outcome
from validator.stories.hub.packets import Packet
from validator.stories.hub.play import Ends, Event, connected, play
from validator.stories.hub.run import Run

_STATUSES = [
    (HopStatus.DELIVERED, None),
    (HopStatus.FILTERED, Cause.CONDITION),
    (HopStatus.DROPPED, Cause.EMPTY),
    (HopStatus.BUFFERED, None),
]
_OUTCOMES = st.lists(st.tuples(st.integers(0, 8), st.sampled_from("bc"), st.sampled_from(_STATUSES)))


@given(_OUTCOMES)
def test_without_a_limit_it_is_the_last_outcome_of_each_way(
    steps: list[tuple[int, str, tuple[HopStatus, Cause]]],
) -> None:
    outcomes = [Outcome(str(name), "a", to, status, 0.0, cause) for name, to, (status, cause) in steps]
    book = Book()
    book.outcomes(outcomes)
    account = book.account()
    assert account.outcomes == tuple(final(outcomes).values())
    assert account.ways == Counter(map(kind_of, final(outcomes).values()))


@given(st.lists(st.tuples(st.sampled_from("bc"), st.sampled_from(_STATUSES)), max_size=60), st.integers(1, 4))
def test_counts_are_right_whatever_is_kept(steps: list[tuple[str, tuple[HopStatus, Cause]]], most: int) -> None:
    outcomes = [Outcome(str(name), "a", to, status, 0.0, cause) for name, (to, (status, cause)) in enumerate(steps)]
    book = Book(Keep(most))
    book.outcomes(outcomes)
    account = book.account()
    assert account.ways == Counter(map(kind_of, outcomes))
    kept = Counter(map(kind_of, account.outcomes))
    for kind, count in account.ways.items():
        assert kept[kind] == (count if kind[2] is HopStatus.BUFFERED else min(count, most))


def test_the_first_losses_and_the_last_deliveries_are_kept() -> None:
    book = Book(Keep(1))
    for name in "123":
        book.outcomes(
            [Outcome(name, "a", "b", HopStatus.DELIVERED, 0.0), Outcome(name, "a", "c", HopStatus.DROPPED, 0.0)]
        )
    assert [(one.packet, one.target) for one in book.account().outcomes] == [("1", "c"), ("3", "b")]


def test_what_was_forgotten_may_still_be_lost() -> None:
    book = Book(Keep(1))
    book.outcomes(Outcome(name, "a", "b", HopStatus.DELIVERED, 0.0) for name in "123")
    book.outcomes([Outcome("1", "a", "b", HopStatus.DROPPED, 1.0, Cause.ENGRAM_ENDED)])
    assert book.account().ways == {
        ("a", "b", HopStatus.DELIVERED, None): 2,
        ("a", "b", HopStatus.DROPPED, Cause.ENGRAM_ENDED): 1,
    }


def test_an_edge_and_a_step_of_which_a_case_says_something_are_kept_whole() -> None:
    book = Book(Keep(1, frozenset({("a", "b")}), frozenset({"a"})))
    for name in "12":
        for target in "bc":
            book.delivery(Delivery(target, Packet(name), 0.0, "a"))
        for source in "ab":
            book.emission(Emission(source, Packet(name), 0.0))
    account = book.account()
    assert [(one.packet.id, one.target) for one in account.deliveries] == [("1", "b"), ("2", "b"), ("2", "c")]
    assert [(one.packet.id, one.source) for one in account.emissions] == [("1", "a"), ("2", "a"), ("2", "b")]
    assert (account.delivered, account.emitted) == ({("a", "b"): 2, ("a", "c"): 2}, {"a": 2, "b": 2})


STORY = {
    "pattern": "realtime",
    "steps": [
        {"name": "a", "ref": {"name": "e"}},
        {"name": "b", "ref": {"name": "e"}, "needs": ["a"], "runtime": {"x": "{{ packet.x }}"}},
        {"name": "c", "ref": {"name": "e"}, "needs": ["b"], "if": "{{ eq packet.x 2 }}"},
    ],
}


def test_each_of_several_times_has_a_number() -> None:
    sent = Event(1.0, "send", "a", Packet("p", {"x": 1}), times=3)
    played = play(Run(STORY, {"e": HubEngram("e")}), [*connected(Run(STORY)), sent], {}, Ends())  # type: ignore[arg-type]
    assert [one.packet.id for one in played.deliveries] == ["p.1", "p.2", "p.3"]


@pytest.mark.slow
def test_memory_does_not_grow_with_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validator.stories.hub.play.MOST_OPEN", 50)
    run = Run(STORY, {"e": HubEngram("e")})  # type: ignore[arg-type]
    peaks = []
    for times in (200, 1_000):
        sent = Event(1.0, "send", "a", Packet("p", {"x": 1}), times=times)
        tracemalloc.start()
        answers = {"b": [Answer(0.0, {"x": "{{ packet.x }}"})]}
        played = play(run, [*connected(run), sent], answers, Ends(), keep=Keep(20))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert played.account.delivered == {("a", "b"): times}
        assert sum(played.account.ways.values()) == 2 * times
        assert played.problems == ()
    assert peaks[1] < 2 * peaks[0], peaks
