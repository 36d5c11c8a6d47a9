"""An input that inputSchema does not declare, in a case of a real engram: told (EV428) where it matters."""

from __future__ import annotations

import pytest
import yaml

from tests.conftest import ROOT
from validator.engine.engine import run
from validator.engine.options import Options

ENGRAMS = ROOT / "tests" / "fixtures" / "engrams"


@pytest.mark.parametrize(("name", "matters"), [("stream-echoes-inputs", True), ("stream-typed", False)])
def test_it_is_taken_away_and_looked_for(fixture_binaries, tmp_path, name, matters):
    case = {"name": "greets", "send": [{"payload": {"text": "hi"}, "inputs": {"text": "hi", "reply": "hello"}}]}
    config = {"images": {name: {"process": str(fixture_binaries / name)}}, "cases": {name: [case]}}
    (tmp_path / "Engram.yaml").write_text((ENGRAMS / name / "Engram.yaml").read_text())
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(config))
    report = run(Options(root=tmp_path, sandbox="process", checks=("isolation",)))
    assert ("EV428" in {finding.rule.code for finding in report.findings}) is matters
