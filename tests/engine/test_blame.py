"""Every row of the table of what of ours can bite: it is made to bite a real engram, and nobody is blamed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from validator.checks.stand_in import TABLE
from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.results import Outcome, Status

PROGRAM = Path(__file__).with_name("bitten_engram.py")
TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: bitten}
spec:
  version: 1.0.0
  image: acme/bitten
  supportedModes: [job]
  inputSchema: {type: object, required: [do], properties: {do: {type: string}, url: {type: string}}}
  outputSchema: {type: object, required: [done], properties: {done: {type: string}}}
"""
SERVED = {
    "inputs": {"url": "${{ services.api.url }}"},
    "services": {"api": {"http": [{"response": {"fail": "timeout"}}]}},
}
BITES = [
    ("other stories", "starts a story", {}, "runs no other stories"),
    ("types of patches", "sends a JSON patch", {}, "takes merge patches only"),
    ("the SDK's look at schemas", "says what the SDK says", {}, "could not read the schemas"),
    ("limits of the API", "creates objects without end", {}, "holds no more than 1024 objects"),
    ("limits of the API", "creates large objects", {}, "bytes of objects"),
    ("limits of the API", "sends a body in chunks", {}, "takes no body in chunks"),
    ("connections to stub services", "opens connections", SERVED, "connections to its stub services"),
    ("other APIs", "asks for jobs", {}, "does not serve `GET /apis/batch/v1"),
    ("the network", "looks a name up", {}, "`api.example.com`; give the case a stub service"),
    ("kinds of sockets", "lists interfaces", {}, "AF_NETLINK"),
]


def test_the_table_has_no_row_without_a_test() -> None:
    assert {row.name for row in TABLE} == {name for name, *_ in BITES}


@pytest.mark.parametrize(("row", "does", "more", "reason"), BITES, ids=[f"{name}: {does}" for name, does, *_ in BITES])
def test_what_is_ours_blames_nobody(tmp_path: Path, row: str, does: str, more: dict, reason: str) -> None:
    case = {"name": "c", **more, "inputs": {"do": does, **more.get("inputs", {})}, "timeout": "20s"}
    (tmp_path / "Engram.yaml").write_text(TEMPLATE, encoding="utf-8")
    config = {"images": {"bitten": {"process": str(PROGRAM)}}, "cases": {"bitten": [case]}}
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    report = run(Options(root=tmp_path, sandbox="process", checks=("conformance",)))
    assert [finding.rule.code for finding in report.findings] == []
    (result,) = (each for each in report.cases if each.check == "conformance")
    assert result.outcome is Outcome.NOT_CHECKED, result.message
    assert reason in result.message
    assert report.status is Status.NOTHING


def test_the_same_engram_is_judged_where_nothing_of_ours_bites(tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE, encoding="utf-8")
    cases = [{"name": "good", "inputs": {"do": "well"}}, {"name": "bad", "inputs": {"do": "gives up"}}]
    config = {"images": {"bitten": {"process": str(PROGRAM)}}, "cases": {"bitten": cases}}
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    report = run(Options(root=tmp_path, sandbox="process", checks=("conformance",)))
    assert [finding.rule.code for finding in report.findings] == ["EV405"]
