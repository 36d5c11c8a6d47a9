"""The Python API and the fixture for pytest, as other projects use them."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from validator import api

ROOT = Path(__file__).resolve().parent.parent
GREETER = ROOT / "examples" / "greeter"
STORIES = ROOT / "examples" / "stories"
WRONG = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: tale}
spec:
  steps:
    - {name: a, type: sleep, with: {duration: 1s}}
    - {name: b, type: sleep, needs: [aa], with: {duration: 1s}}
"""


def test_check_gives_a_report() -> None:
    report = api.check(root=GREETER)
    assert (report.result, report.findings, report.status) == ("passed", (), api.Status.OK)
    assert api.explained(report) == "passed"


def test_findings_are_data_and_words(tmp_path: Path) -> None:
    (tmp_path / "story.yaml").write_text(WRONG, encoding="utf-8")
    report = api.check("story.yaml", root=tmp_path)
    (finding,) = report.findings
    assert (finding.rule.code, str(finding.location), finding.severity) == (
        "EV123", "story.yaml:7:38", api.Severity.ERROR,
    )  # fmt: skip
    first, last = api.explained(report).split("\n")
    assert first.startswith("story.yaml:7:38: error[EV123] ")
    assert last == "failed"
    assert api.check("story.yaml", root=tmp_path, fail_on="never").result == "passed"


def test_run_gives_cases_and_images() -> None:
    report = api.run(root=GREETER, sandbox="process", allow_unisolated=True, checks=["conformance"])
    assert report.result == "failed", "the example has one mistake, on purpose"
    assert [finding.rule.code for finding in report.findings] == ["EV401"]
    assert {case.outcome for case in report.cases} == {api.Outcome.PASSED, api.Outcome.FAILED}
    assert "case calm: failed: output `.exclamations` violates outputSchema" in api.explained(report)
    assert [image.template for image in report.images] == ["greeter"]


def test_stories_run() -> None:
    ran, report = api.run_stories(root=STORIES)
    assert ran
    assert report.checked


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: api.check(root=GREETER, checks=["conformance"]), "no such check: conformance"),
        (lambda: api.run(root=GREETER, images={"": "x"}), "="),
        (lambda: api.run(root=GREETER, allow_env=["GITHUB_TOKEN"]), "GITHUB_TOKEN"),
        (lambda: api.run_stories("none", root=STORIES), "none"),
    ],
)
def test_what_cannot_be_meant(wrong, said: str) -> None:
    with pytest.raises(api.UsageError, match=said):
        wrong()


def test_the_fixture_fails_with_the_findings(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "story.yaml").write_text(WRONG, encoding="utf-8")
    (tmp_path / "test_contract.py").write_text(
        "def test_contract(engram_validate):\n    engram_validate.passes(checks=['manifests', 'resolution'])\n"
        "def test_report(engram_validate):\n    assert engram_validate.check('story.yaml').findings\n",
        encoding="utf-8",
    )
    installed = entry_points(group="pytest11", name="engram-validate")
    plugin = [] if installed else ["-p", "validator.pytest_plugin"]  # pytest refuses to load it twice
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "story.yaml:7:38: error[EV123]" in done.stdout
    assert "Traceback" not in done.stdout
