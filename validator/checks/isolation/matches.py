"""Where a text turns up in what left an engram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from validator.checks.isolation.encodings import Forms, forms
from validator.checks.isolation.surfaces import Place, Surface, leaves
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


def _within(surface: Surface, wanted: Forms) -> Iterator[tuple[Path, str]]:
    if wanted.found_in(surface.whole) is not None:
        found = False
        for path, text in surface.words:
            encoding = wanted.found_in(text)
            if encoding is not None:
                found = True
                yield path, encoding
        if found:
            return
    if surface.place is Place.LOG:
        return
    if wanted.text.isdecimal():
        yield from ((path, "as a number") for path, leaf in leaves(surface.value) if _is_number(leaf, wanted.text))
    texts = [text for _, text in surface.texts]
    across = wanted.found_across(texts)
    pieces = tuple(range(across[0], across[1] + 1)) if across else wanted.pieces_in(texts)
    if pieces:
        paths = [surface.texts[index][0] for index in pieces]
        yield _common(paths), f"split over {len(paths)} fields"


def _is_number(leaf: Json, text: str) -> bool:
    """Whether a number is the one that is written so."""
    return isinstance(leaf, int | float) and not isinstance(leaf, bool) and str(leaf) == text


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
