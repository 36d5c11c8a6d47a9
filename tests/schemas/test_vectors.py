"""Every record of the golden vectors: what the platform's own code answered."""

import json
from pathlib import Path
from typing import Any

import pytest

from validator.schemas.normalisation import normalise
from validator.schemas.offload import scrub
from validator.schemas.profile import WEBHOOK
from validator.schemas.questions import answer
from validator.schemas.validation import check_definition, validate

RECORDS = Path(__file__).parents[1] / "vectors" / "schema.jsonl"


def records(*operations: str) -> list[Any]:
    every = map(json.loads, RECORDS.read_text(encoding="utf-8").splitlines())
    return [pytest.param(one, id=f"{one['op']}-{one['id']}") for one in every if one["op"] in operations]


@pytest.mark.parametrize("record", records("validate", "definition", "inputs"))
def test_validity(record: dict[str, Any]) -> None:
    assert answer(record, WEBHOOK) == {"valid": record["valid"]}


@pytest.mark.parametrize("record", records("validate"))
def test_an_explanation_goes_with_every_refusal_and_only_with_those(record: dict[str, Any]) -> None:
    violations = validate(record["schema"], record["instance"])
    assert (not violations) is record["valid"]
    assert bool(check_definition(record["schema"])) is (record.get("error_kind") == "schema_error")
    for violation in violations:
        assert violation.message
        assert "$bubuStorageRef is required" not in violation.message


@pytest.mark.parametrize("record", records("defaults"))
def test_defaults(record: dict[str, Any]) -> None:
    assert answer(record, WEBHOOK) == {"result": record["result"]}


@pytest.mark.parametrize("record", records("definition"))
def test_normalised_schema(record: dict[str, Any]) -> None:
    assert normalise(record["schema"], WEBHOOK) == record["normalized"]


@pytest.mark.parametrize("record", records("inputs"))
def test_scrubbed_inputs(record: dict[str, Any]) -> None:
    assert scrub(record["instance"]) == record["scrubbed"]
