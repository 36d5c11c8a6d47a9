"""Which roots each field may use at admission, and which are there when it is evaluated (templating.md, section 8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.sources.workspace import load
from validator.stories.graph import Graph
from validator.stories.schemas import SchemaReader
from validator.stories.scopes import Scopes
from validator.stories.sites import Field, Site, sites

_STEPS = """
  steps:
  - name: a
    ref: {name: e}
    if: x
    with: {v: x}
    runtime: {v: x}
    idempotencyKeyTemplate: x
    postExecution: {condition: x}
    execution: {cache: {key: x}}
  - name: w
    type: wait
    with: {until: x, timeout: x}
  - name: p
    type: parallel
    with: {steps: [{name: b, ref: {name: e}, if: x, with: {v: x}}]}
  - name: s
    type: executeStory
    with: {storyRef: {name: x}, with: {v: x}}
  finally:
  - name: f
    ref: {name: e}
    if: x
  output: {v: x}
  policy: {with: {v: x}}
  transports:
  - {name: t, transportRef: t, streaming: {routing: {rules: [{when: x}]}}}
"""


def _sites(folder: Path, pattern: str) -> list[Site]:
    head = f"apiVersion: bubustack.io/v1alpha1\nkind: Story\nmetadata: {{name: s}}\nspec:\n  pattern: {pattern}\n"
    (folder / "story.yaml").write_text(head + _STEPS, encoding="utf-8")
    workspace = load(folder)
    return list(sites(Scopes(Graph(workspace.stories[0]), SchemaReader(workspace))))


_BATCH = {"inputs", "steps"}
_PACKETS = {"inputs", "steps", "packet"}


@pytest.mark.parametrize(
    ("pattern", "field", "admitted", "there"),
    [
        ("batch", Field.WITH, _BATCH, _BATCH),
        ("batch", Field.IF, _BATCH, _BATCH),
        ("batch", Field.UNTIL, _BATCH, _BATCH),
        ("batch", Field.BRANCH, _BATCH, _BATCH),
        ("batch", Field.EXECUTE, _BATCH, _BATCH),
        ("batch", Field.BRIDGED, _PACKETS, _PACKETS),
        ("batch", Field.IDEMPOTENCY, _BATCH, _BATCH),
        ("batch", Field.POST, _BATCH, {"steps"}),
        ("batch", Field.CACHE, None, {"inputs", "step", "engram"}),
        ("batch", Field.OUTPUT, _BATCH, _BATCH),
        ("batch", Field.POLICY, _BATCH, _BATCH),
        ("batch", Field.ROUTING, _PACKETS, _PACKETS),
        ("realtime", Field.STATIC, {"inputs"}, {"inputs"}),
        ("realtime", Field.RUNTIME, _PACKETS, _PACKETS),
        ("realtime", Field.PACKET_IF, _PACKETS, _PACKETS),
        ("realtime", Field.IDEMPOTENCY, _BATCH, _BATCH),
        ("realtime", Field.POST, _BATCH, {"steps"}),
    ],
)
def test_roots(pattern: str, field: Field, admitted: set[str] | None, there: set[str], tmp_path: Path) -> None:
    found = [site.scope for site in _sites(tmp_path, pattern) if site.field is field]
    assert found
    for scope in found:
        assert (None if scope.admission is None else set(scope.admission.roots)) == admitted
        assert set(scope.roots) == there


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        ("batch", {("with", "timeout"), ("with", "storyRef"), (0, "if"), (0, "name"), (0, "ref")}),
        ("realtime", {("with", "timeout"), ("with", "storyRef"), (0, "if"), (0, "name"), (0, "ref")}),
    ],
)
def test_what_nobody_evaluates(pattern: str, places: set[tuple[str | int, ...]], tmp_path: Path) -> None:
    found = {site.path[-2:] for site in _sites(tmp_path, pattern) if site.field is Field.LITERAL}
    assert found == places


def test_finally_of_a_realtime_story_has_no_condition(tmp_path: Path) -> None:
    (site,) = [site for site in _sites(tmp_path, "realtime") if site.path[1] == "finally"]
    assert site.field is Field.LITERAL
    assert "always runs" in site.reason
