"""The optional fields that a step reads: one note a step, with a document for each field that lacks it."""

from __future__ import annotations

from pathlib import Path

from validator.checks import resolution
from validator.findings import Finding, Severity
from validator.sources.workspace import load

_STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  inputsSchema:
    type: object
    properties:
      one: {type: string}
      two: {type: string}
      three: {type: string}
      sure: {type: object, required: [in], properties: {in: {type: string}, out: {type: string}}}
  steps:
  - {name: a, ref: {name: x}, with: {t: "t {{ inputs.one }} {{ inputs.two }}", u: "u {{ inputs.one }}"}}
  - {name: b, ref: {name: x}, with: {t: "t {{ inputs.three }}"}}
"""


def _notes(folder: Path, story: str) -> list[Finding]:
    (folder / "s.yaml").write_text(story, encoding="utf-8")
    found = [one for one in resolution.check(load(folder)) if isinstance(one, Finding)]
    return [one for one in found if one.rule.code == "EV212"]


def test_one_note_a_step(tmp_path: Path) -> None:
    first, second = _notes(tmp_path, _STORY)
    assert (first.subject.step, second.subject.step) == ("a", "b")
    assert first.message.endswith("; `inputs.two` is optional as well")
    assert len(first.related) == 3  # the schema, and both other places
    fields = first.evidence["fields"]
    assert isinstance(fields, list)
    assert [one["expression"] for one in fields if isinstance(one, dict)] == ["inputs.one", "inputs.two", "inputs.one"]
    assert all("witness" in one for one in fields if isinstance(one, dict))
    assert "as well" not in second.message


def test_warnings_stay_apart(tmp_path: Path) -> None:
    required = _STORY.replace("    properties:\n      one", "    required: [sure]\n    properties:\n      one")
    found = _notes(tmp_path, required)
    assert [one.severity for one in found] == [Severity.WARNING] * 4
