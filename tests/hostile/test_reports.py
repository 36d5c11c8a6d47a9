"""Hole 12: an engram that puts out much, and is found at fault for each piece of it, cannot drown its reports."""

from __future__ import annotations

import io
import json

import pytest

from validator.engine import engine
from validator.engine.options import Options
from validator.findings import Location, Subject
from validator.reports.writers import Outputs, file_lines, write
from validator.rules.conformance import OUTPUT_VIOLATES_SCHEMA
from validator.suite.results import CaseResult, Outcome, RunResult

STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: probe}
spec: {steps: [{name: nap, type: sleep, with: {duration: 5s}}]}
"""
SUBJECT = Subject("template", "probe", case="one")
OUTPUTS = [
    ("eight thousand members", {str(number): number for number in range(8_000)}),
    ("a level for each bracket", json.loads("[" * 300 + ",".join("1" * 50_000) + "]" * 300)),
    ("one name", {"n" * 100_000: 1}),
    ("a log in a value", {"told": "line\n" * 40_000}),
]


@pytest.mark.parametrize("output", [case[1] for case in OUTPUTS], ids=[case[0] for case in OUTPUTS])
def test_every_report_is_written_and_below_three_megabytes(tmp_path, monkeypatch, output):
    (tmp_path / "story.yaml").write_text(STORY)
    name = next(iter(output)) if isinstance(output, dict) else "told"
    found = tuple(
        OUTPUT_VIOLATES_SCHEMA.at(
            Location("story.yaml"),
            SUBJECT,
            anchor=("spec", "outputSchema", name, str(number)),
            evidence={"output": output, "value": output},
            path=f"{name}[{number}]",
            problem="is not declared",
        )
        for number in range(100)
    )
    row = CaseResult(SUBJECT, "conformance", Outcome.FAILED, 1.0, output=output)
    monkeypatch.setattr(engine, "_dynamic", lambda *_: (RunResult((row,), found), "process"))

    report = engine.run(Options(root=tmp_path))
    assert len(report.findings) == 100

    files = {form: tmp_path / f"report.{form}" for form in ("json", "sarif", "html", "junit", "summary")}
    out, err = io.StringIO(), io.StringIO()
    asked = Outputs(files={form: str(file) for form, file in files.items()})
    assert write(report, asked, file_lines(tmp_path), out=out, err=err, environ={})
    assert {form: file.stat().st_size < 3_000_000 for form, file in files.items()} == dict.fromkeys(files, True)
