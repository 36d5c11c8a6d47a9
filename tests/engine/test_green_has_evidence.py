"""A job of which no output was judged is no pass, in any report."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from validator.cli import main

CALLER = Path(__file__).parent.parent / "fixtures" / "engrams" / "caller" / "Engram.yaml"
WRITTEN = {"name": "a word", "inputs": {"word": "one"}, "config": {"url": "http://api.example.com"}}
ANSWER = {"http": [{"request": {"path": "/words/**"}, "response": {"json": {"meaning": "1"}}}]}
DEFAULTS = {"config": {"url": "${{ services.api.url }}"}, "services": {"api": ANSWER}}

RUNS = [
    pytest.param({}, 4, {"not-checked"}, id="samples alone, and nothing that answers"),
    pytest.param({"cases": {"caller": [WRITTEN]}}, 4, {"not-checked"}, id="a case that expects nothing"),
    pytest.param(
        {"cases": {"caller": {"defaults": DEFAULTS}}}, 0, {"passed", "not-checked"}, id="samples with a stub service"
    ),
]


@pytest.mark.parametrize(("config", "status", "outcomes"), RUNS)
def test_an_engram_that_calls_an_api(
    fixture_binaries: Path, tmp_path: Path, config: dict, status: int, outcomes: set[str]
) -> None:
    (tmp_path / "Engram.yaml").write_text(CALLER.read_text(encoding="utf-8"), encoding="utf-8")
    image = {"images": {"caller": {"process": str(fixture_binaries / "caller")}}}
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(image | config), encoding="utf-8")
    report, junit = tmp_path / "report.json", tmp_path / "junit.xml"
    options = ["run", "--root", str(tmp_path), "--sandbox", "process", "--explore", "off", "--checks", "conformance"]
    result = CliRunner().invoke(main, [*options, "--json", str(report), "--junit", str(junit)])
    assert result.exit_code == status, result.output
    cases = [case for case in json.loads(report.read_text("utf-8"))["cases"] if case["check"] == "conformance"]
    assert {case["outcome"] for case in cases} == outcomes
    for case in cases:
        assert (case["outcome"] == "passed") is bool(case["evidence"]["by_schema"])
    assert ("no output of `caller` was judged" in result.output) is (status == 4)
    tests = [each for each in ET.parse(junit).iter("testcase") if each.get("name", "").startswith("conformance")]
    assert {each.find("skipped") is not None for each in tests} == {outcome != "passed" for outcome in outcomes}


@pytest.mark.parametrize(
    ("engram", "check", "other"),
    [("stream-innocent", "conformance", "streaming"), ("conforming", "streaming", "conformance")],
)
def test_an_engram_that_no_chosen_check_judges_is_not_checked(
    fixture_binaries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engram: str, check: str, other: str
) -> None:
    # The rows of the contract have tests of their own, and take minutes.
    monkeypatch.setattr("validator.checks.streaming.probing.run_probes", lambda *_, **__: iter(()))
    template = CALLER.parent.parent / engram / "Engram.yaml"
    (tmp_path / "Engram.yaml").write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    image = {"images": {engram: {"process": str(fixture_binaries / engram)}}}
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(image), encoding="utf-8")
    options = ["run", "--root", str(tmp_path), "--sandbox", "process", "--explore", "off", "--checks"]
    alone = CliRunner().invoke(main, [*options, check])
    assert alone.exit_code == 4, alone.output
    assert f"not checked: no output of `{engram}` was judged" in alone.output
    assert f"of those `--checks {check}` judges none" in alone.output
    both = CliRunner().invoke(main, [*options, f"{check},{other}"])
    assert both.exit_code == 0, both.output
    assert "judges none" not in both.output
