"""A program that never started: one row fails, and nothing else of it passes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.results import Outcome

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: absent}}
spec:
  version: 1.0.0
  image: acme/absent
  supportedModes: [{mode}]
  inputSchema: {{type: object, properties: {{text: {{type: string}}, loud: {{type: boolean}}}}}}
  outputSchema: {{type: object, properties: {{text: {{type: string}}}}}}
"""


@pytest.mark.parametrize(("mode", "code"), [("job", "EV417"), ("deployment", "EV601")])
def test_one_row_fails_and_no_other_passes(tmp_path: Path, mode: str, code: str) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE.format(mode=mode), encoding="utf-8")
    program = tmp_path / "absent"
    program.write_text("#!/not/there\n", encoding="utf-8")
    program.chmod(0o755)
    config = {"images": {"absent": {"process": "./absent"}}}
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    report = run(Options(root=tmp_path, sandbox="process", checks=("conformance", "streaming", "isolation")))
    assert [finding.rule.code for finding in report.findings] == [code]
    outcomes = sorted(case.outcome for case in report.cases)
    assert outcomes.count(Outcome.FAILED) == 1
    assert set(outcomes) <= {Outcome.FAILED, Outcome.NOT_CHECKED}
    assert all("started" in case.message for case in report.cases if case.outcome is Outcome.NOT_CHECKED)
