"""Which steps lose their block to an engram that emits `inputs`."""

from __future__ import annotations

from pathlib import Path

from validator.checks.pairwise.overrides import overridden
from validator.sources.workspace import load

TEMPLATE = """
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: {name}}}
spec: {{version: 1.0.0, supportedModes: [deployment]}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {{name: {name}}}
spec: {{mode: deployment, templateRef: {{name: {name}}}}}
---
"""
STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage}
spec:
  pattern: PATTERN
  steps:
  - {name: emit, ref: {name: emitter}}
  - name: mapped
    needs: [emit]
    ref: {name: other}
    runtime: {text: "{{ packet.text }}"}
  - name: configured
    needs: [emit]
    ref: {name: other}
    with: {text: hello}
  - {name: bare, needs: [emit], ref: {name: other}}
  - name: behind-another
    needs: [bare]
    ref: {name: other}
    runtime: {text: "{{ packet.text }}"}
"""


def told(folder: Path, pattern: str) -> list[str]:
    text = TEMPLATE.format(name="emitter") + TEMPLATE.format(name="other") + STORY.replace("PATTERN", pattern)
    (folder / "story.yaml").write_text(text, encoding="utf-8")
    workspace = load(folder)
    return [
        f"{finding.location.line}:{finding.location.column} {finding.message}"
        for finding in overridden(workspace, workspace.templates[0], {"text": "hi"})
    ]


def test_steps_right_behind_it_that_have_a_block(tmp_path: Path) -> None:
    assert told(tmp_path, "realtime") == [
        "34:5 engram `emitter` emits `inputs`, which replace the `runtime` of step `mapped`",
        "38:5 engram `emitter` emits `inputs`, which replace the `with` of step `configured`",
    ]


def test_batch_stories_have_no_frames(tmp_path: Path) -> None:
    assert told(tmp_path, "batch") == []
