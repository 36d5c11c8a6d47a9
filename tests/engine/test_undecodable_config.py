"""A streaming engram whose code cannot decode a config that its template declares: the line of the template is told."""

from __future__ import annotations

from pathlib import Path

import yaml

from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.results import Outcome

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: stream-planted}
spec:
  version: 1.0.0
  image: acme/stream-planted
  supportedModes: [deployment]
  configSchema:
    type: object
    properties:
      fault: {type: object, description: The fault.}
  inputSchema: {type: object, properties: {text: {type: string, description: A text.}}}
  outputSchema: {type: object}
"""


def test_the_declaration_is_named(tmp_path: Path, fixture_binaries: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE, encoding="utf-8")
    case = {"name": "one", "config": {"fault": {"tag": "none"}}, "send": [{"payload": {"text": "hi"}}]}
    config = {
        "images": {"stream-planted": {"process": str(fixture_binaries / "stream-planted")}},
        "cases": {"stream-planted": [case]},
    }
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    report = run(Options(root=tmp_path, sandbox="process", unisolated=True, checks=("streaming",)))
    (finding,) = (each for each in report.findings if each.severity.rank)
    assert finding.rule.code == "EV427"
    assert "config `fault` that configSchema allows: 'fault' expected type 'string'" in finding.message
    assert finding.location.line == 11
    assert Outcome.PASSED not in {case.outcome for case in report.cases}
