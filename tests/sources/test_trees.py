"""Nodes of stories beyond a limit of text: they go when nobody looks at them, and come back as they were."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from validator.engine.static import StaticOptions, run_static
from validator.findings import Finding
from validator.sources.limits import Limits
from validator.sources.manifests import Story
from validator.sources.node import Node
from validator.sources.reader import read
from validator.sources.reading import Reading
from validator.sources.text import SourceText
from validator.sources.workspace import Workspace, load, visited
from validator.stories.schemas import SchemaReader

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: echo}
spec:
  version: 1.0.0
  supportedModes: [job]
  inputSchema: {type: object, properties: {text: {type: string}}}
  outputSchema: {type: object, properties: {text: {type: string}}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: echo}
spec: {templateRef: {name: echo}}
"""

STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  pattern: batch
  inputsSchema: {{type: object, properties: {{query: {{type: string}}}}}}
  outputsSchema: {{type: object, properties: {{answer: {{type: string}}}}}}
  steps:
  - name: ask
    ref: {{name: echo}}
    with: {{text: "{{{{ inputs.query }}}}", txet: "{{{{ inputs.qurey }}}}"}}
  - name: call
    type: executeStory
    needs: [ask]
    with: {{storyRef: {{name: story-0}}, with: {{query: "{{{{ steps.ask.output.txt }}}}"}}, waitForCompletion: true}}
  output: {{answer: "{{{{ steps.call.output.anwser }}}}"}}
"""


def write(folder: Path, *, together: bool) -> None:
    """Twelve stories, two of which share a name, in files of their own or in one."""
    (folder / "catalogue.yaml").write_text(TEMPLATE, encoding="utf-8")
    stories = [STORY.format(name=f"story-{number % 11}", namespace=f"space-{number // 11}") for number in range(12)]
    if together:
        (folder / "stories.yaml").write_text("---\n".join(stories), encoding="utf-8")
    else:
        for number, story in enumerate(stories):
            (folder / f"story-{number}.yaml").write_text(story, encoding="utf-8")


def findings(workspace: Workspace) -> list[Finding]:
    return list(run_static(workspace, StaticOptions(["manifests", "resolution", "pairwise"], "0.1.13")).findings)


def nodes() -> int:
    gc.collect()
    return sum(type(each) is Node for each in gc.get_objects())


@pytest.mark.parametrize("together", [False, True], ids=["a file each", "one file"])
def test_the_verdicts_are_the_same(tmp_path: Path, together: bool) -> None:
    write(tmp_path, together=together)

    dropped = load(tmp_path, limits=Limits(kept_text=0))

    assert any(story.tree.file.droppable for story in dropped.stories)
    expected = findings(load(tmp_path))
    assert len(expected) > 20
    assert findings(dropped) == expected
    assert findings(dropped) == expected, "a second time"


@pytest.mark.slow
def test_no_node_of_a_story_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when it is read, nor when the next story's turn comes."""
    write(tmp_path, together=False)
    before = nodes()
    workspace = load(tmp_path, limits=Limits(kept_text=0))
    of_others = sum(1 for found in (*workspace.templates, *workspace.engrams) for _ in found.node.walk())
    loaded = nodes() - before
    counts: list[int] = []

    def counted(schemas: SchemaReader, story: Story) -> None:
        release(schemas, story)
        counts.append(nodes() - before)

    release = SchemaReader.release
    monkeypatch.setattr(SchemaReader, "release", counted)

    assert findings(workspace)

    assert loaded <= of_others
    assert len(counts) == 12
    assert counts[-1] <= counts[2] + 10, counts


def test_a_file_is_read_again_once_a_visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, together=True)
    workspace = load(tmp_path, limits=Limits(kept_text=0))
    paths: list[str] = []

    def counted(text: SourceText, limits: Limits) -> Reading:
        paths.append(text.path)
        return read(text, limits)

    monkeypatch.setattr("validator.sources.documents.read", counted)

    names = [story.spec and story.node.find(("metadata", "name")) for story in visited(workspace.stories)]

    assert len(names) == 12
    assert paths == ["stories.yaml"]


def test_a_file_with_something_else_is_kept(tmp_path: Path) -> None:
    write(tmp_path, together=False)
    (tmp_path / "mixed.yaml").write_text(
        TEMPLATE.replace("echo", "other") + "---\n" + STORY.format(name="mixed", namespace="space-0"), encoding="utf-8"
    )

    workspace = load(tmp_path, limits=Limits(kept_text=0))

    kept = {story.name for story in workspace.stories if not story.tree.file.droppable}
    assert kept == {"mixed"}
