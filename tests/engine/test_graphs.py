"""Which verdict the edges of a story get: only findings that name an edge's source colour it."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine.graphs import story_graphs
from validator.findings import Finding, Location, Rule, Severity, Subject, Unchecked
from validator.sources.workspace import load

TEMPLATE = """
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: {name}}}
spec:
  version: 1.0.0
  supportedModes: [job]
  inputSchema: {{type: object}}
  {output}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {{name: {name}}}
spec:
  templateRef: {{name: {name}}}
---
"""
STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: tale}
spec:
  pattern: batch
  steps:
  - name: fetch
    ref: {name: typed}
  - name: my-list
    ref: {name: typed}
  - name: silent
    ref: {name: untyped}
  - name: send
    needs: [silent]
    ref: {name: typed}
    with: {a: "{{ steps.fetch.output.a }}", b: "{{ steps.my_list.output.b }}"}
  - name: last
    ref: {name: typed}
    with: {a: "{{ steps.silent.output.a }}"}
"""
CHECKS = ("manifests", "resolution", "pairwise")
RULE = Rule("EV301", "x", Severity.ERROR, "{message}", "x")
SEND = Subject("story", "tale", step="send")


def finding(message: str, severity: Severity = Severity.ERROR, **evidence: str) -> Finding:
    return RULE.at(Location("a"), SEND, message=message, severity=severity, evidence=evidence)


def edges(root: Path, *verdicts: Finding | Unchecked, checks: tuple[str, ...] = CHECKS) -> dict[str, str]:
    typed = TEMPLATE.format(name="typed", output="outputSchema: {type: object}")
    (root / "all.yaml").write_text(typed + TEMPLATE.format(name="untyped", output="") + STORY, encoding="utf-8")
    found = [verdict for verdict in verdicts if isinstance(verdict, Finding)]
    unknown = [verdict for verdict in verdicts if isinstance(verdict, Unchecked)]
    (graph,) = story_graphs(load(root), checks, found, unknown)
    assert [step.name for step in graph.steps] == ["fetch", "my-list", "silent", "send", "last"]
    return {
        f"{edge.source}{'>' if edge.data else '.'}{edge.target}": edge.verdict.value
        for edge in graph.edges
    }  # fmt: skip


GOOD = {"fetch>send": "passed", "my-list>send": "passed", "silent.send": "passed", "silent>last": "unknown"}


@pytest.mark.parametrize(
    ("verdict", "changed"),
    [
        (finding("`{{ steps.fetch.output.a }}` is wrong"), {"fetch>send": "error"}),
        (finding("wrong", Severity.WARNING, template="{{ steps.my_list.output.b }}"), {"my-list>send": "warning"}),
        (finding("`fetch` has no such output"), {"fetch>send": "error"}),
        (finding("steps.fetching is nobody here"), {}),
        (finding("a secret is missing"), {}),
        (Unchecked("steps.fetch.output", "no schema", SEND), {"fetch>send": "unknown"}),
        (
            Unchecked("the input", "too large", SEND),
            {"fetch>send": "unknown", "my-list>send": "unknown", "silent.send": "unknown"},
        ),
        (Unchecked("the input", "too large", Subject("story", "other", step="send")), {}),
    ],
)
def test_an_edge_has_the_verdicts_that_are_about_it(
    tmp_path: Path, verdict: Finding | Unchecked, changed: dict[str, str]
) -> None:
    assert edges(tmp_path, verdict) == GOOD | changed


def test_stories_of_the_same_name_are_told_apart_by_their_file(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(STORY, encoding="utf-8")
    (tmp_path / "two.yaml").write_text(STORY, encoding="utf-8")
    found = RULE.at(Location("two.yaml"), SEND, message="`fetch` has no such output")
    graphs = story_graphs(load(tmp_path), CHECKS, [found], [])
    errors = {graph.file: [edge.source for edge in graph.edges if edge.verdict.value == "error"] for graph in graphs}
    assert errors == {"one.yaml": [], "two.yaml": ["fetch"]}


def test_without_the_checks_nothing_is_known(tmp_path: Path) -> None:
    assert set(edges(tmp_path, checks=("resolution",)).values()) == {"unknown"}
