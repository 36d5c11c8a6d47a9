"""The table of fields against the platform's definitions, which `scripts/string_fields.py` has read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from validator.stories.places import PLACES, Place, Treatment, place_of

FIELDS: dict[str, list[str]] = json.loads((Path(__file__).parent / "string_fields.json").read_text(encoding="utf-8"))[
    "fields"
]
ROWS = {(kind, path): place_of(kind, tuple(path.split("."))) for kind, paths in FIELDS.items() for path in paths}
DROPPED = {"execution.cache.key"}
"""Fields that people write and the definitions do not have."""


@pytest.mark.parametrize("kind", FIELDS)
def test_each_field_has_a_row(kind: str) -> None:
    assert [path for path in FIELDS[kind] if ROWS[kind, path] is None] == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.kinds[0]}-{place.pattern}")
def test_each_row_has_a_field(place: Place) -> None:
    speaks = any(place is row for row in ROWS.values())
    assert speaks or (place.pattern in DROPPED and place.kinds == ("EngramTemplate",))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.kinds[0]}-{place.pattern}")
def test_only_what_is_evaluated_has_an_evaluation(place: Place) -> None:
    assert (place.field is not None) is (place.treatment is Treatment.EVALUATED)


@pytest.mark.parametrize(
    ("kind", "path", "treatment"),
    [
        ("Story", "steps.*.if", Treatment.EVALUATED),
        ("Story", "finally.*.execution.cache.key", Treatment.EVALUATED),
        ("Story", "finally.*.execution.cache.salt", Treatment.LITERAL),
        ("Story", "compensations.*.execution.retry.delay", Treatment.REFUSED),
        ("Story", "transports.*.streaming.routing.rules.*.when", Treatment.EVALUATED),
        ("Story", "transports.*.streaming.recording.redactFields.*", Treatment.DOTTED),
        ("Story", "transports.*.settings", Treatment.UNKNOWN),
        ("Transport", "streaming.partitioning.key", Treatment.DOTTED),
        ("Engram", "secrets.token", Treatment.LITERAL),
        ("EngramTemplate", "inputSchema", Treatment.DEFAULTS),
        ("EngramTemplate", "secretSchema.*.description", Treatment.UNKNOWN),
        ("Impulse", "mapping", Treatment.UNKNOWN),
    ],
)
def test_the_most_special_row_holds(kind: str, path: str, treatment: Treatment) -> None:
    place = place_of(kind, tuple(path.split(".")))
    assert place is not None
    assert place.treatment is treatment


def test_a_field_that_nobody_knows_has_no_row() -> None:
    assert place_of("Story", ("steps", "*", "iff")) is None
