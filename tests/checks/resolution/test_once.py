# ruff: noqa: E501
"""A template that comes to nothing is one finding: nothing else is said of it, and it is not called unchecked."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.options import STATIC, Options

_DOCUMENTS = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: e}
spec:
  version: 1.0.0
  supportedModes: [job]
  inputSchema: {type: object, properties: {text: {type: string, maxLength: 9}, count: {type: integer}, level: {enum: [a]}}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: e}
spec: {templateRef: {name: e}, mode: job}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: child}
spec:
  inputsSchema: {type: object, properties: {text: {type: string, maxLength: 9}, count: {type: integer}, level: {enum: [a]}}}
  steps: [{name: nap, type: sleep, with: {duration: 1s}}]
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  inputsSchema:
    type: object
    required: [tags, text, count, pair]
    properties:
      tags: {type: array, items: {type: string}}
      text: {type: string, maxLength: 9}
      count: {type: integer}
      pair: {type: array, items: [{type: string}, {type: integer}], additionalItems: false, minItems: 2}
  steps:
  - name: a
"""
_PLACES = {
    "input": "    ref: {name: e}\n    with: {FIELD: 'TEXT'}\n",
    "story": "    type: executeStory\n    with: {storyRef: {name: child}, waitForCompletion: true, with: {FIELD: 'TEXT'}}\n",
    "output": "    ref: {name: e}\n  output: {FIELD: 'TEXT'}\n"
    "  outputsSchema: {type: object, properties: {text: {type: string}, count: {type: integer}, level: {enum: [a]}}}\n",
}


@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.parametrize("field", ["text", "count", "level"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{{ index inputs.tags "0" }}', "EV238"),
        ("{{ index inputs.tags inputs.count }}", "EV238"),
        ("{{ index inputs.pair 2 }}", "EV238"),
        ("{{ upper inputs.count }}", "EV238"),
        ("{{ len inputs.count }}", "EV238"),
        ("{{ first inputs.text }}", "EV238"),
        ("{{ div 3 0 }}", "EV238"),
        ("{{ eq inputs.count inputs.text }}", "EV230"),
        ("{{ replace inputs.text }}", "EV239"),
        ("{{ range inputs.text }}x{{ end }}", "EV240"),
        ("{{ inputs.txet }}", "EV211"),
        ('{{ index inputs (print "te" "xx") }}', "EV211"),
        ("{{ inputs.text.value }}", "EV221"),
        ("{{ inputs.text == 1 }}", "EV208"),
        ("{{ uppercase inputs.text }}", "EV202"),
    ],
)
def test_one_cause_is_one_verdict(place: str, field: str, text: str, code: str, tmp_path: Path) -> None:
    step = _PLACES[place].replace("FIELD", field).replace("TEXT", text)
    (tmp_path / "s.yaml").write_text(_DOCUMENTS + step, encoding="utf-8")
    report = run(Options(root=tmp_path, checks=STATIC))
    assert [finding.rule.code for finding in report.findings] == [code]
    assert not [one for one in report.unchecked if text in one.reason]
