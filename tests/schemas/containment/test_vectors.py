"""Every labelled pair gets the right verdict, and every `not` a witness that python-jsonschema confirms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from validator.schemas.containment.compare import Comparer
from validator.schemas.containment.verdict import Answer

HERE = Path(__file__).resolve().parents[2]
COPIED = HERE / "vectors" / "subschema.jsonl"
SHARED = HERE.parents[1] / "shared" / "vectors" / "subschema.jsonl"


def records(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def check(record: dict[str, Any], comparer: Comparer) -> str:
    verdict = comparer.compare(record["lhs"], record["rhs"])
    if verdict.answer is Answer.NOT:
        form = jsonschema.Draft202012Validator
        assert form(record["lhs"]).is_valid(verdict.witness)
        assert not form(record["rhs"]).is_valid(verdict.witness)
    return verdict.answer.value


@pytest.fixture(scope="module")
def comparer() -> Comparer:
    return Comparer()


@pytest.mark.parametrize("record", records(COPIED), ids=lambda record: f"{record['id']} {record['name']}")
def test_pair(record: dict[str, Any], comparer: Comparer) -> None:
    assert check(record, comparer) == record["expected"]


@pytest.mark.parametrize(
    "file", [COPIED, *([SHARED] if SHARED.exists() else [])], ids=["ours", "all"][: 1 + SHARED.exists()]
)
def test_all_pairs(file: Path, comparer: Comparer) -> None:
    """Pairs of other suites may not be copied here; where they lie beside the checkout, they are held too."""
    labelled = [record for record in records(file) if record["expected"] != "unknown"]
    answers = [(record["id"], check(record, comparer), record["expected"]) for record in labelled]
    wrong = [each for each in answers if each[1] not in (each[2], "unknown")]
    assert wrong == []
    assert sum(answer == "unknown" for _, answer, _ in answers) <= 0.02 * len(answers)


@pytest.mark.parametrize("record", records(COPIED)[::7], ids=lambda record: record["id"])
def test_pair_alone(record: dict[str, Any]) -> None:
    """What a comparer has learned from other pairs changes nothing."""
    assert check(record, Comparer()) == record["expected"]
