"""Inputs that no environment variable holds reach the engram by way of storage, as on a cluster (runtime.md 1.2)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.results import Outcome

ENGRAM = Path(__file__).parents[1] / "fixtures" / "engrams" / "conforming" / "Engram.yaml"


@pytest.mark.parametrize("words", [1, 40_000], ids=["small", "too large for the environment"])
def test_inputs_arrive_whatever_their_size(fixture_binaries: Path, tmp_path: Path, words: int) -> None:
    case = {
        "name": "counts",
        "inputs": {"text": "word " * words},
        "expect": {"output": {"type": "object", "properties": {"words": {"const": words}}}},
    }
    written = {
        "images": {"conforming": {"process": str(fixture_binaries / "conforming")}},
        "cases": {"conforming": [case]},
    }
    (tmp_path / "Engram.yaml").write_text(ENGRAM.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    report = run(Options(root=tmp_path, sandbox="process", checks=("conformance", "isolation")))
    assert [result.outcome for result in report.cases] == [Outcome.PASSED] * 2
    assert not report.findings
