"""Single mistakes in whole workspaces are told once, and what does not follow is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.options import STATIC, Options

_TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: work}
spec:
  version: 1.0.0
  supportedModes: [job]
  secretSchema: {api: {required: true}}
  configSchema: {type: object, properties: {limit: {type: integer}}}
  inputSchema:
    type: object
    required: [text]
    additionalProperties: false
    properties: {text: {type: string}, size: {type: integer}, limit: {type: integer}}
"""
_ENGRAM = """\
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: work}
spec: {mode: job, templateRef: {name: work}, with: {limit: 1}, secrets: {api: key}}
"""
_STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: room}
spec:
  inputsSchema: {type: object, required: [text, size], properties: {text: {type: string}, size: {type: integer}}}
  steps:
  - name: one
    ref: {name: work}
    with: {text: "{{ inputs.text }}"}
  - name: two
    needs: [one]
    ref: {name: work}
    with: {text: "{{ inputs.text }}", size: "{{ inputs.size }}"}
"""
_ALL = f"{_TEMPLATE}---\n{_ENGRAM}---\n{_STORY}"
_OTHER = (
    _TEMPLATE.replace("name: work", "name: other") + "---\n" + _ENGRAM.replace("name: work", "name: other") + "---\n"
)


def _codes(folder: Path, text: str) -> list[str]:
    (folder / "all.yaml").write_text(text)
    return [finding.rule.code for finding in run(Options(root=folder, checks=STATIC)).findings]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        # What follows is left out.
        ("mode: job", "mode: jbo", ["EV115"]),
        ("supportedModes: [job]", "supportedModes: [jbo]", ["EV115"]),
        ("kind: Engram\n", "kind: Engarm\n", ["EV110"]),
        ("metadata: {name: work}\nspec: {mode", "metadata: {name: work]\nspec: {mode", ["EV102"]),
        ("secrets: {api:", "secrets: {apii:", ["EV136"]),
        ("spec: {mode", "sepc: {mode", ["EV112"]),
        ("limit: 1}", "limit: few}", ["EV147"]),
        ('    with: {text: "{{ inputs.text }}", size', '    wiht: {text: "{{ inputs.text }}", size', ["EV112"]),
        ('size: "{{ inputs.size }}"', 'sise: "{{ inputs.size }}"', ["EV242"]),
        ('size: "{{ inputs.size }}"', 'size: "{{ upper inputs.size }}"', ["EV238"]),
        ('size: "{{ inputs.size }}"', 'size: "{{ inputs.size }"', ["EV201"]),
        ("name: two", "name: one", ["EV121"]),
        ("- name: two\n", "- name: two\n    type: sleep\n", ["EV119"]),
        # What does not follow is kept.
        ("mode: job, templateRef: {name: work}", "mode: jbo, templateRef: {name: wrok}", ["EV115", "EV131"]),
        ("secrets: {api: key}", "secrets: {zone: key}", ["EV135", "EV136"]),
        ("needs: [one]\n    ref: {name: work}", "needs: [none]\n    ref: {name: wrok}", ["EV123", "EV130"]),
        ("kind: Engram\n", "kind: Engarm\n# Story\n", ["EV110"]),
    ],
)
def test_a_mistake_is_told_once(before: str, after: str, told: list[str], tmp_path: Path) -> None:
    assert _codes(tmp_path, _OTHER + _ALL) == []
    assert before in _ALL
    assert _codes(tmp_path, _OTHER + _ALL.replace(before, after, 1)) == told
