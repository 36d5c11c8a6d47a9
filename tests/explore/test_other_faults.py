"""Faults of the same spirit as the planted ones, that nothing in the search was made for; and good programs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.depth import examples
from validator.explore.budget import Budget
from validator.explore.chance import random_inputs
from validator.explore.search import Exploration, Observation, explore
from validator.findings import Json
from validator.schemas.validation import is_instance

Program = Callable[[Mapping[str, Any]], bool]
"""Whether inputs bring the fault out."""
QUICK = Budget(50, 60.0)
"""As many inputs as `--explore quick`; time is no matter here, since a busy machine must not change what is found."""

TICKET: Json = {
    "type": "object",
    "required": ["title", "author"],
    "properties": {
        "title": {"type": "string", "maxLength": 40},
        "author": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", "minLength": 1}, "email": {"type": "string", "format": "email"}},
        },
        "priority": {"type": "integer", "minimum": 1, "maximum": 5},
        "state": {"type": "string", "enum": ["open", "closed", "waiting"]},
        "labels": {"type": "array", "items": {"type": "string"}, "maxItems": 4},
        "due": {"type": "string", "format": "date-time"},
        "estimate": {"type": "number"},
        "parent": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "private": {"type": "boolean"},
        "note": {"type": ["string", "null"]},
    },
}


def title(inputs: Mapping[str, Any]) -> str:
    return str(inputs["title"])


OTHER: list[tuple[str, Program, dict[str, Any]]] = [
    ("a title as long as it may be", lambda i: len(title(i)) >= 40, {}),
    ("no labels", lambda i: i.get("labels") == [], {"labels": []}),
    ("as many labels as may be", lambda i: len(i.get("labels", ())) == 4, {}),
    ("the greatest priority", lambda i: i.get("priority") == 5, {"priority": 5}),
    ("a negative estimate", lambda i: i.get("estimate", 0) < 0, {}),
    ("an estimate that is huge", lambda i: i.get("estimate", 0) > 1e200, {}),
    ("a title that ends with a space", lambda i: title(i) != title(i).strip(), {}),
    ("letters that are composed", lambda i: unicodedata.normalize("NFC", title(i)) != title(i), {}),
    ("another alternative", lambda i: isinstance(i.get("parent"), int), {}),
    ("a nested optional member", lambda i: "email" in i["author"], {}),
    ("a line break", lambda i: "\n" in title(i), {}),
    ("right to left", lambda i: any(unicodedata.bidirectional(char) == "R" for char in title(i)), {}),
    ("private and waiting", lambda i: i.get("private") is True and i.get("state") == "waiting", {}),
    ("closed without a due day", lambda i: i.get("state") == "closed" and "due" not in i, {}),
    ("beyond 2038", lambda i: i.get("due", "") > "2038-01-19", {}),
    ("a name in capitals", lambda i: i["author"]["name"].isupper(), {}),
    ("markup", lambda i: bool(re.search(r"[<>&]", title(i))), {}),
    ("a title of a word such as null", lambda i: title(i) in {"null", "0", ""}, {}),
    ("a note that is null", lambda i: "note" in i and i["note"] is None, {}),
]


def run(schema: Json, shows: Program, seed: int = 0) -> Exploration:
    def probe(inputs: Mapping[str, Json]) -> Observation:
        return Observation(reached=True, causes=frozenset({"fault"} if shows(inputs) else ()))

    return explore(schema, probe, chance=lambda: random_inputs(schema, QUICK.inputs, seed), budget=QUICK)


@pytest.mark.parametrize(("shows", "more"), [row[1:] for row in OTHER], ids=[row[0] for row in OTHER])
def test_a_fault_of_the_same_spirit_is_found(shows: Program, more: dict[str, Any]) -> None:
    found = run(TICKET, shows)

    (fault,) = found.faults
    assert shows(fault.inputs)
    assert found.tried <= QUICK.inputs
    # What a person would write has no member that does not matter.
    needless = [
        key for key in fault.inputs if key not in {"title", "author"} and not _matters(shows, fault.inputs, key)
    ]
    assert needless == []
    assert fault.inputs == fault.inputs | more


def _matters(shows: Program, inputs: Mapping[str, Any], key: str) -> bool:
    return not shows({name: value for name, value in inputs.items() if name != key})


GOOD: list[Json] = [
    TICKET,
    {"type": "object", "properties": {}},
    {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "pattern": "^[a-z]{3}-[0-9]+$"}}},
    {"type": "object", "properties": {"list": {"type": "array", "minItems": 2, "items": {"type": "number"}}}},
    {"type": "object", "properties": {"when": {"type": "string", "format": "date"}}},
    {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}, "size": {"enum": [1, 2, 3]}}},
    {"type": "object", "additionalProperties": {"type": "string"}},
    {"type": "object", "properties": {"tree": {"type": "object", "properties": {"leaf": {"type": "boolean"}}}}},
    {"type": "object", "properties": {"port": {"type": "integer", "minimum": 1, "maximum": 65535}}},
    {"type": "object", "required": ["a"], "properties": {"a": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}},
]


@pytest.mark.parametrize("seed", range(examples(20)))
def test_good_programs_give_nothing(seed: int) -> None:
    """They break where an input breaks the schema, and nowhere else."""
    for schema in GOOD:
        found = run(schema, lambda inputs, schema=schema: not is_instance(schema, inputs), seed)  # type: ignore[misc]

        assert (found.faults, found.reached) == ([], found.tried)
