"""Cutting a run: even, the same everywhere, and little moves when something is added."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.suite import shards
from validator.suite.shards import Shard

LENGTHS = st.dictionaries(st.text(min_size=1, max_size=8), st.floats(0.1, 60.0), max_size=60)
CATALOGUE = {f"engram-{index}@{version}": 5.0 + index % 17 for index in range(2000) for version in ("1", "2", "3")}


@given(LENGTHS, st.integers(1, 12))
def test_every_unit_is_in_one_shard(lengths: dict[str, float], count: int) -> None:
    parts = shards.cut(lengths, count)

    assert len(parts) == count
    assert sorted(name for part in parts for name in part) == sorted(lengths)


@given(LENGTHS, st.integers(1, 12))
def test_the_order_of_the_units_does_not_matter(lengths: dict[str, float], count: int) -> None:
    backwards = dict(reversed(lengths.items()))

    assert shards.cut(lengths, count) == shards.cut(backwards, count)
    assert shards.identity(lengths, count) == shards.identity(backwards, count)


@given(LENGTHS, st.integers(1, 12))
def test_no_shard_is_much_longer_than_it_must_be(lengths: dict[str, float], count: int) -> None:
    loads = [sum(lengths[name] for name in part) for part in shards.cut(lengths, count)]
    even, longest = sum(lengths.values()) / count, max(lengths.values(), default=0.0)

    assert max(loads) <= even + longest + 1e-6


@pytest.mark.parametrize("count", [4, 20, 64])
def test_a_large_catalogue_is_cut_evenly(count: int) -> None:
    parts = shards.cut(CATALOGUE, count)
    loads = [sum(CATALOGUE[name] for name in part) for part in parts]
    even = sum(CATALOGUE.values()) / count

    assert all(abs(load - even) <= 0.1 * even for load in loads), loads


def test_a_new_engram_moves_few_others() -> None:
    before = {name: index for index, part in enumerate(shards.cut(CATALOGUE, 20)) for name in part}
    after = {name: index for index, part in enumerate(shards.cut({**CATALOGUE, "new": 9.0}, 20)) for name in part}

    moved = [name for name in before if before[name] != after[name]]
    assert len(moved) < 0.1 * len(before)


@pytest.mark.parametrize(("text", "shard"), [("1/1", Shard(1, 1)), (" 2 / 4 ", Shard(2, 4))])
def test_a_shard_is_read(text: str, shard: Shard) -> None:
    assert shards.parse(text) == shard


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "2", "a/b", "-1/2", "1/0", "2/4/8"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a shard such as 2/4"):
        shards.parse(text)
