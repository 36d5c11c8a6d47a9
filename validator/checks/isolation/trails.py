"""Where a text turns up in what left an engram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from validator.checks.isolation.encodings import Forms, forms
from validator.checks.isolation.surfaces import Place, Surface
from validator.findings import Json, Path


@dataclass(frozen=True, slots=True)
class Trail:
    """One place at which a text was seen."""

    surface: Surface
    path: Path
    encoding: str
    """`plain`, `base64`, …, or over which fields it was split."""

    @property
    def spot(self) -> tuple[Place, Path]:
        """The place without the positions in arrays: two runs rarely agree on those."""
        return self.surface.place, general(self.path)


def trails(surfaces: Sequence[Surface], text: str) -> Iterator[Trail]:
    """Every place that holds a text, once, in whatever form."""
    wanted = forms(text)
    seen: set[tuple[Place, Path]] = set()
    for surface in surfaces:
        for path, encoding in _within(surface, wanted):
            trail = Trail(surface, path, encoding)
            if trail.spot not in seen:
                seen.add(trail.spot)
                yield trail


def numbers(surfaces: Sequence[Surface], number: float) -> Iterator[Trail]:
    """Every place that holds exactly a number; never a log, where numbers mean anything."""
    seen: set[tuple[Place, Path]] = set()
    for surface in surfaces:
        if surface.place is Place.LOG:
            continue
        for path, leaf in leaves(surface.value):
            if isinstance(leaf, int | float) and not isinstance(leaf, bool) and leaf == number:
                trail = Trail(surface, path, "plain")
                if trail.spot not in seen:
                    seen.add(trail.spot)
                    yield trail


def general(path: Path) -> Path:
    """A path without the positions in arrays."""
    return tuple(part for part in path if isinstance(part, str))


def leaves(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Everything in a document that is no object and no array, with its path."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from leaves(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def names(value: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every member name in a document, with the path of the member: a name can leak as well as a value."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield (*path, name), name
            yield from names(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from names(item, (*path, index))


def _within(surface: Surface, wanted: Forms) -> Iterator[tuple[Path, str]]:
    texts = [(path, leaf) for path, leaf in leaves(surface.value) if isinstance(leaf, str)]
    found = False
    for path, text in (*texts, *names(surface.value)):
        encoding = wanted.found_in(text)
        if encoding is not None:
            found = True
            yield path, encoding
    if found or surface.place is Place.LOG:
        return
    whole = [text for _, text in texts]
    across = wanted.found_across(whole)
    pieces = tuple(range(across[0], across[1] + 1)) if across else wanted.pieces_in(whole)
    if pieces:
        paths = [texts[index][0] for index in pieces]
        yield _common(paths), f"split over {len(paths)} fields"


def _common(paths: Sequence[Path]) -> Path:
    """The way that all paths share."""
    shared: Path = paths[0]
    for path in paths[1:]:
        length = next(
            (index for index, (one, other) in enumerate(zip(shared, path, strict=False)) if one != other),
            min(len(shared), len(path)),
        )
        shared = shared[:length]
    return shared
