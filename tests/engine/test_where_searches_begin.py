"""A search among inputs begins with what people wrote for the engram: in cases, and in stories of the workspace."""

from __future__ import annotations

from pathlib import Path

from validator.engine.exploration import searches
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.sources.workspace import load
from validator.suite.cases import EXPLORED, QUICK
from validator.suite.config import parse
from validator.suite.environment import Allowance
from validator.suite.plan import units

WORKSPACE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: slugs}
spec:
  version: 1.0.0
  image: acme/slugs
  supportedModes: [job]
  inputSchema: {type: object, properties: {title: {type: string}}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: of-slugs}
spec: {mode: job, templateRef: {name: slugs}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: titles}
spec:
  pattern: batch
  steps:
    - {name: whole, ref: {name: of-slugs}, with: {title: "Hello, World!"}}
    - {name: made, ref: {name: of-slugs}, with: {title: "{{ inputs.title }}"}}
    - {name: other, ref: {name: of-others}, with: {title: not for it}}
"""
CONFIG = """\
images: {slugs: {image: acme/slugs}}
cases:
  slugs:
    - {name: a word, inputs: {title: word}}
    - {name: refused, inputs: {title: ""}, expect: {error: true}}
"""


def test_it_begins_with_what_cases_and_stories_say(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
    config, findings = parse(
        read(SourceText("engram-validate.yaml", CONFIG)).documents[0].root, tmp_path, Allowance({})
    )
    assert findings == ()
    workspace = load(tmp_path)
    (unit,) = searches([*units(workspace, config)], workspace, QUICK)
    (search,) = [case.search for case in unit.cases if case.name == EXPLORED]
    assert search is not None
    assert search.literals == ({"title": "word"}, {"title": "Hello, World!"})
