"""Samples that are asked for again are the same ones, and none is made before its turn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from validator.findings import Json
from validator.schemas import sample_cache
from validator.schemas.sample_cache import SampleCache
from validator.schemas.samples import each_sample, samples

_SCHEMA: dict[str, Json] = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "boolean"}},
}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8])
@pytest.mark.parametrize("asked", [[8], [1, 8], [8, 1, 8], [0, 2, 3]])
def test_what_was_asked_before_changes_no_sample(count: int, asked: list[int]) -> None:
    cache = SampleCache()
    for most in asked:
        list(islice(cache.samples(_SCHEMA, [], count), most))
    assert list(cache.samples(_SCHEMA, [], count)) == list(samples({**_SCHEMA, "allOf": []}, count))


def test_one_walk_within_another_misses_nothing() -> None:
    row = SampleCache().samples(_SCHEMA, [], 4)
    every = list(samples({**_SCHEMA, "allOf": []}, 4))
    assert [(one, two) for one in row for two in row] == [(one, two) for one in every for two in every]


def test_each_sample_is_made_once_and_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Json] = []

    def noted(schema: Json, count: int) -> Iterator[Json]:
        for sample in each_sample(schema, count):
            made.append(sample)
            yield sample

    monkeypatch.setattr(sample_cache, "each_sample", noted)
    cache = SampleCache()
    first = next(iter(cache.samples(_SCHEMA, [], 4)))
    assert made == [first]
    assert next(iter(cache.samples(dict(_SCHEMA), [], 4))) == first
    assert made == [first]
