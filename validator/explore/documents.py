"""Places inside a JSON document: its leaves, and a copy of it with one place left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice

from validator.findings import Json, Path
from validator.schemas.pointers import replaced

MOST = 1000
"""Leaves that make up the shape of a document."""


def leaves(document: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Each value that holds no other, with its path; empty objects and arrays are leaves too."""
    if isinstance(document, dict) and document:
        for key, member in document.items():
            yield from leaves(member, (*path, key))
    elif isinstance(document, list) and document:
        for index, item in enumerate(document):
            yield from leaves(item, (*path, index))
    else:
        yield path, document


def containers(document: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Each object and array that is not empty, outermost first."""
    if isinstance(document, dict | list) and document:
        yield path, document
        members = document.items() if isinstance(document, dict) else enumerate(document)
        for key, member in members:
            yield from containers(member, (*path, key))


def value_at(document: Json, path: Path) -> Json:
    """The value at a path. Raises LookupError where there is none."""
    for step in path:
        match document, step:
            case dict(), str():
                document = document[step]
            case list(), int():
                document = document[step]
            case _:
                raise LookupError(path)
    return document


def present(document: Json, path: Path) -> bool:
    """Whether a document has a value at a path."""
    try:
        value_at(document, path)
    except LookupError:
        return False
    return True


def without(document: Json, path: Path) -> Json:
    """A copy that lacks the member or item at a path. Raises LookupError where there is none."""
    *parent, last = path
    inside = value_at(document, tuple(parent))
    if isinstance(inside, dict) and last in inside:
        return replaced(document, tuple(parent), {key: member for key, member in inside.items() if key != last})
    if isinstance(inside, list) and isinstance(last, int) and last < len(inside):
        return replaced(document, tuple(parent), [*inside[:last], *inside[last + 1 :]])
    raise LookupError(path)


def shape(document: Json) -> str:
    """The same for documents that differ in values alone: each path with the kind of its value, all items as one."""
    found = {(*_names(path), type(value).__name__) for path, value in islice(leaves(document), MOST)}
    return hashlib.sha256(repr(sorted(found)).encode("utf-8", "replace")).hexdigest()[:16]


def _names(path: Path) -> Iterator[str]:
    return ("[]" if isinstance(step, int) else step for step in path)
