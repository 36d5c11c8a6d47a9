"""Steps as the controllers join them (templating.md, section 9; hub.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from validator.sources.manifests import Story
from validator.sources.workspace import load
from validator.stories.graph import Graph, implicit

_VECTORS = Path(__file__).parents[1] / "vectors"


def _story(folder: Path, spec: object) -> Story:
    document = {"apiVersion": "bubustack.io/v1alpha1", "kind": "Story", "metadata": {"name": "s"}, "spec": spec}
    (folder / "story.json").write_text(json.dumps(document), encoding="utf-8")
    return load(folder, ["story.json"]).stories[0]


def _records() -> Iterator[dict[str, object]]:
    for line in (_VECTORS / "stories.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("dag_deps"):
            yield record


def test_dependencies_are_those_of_the_real_controller(tmp_path: Path) -> None:
    for record in _records():
        story = record["story"]
        assert isinstance(story, dict)
        graph = Graph(_story(tmp_path, story["spec"]))
        ours = {
            step.name: sorted({*(need.text or "" for need in step.needs), *implicit(step, graph.names)})
            for step in graph.story.steps
        }
        assert {name: ours[name] for name in record["dag_deps"]} == {  # type: ignore[attr-defined]
            name: sorted(names)
            for name, names in record["dag_deps"].items()  # type: ignore[attr-defined]
        }, record["id"]


@pytest.mark.parametrize(
    ("field", "text", "found"),
    [
        ("with", "{{ steps.a.output.x }}", ("a",)),
        ("with", '{{ steps["a"].output.x }}', ()),
        ("with", '{{ (index .steps "a").output.x }}', ()),
        ("with", "{{ steps.a }}", ()),
        ("with", "https://h/steps.v1.json", ("v1",)),
        ("with", "{{ steps.my_step.output }}", ("my-step",)),
        ("if", '{{ steps["a"].output.x }}', ("a",)),
        ("if", '{{ (index .steps "a").output.x }}', ("a",)),
        ("if", "{{ steps.a.output.ok }}", ("a",)),
    ],
)
def test_forms_that_the_controller_sees(field: str, text: str, found: tuple[str, ...], tmp_path: Path) -> None:
    value: object = text if field == "if" else {"v": text}
    story = _story(tmp_path, {"steps": [{"name": "b", "ref": {"name": "e"}, field: value}]})
    assert implicit(story.steps[0], ("a", "b", "my-step")) == found


def test_upstream_is_transitive_and_ends_in_cycles(tmp_path: Path) -> None:
    steps = [
        {"name": "a", "ref": {"name": "e"}, "needs": ["c"]},
        {"name": "b", "ref": {"name": "e"}, "needs": ["a"]},
        {"name": "c", "ref": {"name": "e"}, "with": {"v": "{{ steps.b.output }}"}},
    ]
    graph = Graph(_story(tmp_path, {"steps": steps}))
    assert graph.upstream("b") == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("needs", "transports", "sources"),
    [
        ({}, {}, ["a", "b"]),
        ({"c": ["a"]}, {}, ["a"]),
        ({"c": ["d"]}, {}, []),
        ({}, {"a": "x", "b": "y", "c": "y"}, ["b"]),
        ({}, {"b": "y"}, ["a", "b"]),
    ],
    ids=["every earlier step", "what is needed", "later ones never", "one transport", "an open transport fits"],
)
def test_packets_come_from(
    needs: dict[str, list[str]], transports: dict[str, str], sources: list[str], tmp_path: Path
) -> None:
    steps = []
    for name in ("a", "b", "c", "d"):
        step: dict[str, object] = {"name": name, "ref": {"name": "e"}}
        if name in needs:
            step["needs"] = needs[name]
        if name in transports:
            step["transport"] = transports[name]
        steps.append(step)
    graph = Graph(_story(tmp_path, {"pattern": "realtime", "steps": steps}))
    assert [step.name for step in graph.sources(graph.story.steps[2])] == sources


@pytest.mark.parametrize(
    ("step", "lacks"),
    [
        ({}, False),
        ({"if": "{{ inputs.x }}"}, True),
        ({"if": "true"}, False),
        ({"if": " "}, False),
        ({"allowFailure": True}, True),
    ],
)
def test_steps_that_may_end_without_an_output(step: dict[str, object], lacks: bool, tmp_path: Path) -> None:
    graph = Graph(_story(tmp_path, {"steps": [{"name": "a", "ref": {"name": "e"}, **step}]}))
    assert bool(graph.may_lack_output(graph.story.steps[0])) is lacks
