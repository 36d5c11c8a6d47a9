"""What an engram refuses teaches the next try: a key, a word or a beginning that its error names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from validator.explore.candidates import Source
from validator.explore.lessons import MOST, lessons
from validator.explore.search import Observation, explore
from validator.findings import Json

SCHEMA: Json = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string"},
        "voice": {"type": "string"},
        "speed": {"type": "number", "maximum": 4},
    },
}
GIVEN: dict[str, Json] = {"text": "hi"}
TAUGHT = [
    ("`voice` is required", ["voice"]),
    ("missing field: speed", ["speed"]),
    ('invalid input: text must start with "Hello, "', ["Hello, hi"]),
    ('invalid input: text must start with \\"Hello, \\"', ["Hello, hi"]),
    ("text must be one of: en, de or fr", ["en", "de", "fr"]),
    ("unsupported text \"hi\"; allowed values are ['en', 'de']", ["en", "de"]),
    ("something went wrong", []),
    ("", []),
]


@pytest.mark.parametrize(("refusal", "found"), TAUGHT)
def test_a_refusal_suggests_inputs(refusal: str, found: list[str]) -> None:
    made = [each.changes[0] for each in lessons(SCHEMA, GIVEN, refusal)]

    assert [path[0] if path != ("text",) else value for path, value in made] == found


def test_a_refusal_suggests_few_inputs_and_none_that_the_schema_forbids() -> None:
    assert len(list(lessons(SCHEMA, GIVEN, f"text must be one of {', '.join('abcdefgh')}"))) == MOST
    assert list(lessons({**SCHEMA, "properties": {"text": {"maxLength": 2}}}, GIVEN, "must start with 'Hello'")) == []  # type: ignore[dict-item]


def stubborn(inputs: Mapping[str, Any]) -> str:
    """Wants a voice that its schema does not name."""
    if "voice" not in inputs:
        return "input `voice` is required"
    return "" if inputs["voice"] in {"anna", "otto"} else "voice: expected one of anna, otto"


def test_an_engram_that_refuses_all_samples_is_reached_by_what_it_says() -> None:
    def probe(inputs: Mapping[str, Json]) -> Observation:
        refusal = stubborn(inputs)
        return Observation(not refusal, frozenset({"found"} if not refusal and len(inputs) == 3 else ()), refusal)

    found = explore(SCHEMA, probe)

    assert found.reached > 0
    assert [fault.cause for fault in found.faults] == ["found"]
    assert {each.source for each in found.lessons} == {Source.TAUGHT}
