"""Stories with cases in one text, run with stand-ins."""

from __future__ import annotations

from pathlib import Path

from validator.engine.options import Options
from validator.engine.preparation import Prepared, prepare
from validator.engine.stories.cases import StoryRunner, StoryTask, task_of
from validator.engine.stories.selection import cases_of, stories_named
from validator.findings import Finding
from validator.stories.runs.running import RunRequest
from validator.stories.schemas import SchemaReader
from validator.suite.story_results import StoryRan


def engram(name: str, template: str = "{}") -> str:
    """An engram with the spec of its template; more documents may follow."""
    return f"""
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {{name: {name}}}
spec: {{templateRef: {{name: {name}}}}}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: {name}}}
spec: {template}
---
"""


def workspace(template: str = "{}", name: str = "work") -> str:
    """An engram with the spec of its template, a child story `inner`, and the begin of the story `sample`."""
    return f"""{engram(name, template)}
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {{name: inner}}
spec:
  steps:
  - {{name: deep, ref: {{name: {name}}}}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {{name: sample}}
spec:
"""


def prepared(text: str, folder: Path) -> Prepared:
    """A workspace with the manifests in a text; the document without `apiVersion` is the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = text.split("---\n")
    config = [one for one in documents if "apiVersion:" not in one]
    manifests = [one for one in documents if "apiVersion:" in one]
    (folder / "manifests.yaml").write_text("---\n".join(manifests), encoding="utf-8")
    if config:
        (folder / "engram-validate.yaml").write_text(config[0], encoding="utf-8")
    return prepare(Options(root=folder))


def ran(text: str, folder: Path, profile: str = "") -> list[StoryRan]:
    """Every case; a story without any is run once. What is wrong with the configuration is an error here."""
    ready = prepared(text, folder)
    assert ready.unreadable == ()
    runner = StoryRunner(SchemaReader(ready.workspace))
    results = []
    for story in stories_named(ready.workspace, ready.config, ["sample"]):
        tasks = [task_of(story, case, profile) for case in cases_of(ready.config, story)]
        results += [runner.run(task) for task in tasks or [StoryTask(story, RunRequest(story))]]
    return results


def judged(text: str, folder: Path) -> list[Finding]:
    """What is found in all cases."""
    return [finding for one in ran(text, folder) for finding in one.findings]
