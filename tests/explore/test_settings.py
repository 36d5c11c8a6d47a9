"""Other configurations: one key more than the case has, never all of them."""

from __future__ import annotations

import pytest

from validator.explore.candidates import settings
from validator.findings import Json

SCHEMA: Json = {
    "type": "object",
    "required": ["model"],
    "properties": {
        "model": {"type": "string"},
        "style": {"enum": ["plain", "loud"]},
        "depth": {"type": "integer", "minimum": 3},
        "strict": {"type": "boolean"},
    },
}


def test_each_has_one_key_more_and_each_word_comes_up() -> None:
    given: dict[str, Json] = {"model": "small", "strict": False}

    found = list(settings(SCHEMA, given))

    assert [each.keys() - given.keys() for each in found] == [{"style"}, {"depth"}, {"style"}]
    assert sorted(str(each["style"]) for each in found if "style" in each) == ["loud", "plain"]
    assert all(each.items() >= given.items() for each in found)


def test_what_the_schema_forbids_together_is_left_out() -> None:
    exclusive: Json = {**SCHEMA, "maxProperties": 1}  # type: ignore[dict-item]

    assert list(settings(exclusive, {"model": "small"})) == []


@pytest.mark.parametrize("schema", [None, True, {}, {"type": "object"}, {"type": "string"}])
def test_a_schema_without_keys_has_no_other_configuration(schema: Json) -> None:
    assert list(settings(schema, {})) == []
