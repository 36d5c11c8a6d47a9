"""JSON pointers: names unescaped in one place, and followed within a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import validator
from validator.schemas.pointers import names, resolve_locally

SCHEMA: dict[str, Any] = {"definitions": {"a/b": {"type": "string"}, "m~n": [{"type": "null"}], "": {"x": 1}}}


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("", ()),
        ("/", ("",)),
        ("/a~1b/m~0n", ("a/b", "m~n")),
        ("/~01", ("~1",)),
        ("/a//b", ("a", "", "b")),
    ],
)
def test_names(pointer: str, expected: tuple[str, ...]) -> None:
    assert names(pointer) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("#", SCHEMA),
        ("#/definitions/a~1b", {"type": "string"}),
        ("#/definitions/m~0n/0", {"type": "null"}),
        ("#/definitions//x", 1),
        ("#/definitions/m~0n/1", None),
        ("#/definitions/m~0n/²", None),
        ("#/definitions/a", None),
        ("other.json#/definitions", None),
        (1, None),
    ],
)
def test_a_reference_is_followed(reference: object, expected: object) -> None:
    assert resolve_locally(SCHEMA, reference) == expected


def test_pointers_are_read_in_one_place() -> None:
    """A second place would forget an escape, as `explore/places.py` forgot the items of lists."""
    package = Path(validator.__file__).parent
    readers = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if '.replace("~1"' in path.read_text(encoding="utf-8")
    ]

    assert readers == ["schemas/pointers.py"]
