"""Faults that the least and the fullest sample do not show: each is found, and shrunk to what a person writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from validator.explore.budget import QUICK, Budget
from validator.explore.chance import random_inputs
from validator.explore.search import Exploration, Observation, explore
from validator.findings import Json
from validator.schemas.validation import is_instance

Program = Callable[[Mapping[str, Any]], str]
"""From inputs to the cause that they bring out; empty where all is well. Raises ValueError to refuse them."""

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
ORDER = {
    "type": "object",
    "required": ["item"],
    "properties": {
        "item": {"type": "string", "minLength": 1},
        "count": {"type": "integer"},
        "kind": {"enum": ["small", "large", "huge"]},
        "since": {"type": "string", "format": "date-time"},
        "note": {"type": ["string", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "gift": {"type": "boolean"},
        "rush": {"type": "boolean"},
    },
}


def slug(inputs: Mapping[str, Any]) -> str:
    return "" if re.sub(r"\W", "", inputs["text"]) or not inputs["text"] else "empty slug"


def beyond(inputs: Mapping[str, Any]) -> str:
    return "two units" if any(ord(character) > 0xFFFF for character in inputs["text"]) else ""


def rounded(inputs: Mapping[str, Any]) -> str:
    count = inputs.get("count", 0)
    return "rounded" if int(float(count)) != count else ""


def huge(inputs: Mapping[str, Any]) -> str:
    return "huge" if inputs.get("kind") == "huge" else ""


def both(inputs: Mapping[str, Any]) -> str:
    return "both" if "gift" in inputs and "rush" in inputs else ""


def early(inputs: Mapping[str, Any]) -> str:
    return "negative" if inputs.get("since", "2000") < "1970" else ""


def single(inputs: Mapping[str, Any]) -> str:
    return "scalar" if len(inputs.get("tags", ())) == 1 else ""


def null(inputs: Mapping[str, Any]) -> str:
    return "null" if "note" in inputs and inputs["note"] is None else ""


def picky(inputs: Mapping[str, Any]) -> str:
    """Refuses most edges, so that the fault shows only where the other leaves are plain."""
    if not inputs["item"].isascii() or not inputs["item"].isalpha():
        raise ValueError("item must be a word")
    return rounded(inputs)


PLANTED = [
    (TEXT, slug, {"text": "!"}),
    (TEXT, beyond, {"text": "\N{GRINNING FACE}"}),
    (ORDER, rounded, {"item": "example", "count": 2**53 + 1}),
    (ORDER, huge, {"item": "example", "kind": "huge"}),
    (ORDER, both, {"item": "example", "gift": True, "rush": True}),
    (ORDER, early, {"item": "example", "since": "1969-12-31"}),  # RFC 3339 is not asked for by the platform
    (ORDER, single, {"item": "example", "tags": ["example"]}),
    (ORDER, null, {"item": "example", "note": None}),
    (ORDER, picky, {"item": "example", "count": 2**53 + 1}),
]


def run(schema: Json, program: Program, seed: int = 0, budget: Budget = QUICK) -> Exploration:
    def probe(inputs: Mapping[str, Json]) -> Observation:
        try:
            cause = program(inputs)
        except ValueError as error:
            return Observation(reached=False, refusal=str(error))
        return Observation(reached=True, causes=frozenset({cause} if cause else ()))

    return explore(schema, probe, chance=lambda: random_inputs(schema, QUICK.inputs, seed), budget=budget)


@pytest.mark.parametrize(("schema", "program", "smallest"), PLANTED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_fault_is_found_and_shrunk(schema: Json, program: Program, smallest: Json) -> None:
    seen = run(schema, program)

    assert [fault.inputs for fault in seen.faults] == [smallest]
    assert seen.tried <= QUICK.inputs


@pytest.mark.parametrize(("schema", "program"), [row[:2] for row in PLANTED], ids=[row[1].__name__ for row in PLANTED])
def test_three_seconds_of_docker_are_enough(schema: Json, program: Program) -> None:
    """A case costs 0.13 s there, so that the quick budget ends after 23 inputs."""
    refused = program is picky  # its refusals are tried in halves

    assert run(schema, program, budget=Budget(50 if refused else 23, QUICK.seconds)).faults


@pytest.mark.parametrize("schema", [TEXT, ORDER], ids=["text", "order"])
def test_every_input_is_one_that_the_schema_takes(schema: Json) -> None:
    tried: list[Json] = []

    def probe(inputs: Mapping[str, Json]) -> Observation:
        tried.append(dict(inputs))
        return Observation(reached=True)

    explore(schema, probe, chance=lambda: random_inputs(schema, QUICK.inputs, 1), budget=Budget(QUICK.inputs, 300.0))

    assert len(tried) == QUICK.inputs
    assert all(is_instance(schema, inputs) for inputs in tried)
    assert len({repr(inputs) for inputs in tried}) == QUICK.inputs


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_gives_the_same_inputs(seed: int) -> None:
    once, again = (list(random_inputs(ORDER, 30, seed)) for _ in range(2))

    assert repr(once) == repr(again)
    assert once


def test_a_good_program_gives_nothing() -> None:
    seen = run(ORDER, lambda _: "")

    assert seen.faults == []
    assert seen.reached == seen.tried == QUICK.inputs


def test_refusals_are_counted_with_their_reasons() -> None:
    seen = run(ORDER, picky)

    assert list(seen.refusals) == ["item must be a word"]
    assert 0 < seen.reached < seen.tried
