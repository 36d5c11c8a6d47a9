"""The type of a step's whole input: what each way of writing becomes (templating.md, section 5)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from validator.findings import Json
from validator.sources.workspace import Workspace, load
from validator.stories.analysis import StoryAnalysis
from validator.stories.schemas import SchemaReader
from validator.stories.typing import Typed, infer_step

_OUTPUT: Json = {
    "type": "object",
    "properties": {
        "body": {"type": "string"},
        "n": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["body", "n"],
}


def _workspace(folder: Path, with_: Json, *, engram: Json = None, runtime: Json = None, **spec: Json) -> Workspace:
    core, catalog = "bubustack.io/v1alpha1", "catalog.bubustack.io/v1alpha1"
    step: dict[str, Json] = {"name": "b", "ref": {"name": "e"}, "needs": ["a"], "with": with_}
    if runtime is not None:
        step["runtime"] = runtime
    documents: list[Json] = [
        {
            "apiVersion": core,
            "kind": "Story",
            "metadata": {"name": "s"},
            "spec": {"steps": [{"name": "a", "ref": {"name": "e"}}, step], **spec},
        },
        {
            "apiVersion": core,
            "kind": "Engram",
            "metadata": {"name": "e"},
            "spec": {"templateRef": {"name": "t"}, **({"with": engram} if engram is not None else {})},
        },
        {"apiVersion": catalog, "kind": "EngramTemplate", "metadata": {"name": "t"}, "spec": {"outputSchema": _OUTPUT}},
    ]
    for index, document in enumerate(documents):
        (folder / f"{index}.json").write_text(json.dumps(document), encoding="utf-8")
    return load(folder)


def _typed(workspace: Workspace) -> Typed:
    story = workspace.stories[0]
    return infer_step(StoryAnalysis.of(story, SchemaReader(workspace)), story.steps[1], workspace.engrams[0])


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("text", {"const": "text"}),
        (3, {"const": 3}),
        ("{{ steps.a.output.n }}", {"type": "integer"}),
        ("n is {{ steps.a.output.n }}", {"type": "string"}),
        ("{{ steps.a.output.n | default 5 }}", {"type": "string"}),
        ("{{ eq steps.a.output.n 5.0 }}", {"type": "boolean"}),
        ("{{ steps.a.output.tags }}", {"type": "array", "items": {"type": "string"}}),
        ("{{ steps.a.output }}", _OUTPUT),
        ("{{ steps.a.output.unheard }}", {}),
        ("{{ print steps.a.output.body }}", {}),
        ("{{ inputs.anything }}", {}),
        ("{{ if }}", {}),
        ([], {"type": "array", "maxItems": 0}),
        (["x"], {"type": "array", "items": [{"const": "x"}], "additionalItems": False, "minItems": 1}),
        ({"$bubuTemplate": "{{ steps.a.output.n }}"}, {"type": "integer"}),
        ({"$bubuTemplate": "{{ steps.a.output.n }}", "$bubuTemplateVars": {"steps": {}}}, {}),
    ],
)
def test_a_value_becomes(value: Json, schema: Json, tmp_path: Path) -> None:
    typed = _typed(_workspace(tmp_path, {"v": value}))
    assert isinstance(typed.schema, dict)
    assert typed.schema["properties"] == {"v": schema}
    assert typed.schema["required"] == ["v"]


def test_every_place_leads_back_to_its_characters(tmp_path: Path) -> None:
    typed = _typed(_workspace(tmp_path, {"deep": {"n": "{{ steps.a.output.n }}"}}))
    origin = typed.origins["deep", "n"]
    assert origin.node.text is not None
    assert origin.node.text[origin.start : origin.end] == "steps.a.output.n"


def test_with_of_the_engram_lies_below(tmp_path: Path) -> None:
    workspace = _workspace(
        tmp_path, {"o": {"x": 1}, "scalar": 2}, engram={"o": {"x": 0, "y": 0}, "scalar": {"gone": 1}, "more": True}
    )
    schema = _typed(workspace).schema
    assert isinstance(schema, dict)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == {"o", "scalar", "more"}
    assert properties["scalar"] == {"const": 2}
    merged = properties["o"]
    assert isinstance(merged, dict)
    assert merged["properties"] == {"x": {"const": 1}, "y": {"const": 0}}


def test_runtime_replaces_whole_fields(tmp_path: Path) -> None:
    workspace = _workspace(
        tmp_path, {"o": {"x": 1}, "kept": 1}, runtime={"o": {"n": "{{ packet.n }}"}}, pattern="realtime"
    )
    schema = _typed(workspace).schema
    assert isinstance(schema, dict)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    replaced = properties["o"]
    assert isinstance(replaced, dict)
    assert replaced["properties"] == {"n": {"type": "integer"}}
    assert properties["kept"] == {"const": 1}


def test_what_may_be_missing_is_told(tmp_path: Path) -> None:
    typed = _typed(_workspace(tmp_path, {"v": "{{ steps.a.output.tags }}", "w": "{{ steps.zz.output }}"}))
    assert [(problem.path, problem.reason) for problem in typed.problems if problem.access] == [
        (("v",), "`steps.a.output.tags` may be missing"),
        (("w",), "`steps.zz` is never there"),
    ]
