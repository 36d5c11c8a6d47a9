"""An engram that was seen to put `inputs` on the wire replaces the block of the step behind it (runtime.md 2.10)."""

from __future__ import annotations

import pytest

from validator.engine.engine import run
from validator.engine.options import CHECKS, Options

MANIFESTS = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: parrot}
spec:
  version: 0.1.0
  supportedModes: [deployment]
  inputSchema: {type: object, properties: {text: {type: string}}}
  outputSchema: {type: object, properties: {text: {type: string}}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: parrot, namespace: zoo}
spec: {templateRef: {name: parrot}, mode: deployment}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: talk, namespace: zoo}
spec:
  pattern: realtime
  transports: [{name: live, transportRef: grpc}]
  steps:
    - {name: first, ref: {name: parrot}, transport: live}
    - name: second
      ref: {name: parrot}
      transport: live
      needs: [first]
      runtime: {text: "{{ packet.text }}"}
"""
CONFIG = """\
images: {{parrot: {{process: {program}}}}}
cases:
  parrot:
    - {{name: says hi, send: [{{payload: {{text: hi}}, inputs: {{text: hi}}}}]}}
"""


@pytest.mark.parametrize(("fixture", "lines"), [("stream-leaks-config", [27]), ("stream-typed", [])])
def test_a_block_that_never_arrives(fixture_binaries, tmp_path, fixture, lines):
    (tmp_path / "zoo.yaml").write_text(MANIFESTS)
    (tmp_path / "engram-validate.yaml").write_text(CONFIG.format(program=fixture_binaries / fixture))
    report = run(Options(root=tmp_path, sandbox="process", checks=tuple(c for c in CHECKS if c != "streaming")))
    found = [finding for finding in report.findings if finding.rule.code == "EV304"]
    assert [finding.location.line for finding in found] == lines
    assert all(set(finding.evidence["inputs"]) == {"text"} for finding in found)
