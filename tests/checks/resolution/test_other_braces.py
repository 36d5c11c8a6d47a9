"""Braces of other languages around a path that is declared; nothing else."""

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
    required: [name, open]
    properties:
      name: {type: string}
      deep: {type: object, properties: {name: {type: string}}}
      open: {type: object}
  steps:
  - name: a
    ref: {name: e}
    with:
      text: 'TEXT'
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${inputs.name}", "${inputs.name}"),
        ("{inputs.name}", "{inputs.name}"),
        ("Dear { inputs.name }, hello", "{ inputs.name }"),
        ("$(inputs.name)", "$(inputs.name)"),
        ("#{inputs.name}", "#{inputs.name}"),
        ("<%= inputs.name %>", "<%= inputs.name %>"),
        ("[[ inputs.name ]]", "[[ inputs.name ]]"),
        ("{% if inputs.name %}x{% endif %}", "{% if inputs.name %}"),
        ("{{ inputs.name }} and {inputs.name}", "{inputs.name}"),
        ("{ inputs.deep.name }", "{ inputs.deep.name }"),
        # Right, or meant for somebody else.
        ("{{ inputs.name }}", ""),
        ("{{inputs.name}}", ""),
        ("inputs.name", ""),
        ("(inputs.name)", ""),
        ("{inputs.other}", ""),
        ("{inputs.open.thing}", ""),
        ("{packet.name}", ""),
        ("{name}", ""),
        ('{"inputs.name": 1}', ""),
        ("{inputs}", ""),
        ('{{ printf "{%s}" inputs.name }}', ""),
        ('{{ if eq inputs.name "{inputs.name}" }}x{{ end }}', ""),
        ("see inputs.name {there}", ""),
    ],
)
def test_braces(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(_STORY.replace("TEXT", text), encoding="utf-8")
    found = [one for one in run(Options(root=tmp_path, checks=STATIC)).findings if one.rule.code == "EV263"]
    places = [(one.location.column - 14, one.location.end_column - 14) for one in found]
    assert [text[start:end] for start, end in places] == ([told] if told else [])
