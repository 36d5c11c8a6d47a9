"""What YAML means to Kubernetes: every row was produced by sigs.k8s.io/yaml, the library that its tools read with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from validator.sources.reader import read
from validator.sources.text import SourceText

_VECTORS = json.loads((Path(__file__).parent / "vectors" / "kubernetes.json").read_text(encoding="utf-8"))
_STRICTER = {"a: 1\na: 2\n", "{a: 1, a: 2}\n", "'1': a\n1: b\n", "1.5: y\ntrue: 4\n1e3: z\n0x10: q\non: 1\n"}
"""Read alike, and reported as duplicate keys besides."""


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 and true differ, 1 and 1.0 do not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float) and abs(one) >= 2**63:
        return float(one) == float(other)  # Go prints the shortest digits that give the same float
    return bool(one == other)


def test_plain_scalars() -> None:
    wrong = []
    for row in _VECTORS["scalars"]:
        reading = read(SourceText("m.yaml", f"a: {row['text']}\n"))
        if "error" in row:
            if not reading.problems:
                wrong.append((row, "read"))
        elif reading.problems or not same(reading.documents[0].root.value, {"a": row["json"]}):
            wrong.append((row, [problem.facts for problem in reading.problems] or reading.documents[0].root.value))
    assert not wrong


@pytest.mark.parametrize("row", _VECTORS["documents"], ids=lambda row: row["yaml"][:24])
def test_documents(row: dict[str, Any]) -> None:
    reading = read(SourceText("m.yaml", row["yaml"]))
    if "refused" in row:
        assert reading.problems
        return
    assert not reading.problems
    assert same(reading.documents[0].root.value, row["json"])
    assert bool(reading.documents[0].duplicates) is (row["yaml"] in _STRICTER)
