"""Dollar signs before braces: those of GitHub's workflows are told, prices are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.options import STATIC, Options

_STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  inputsSchema:
    type: object
    required: [name, other, price, weight]
    properties: {name: {type: string}, other: {type: string}, price: {type: string}, weight: {type: number, maximum: 9}}
  steps:
  - name: a
    ref: {name: e}
    with:
      text: 'TEXT'
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${{ inputs.name }}", True),
        (" ${{ inputs.name }} ", True),
        ("x/${{ inputs.name }}", True),
        ("${{ inputs.name }}/path", True),
        ("${{ inputs.name }}/{{ inputs.other }}", True),
        ("${{ inputs.name }}-${{ inputs.other }}", True),
        ("${{ inputs.name }}.json", True),
        ("${{ inputs.name }}:8080", True),
        ("${{ inputs.name }}@{{ inputs.other }}", True),
        ("${{ inputs.name }}?a=1", True),
        # Prices, and signs that end a clause.
        ("costs ${{ inputs.name }}", False),
        ("${{ inputs.weight }}", False),
        ("${{ inputs.weight }}/path", False),
        ("${{ inputs.price }}/plan", False),
        ("${{ inputs.name }}/month", False),
        ("${{ inputs.name }}/kg", False),
        ("${{ inputs.name }}/a day", False),
        ("${{ inputs.name }} each", False),
        ("${{ inputs.name }}, please", False),
        ("${{ inputs.name }}: it is", False),
        ("${{ inputs.name }}.", False),
        ("${{ inputs.name }}-", False),
        ('${{ printf "%s" inputs.name }}/path', False),
        ("$ {{ inputs.name }}/path", False),
        ("{{ inputs.name }}$/path", False),
    ],
)
def test_a_dollar_of_workflows(text: str, told: bool, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(_STORY.replace("TEXT", text.replace("'", "''")), encoding="utf-8")
    found = run(Options(root=tmp_path, checks=STATIC)).findings
    assert [one.rule.code for one in found] == (["EV251"] if told else [])
    assert all(text[one.location.column - 14 :].startswith("${{") for one in found)
