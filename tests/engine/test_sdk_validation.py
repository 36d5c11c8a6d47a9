"""The SDK reads the template from the sandbox's API and judges inputs and outputs itself, as in a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.results import Outcome

ENGRAMS = Path(__file__).parent.parent / "fixtures" / "engrams"
TEXT = {"text": {"type": "string"}, "words": {"type": "integer"}}
FORBIDS_NULL = {"type": "object", "properties": {**TEXT, "language": {"type": "string"}}}
ALLOWS_NULL = {"type": "object", "properties": {**TEXT, "language": {"type": ["string", "null"]}}}
NULL_BELOW = {
    "type": "object",
    "properties": {"output": {"type": "object"}},
    "additionalProperties": {"type": ["string", "integer"]},
}

TABLE = [
    pytest.param("nulls", {"outputSchema": FORBIDS_NULL}, {}, {"EV401"}, Outcome.FAILED, id="a null that is forbidden"),
    pytest.param("nulls", {"outputSchema": ALLOWS_NULL}, {}, {"EV404"}, Outcome.PASSED, id="a null that is allowed"),
    pytest.param("nulls", {"outputSchema": NULL_BELOW}, {}, {"EV401"}, Outcome.FAILED, id="a null of an open body"),
    pytest.param(
        "nulls", {"outputSchema": FORBIDS_NULL}, {"expect": {"error": "schema validation failed"}}, {"EV401"},
        Outcome.FAILED, id="a null that is forbidden, and an error that is expected",
    ),
    pytest.param(
        "undecodable", {}, {"inputs": {"audio": {"sampleRate": 1}}}, {"EV427"}, Outcome.FAILED, id="a decoder"
    ),
    pytest.param(
        "conforming", {"outputSchema": {"type": "nonsense"}}, {}, set(), Outcome.NOT_CHECKED, id="no schema at all"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "spec", "case", "codes", "outcome"), TABLE)
def test_what_the_sdk_refuses_is_refused_here(
    fixture_binaries: Path, tmp_path: Path, name: str, spec: dict, case: dict, codes: set[str], outcome: Outcome
) -> None:
    template = yaml.safe_load((ENGRAMS / name / "Engram.yaml").read_text(encoding="utf-8"))
    template["spec"] |= spec
    (tmp_path / "Engram.yaml").write_text(yaml.safe_dump(template), encoding="utf-8")
    written = {"name": "c", "inputs": {"text": "one"}, **case}
    config = {"images": {name: {"process": str(fixture_binaries / name)}}, "cases": {name: [written]}}
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    report = run(Options(root=tmp_path, sandbox="process", checks=("conformance",)))
    assert {finding.rule.code for finding in report.findings} == codes
    assert [each.outcome for each in report.cases if each.check == "conformance"] == [outcome]
