"""Inputs to try, in order: what somebody wrote, the least, one optional member at a time, then edges, then chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, zip_longest

from validator.explore.boundaries import boundaries, lengths
from validator.explore.documents import containers, leaves, without
from validator.explore.places import place
from validator.findings import Json, Path
from validator.schemas.pointers import replaced
from validator.schemas.profile import WEBHOOK
from validator.schemas.samples import full, minimal, other
from validator.schemas.validation import is_instance

ALTERNATIVES = 4
"""Full samples that take other members of enums and other alternatives."""

WORDS = 6
"""Words of enums that are tried by themselves; a longer `enum` is a list of data."""


class Source(StrEnum):
    """Where an input comes from."""

    STORY = "a story of the workspace"
    AUTHOR = "an example in the schema"
    CORPUS = "what earlier runs kept"
    LEAST = "the least that the schema demands"
    OPTION = "one optional member"
    FULL = "all that the schema offers"
    TAUGHT = "what a refusal of other inputs asks for"
    EDGE = "values at the edge of the schema"
    LENGTH = "another length of an array"
    ABSENT = "all but one member"
    ORDER = "packets in another order, with hooks and gaps between"
    CHANCE = "search"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Inputs to try, and what they change in a document that is known already."""

    inputs: Mapping[str, Json]
    source: Source
    base: Json = None
    changes: tuple[tuple[Path, Json], ...] = ()
    """Where it differs from `base`, if it was made by changing one."""


def written(schema: Json, literals: Iterable[Mapping[str, Json]]) -> Iterator[Candidate]:
    """What stories and the schema's author wrote."""
    for inputs in literals:
        yield Candidate(inputs, Source.STORY)
    for inputs in _examples(schema):
        yield Candidate(inputs, Source.AUTHOR)


def remembered(schema: Json, corpus: Iterable[Mapping[str, Json]]) -> Iterator[Candidate]:
    """What earlier runs kept, as far as the schema still allows it."""
    for inputs in corpus:
        if is_instance(schema, dict(inputs), profile=WEBHOOK):
            yield Candidate(inputs, Source.CORPUS)


def plain(schema: Json) -> Iterator[Candidate]:
    """The least, that with each optional member by itself, and the fullest."""
    least, fullest = minimal(schema), full(schema)
    if isinstance(least, dict):
        yield Candidate(least, Source.LEAST)
    if isinstance(fullest, dict):
        yield Candidate(fullest, Source.FULL)
    for number in range(1, ALTERNATIVES):
        sample = other(schema, number)
        if isinstance(sample, dict):
            yield Candidate(sample, Source.FULL)
    if isinstance(least, dict) and isinstance(fullest, dict):
        for key, member in fullest.items():
            if key not in least:
                yield Candidate({**least, key: member}, Source.OPTION)
        yield from _words(schema, least, fullest)


def _words(schema: Json, least: Mapping[str, Json], fullest: Mapping[str, Json]) -> Iterator[Candidate]:
    """The least with each word of an optional `enum` by itself: a branch may be for it where all else is missing."""
    found: list[Candidate] = []
    for key in fullest:
        listed = place(schema, (key,)).get("enum")
        if key not in least and isinstance(listed, list) and len(listed) <= WORDS:
            found += [Candidate({**least, key: word}, Source.OPTION) for word in listed if word != fullest[key]]
    yield from found[:WORDS]


def settings(schema: Json, config: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """The config with one more optional key: never all of them, since options of a program exclude each other."""
    fullest = full(schema)
    rows: list[list[Mapping[str, Json]]] = []
    for key, member in fullest.items() if isinstance(fullest, dict) else ():
        listed = place(schema, (key,)).get("enum")
        values = listed if isinstance(listed, list) and len(listed) <= WORDS else [member]
        rows.append([{**config, key: value} for value in values] if key not in config else [])
    for candidate in chain.from_iterable(zip_longest(*rows)):
        if candidate is not None and is_instance(schema, dict(candidate), profile=WEBHOOK):
            yield candidate


def edges(schema: Json, base: Json) -> Iterator[Candidate]:
    """Copies of `base` with an edge value at every leaf at once: as many as the leaf with most of them has."""
    for row in _rows(schema, base):
        changes = [change for change in row if change is not None]
        candidate = changed(schema, base, changes, Source.EDGE)
        if candidate is not None:
            yield candidate


def neighbours(schema: Json, base: Json) -> Iterator[Candidate]:
    """Copies of `base` with an edge value at one leaf: what led to what it showed stays."""
    for row in _rows(schema, base):
        for change in row:
            candidate = changed(schema, base, [change], Source.EDGE) if change is not None else None
            if candidate is not None:
                yield candidate


def _rows(schema: Json, base: Json) -> Iterator[tuple[tuple[Path, Json] | None, ...]]:
    """The first edge value of every leaf, then the second; None for a leaf that has no more."""
    columns: list[list[tuple[Path, Json]]] = []
    for path, value in leaves(base):
        values = [each for each in boundaries(place(schema, path), value) if _fits(schema, base, [(path, each)])]
        columns.append([(path, each) for each in values])
    yield from zip_longest(*columns)


def shapes(schema: Json, base: Json) -> Iterator[Candidate]:
    """Copies of `base` with arrays of other lengths, and with one member left out."""
    for path, value in containers(base):
        if isinstance(value, list):
            yield from _lengths(schema, base, path, value)
    for path, value in containers(base):
        for key in value if isinstance(value, dict) else ():
            shorter = without(base, (*path, key))
            if isinstance(shorter, dict) and is_instance(schema, shorter, profile=WEBHOOK):
                yield Candidate(shorter, Source.ABSENT)


def _lengths(schema: Json, base: Json, path: Path, array: list[Json]) -> Iterator[Candidate]:
    for length in lengths(place(schema, path)):
        if length != len(array):
            candidate = changed(schema, base, [(path, [array[0]] * length)], Source.LENGTH)
            if candidate is not None:
                yield candidate


def halves(schema: Json, candidate: Candidate) -> Iterator[Candidate]:
    """A candidate's changes in two parts: one part may be refused for a value that only the other holds."""
    middle = len(candidate.changes) // 2
    for part in (candidate.changes[:middle], candidate.changes[middle:]) if middle else ():
        smaller = changed(schema, candidate.base, part, candidate.source)
        if smaller is not None:
            yield smaller


def changed(schema: Json, base: Json, changes: Sequence[tuple[Path, Json]], source: Source) -> Candidate | None:
    """`base` with as many of the changes as the schema allows together; None where that is none."""
    subset: list[tuple[Path, Json]] = []
    if _fits(schema, base, changes):
        subset = list(changes)
    else:
        for change in changes:
            if _fits(schema, base, [*subset, change]):
                subset.append(change)
    inputs = _with(base, subset)
    return Candidate(inputs, source, base, tuple(subset)) if subset and isinstance(inputs, dict) else None


def _with(base: Json, changes: Iterable[tuple[Path, Json]]) -> Json:
    for path, value in changes:
        base = replaced(base, path, value)
    return base


def _fits(schema: Json, base: Json, changes: Sequence[tuple[Path, Json]]) -> bool:
    return is_instance(schema, _with(base, changes), profile=WEBHOOK)


def _examples(schema: Json) -> Iterator[Mapping[str, Json]]:
    """Whole documents that the schema gives as examples."""
    known = schema if isinstance(schema, dict) else {}
    listed = known.get("examples")
    for example in (*(listed if isinstance(listed, list) else ()), known.get("example"), known.get("default")):
        if isinstance(example, dict) and is_instance(schema, example, profile=WEBHOOK):
            yield example
