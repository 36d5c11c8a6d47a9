"""Every witness, evaluated for real: the upstream schema allows it, its `if` is true, and the engram refuses it.

The check works on schemas; this plays its counterexamples through the evaluator and the platform's validation.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.depth import examples
from validator.checks.pairwise import check
from validator.findings import Finding, Json
from validator.schemas.defaults import apply_defaults
from validator.schemas.profile import LITERAL
from validator.schemas.validation import is_instance
from validator.sources.manifests import Engram, EngramTemplate, Step, Story
from validator.sources.workspace import Workspace, load
from validator.templates.evaluation import evaluate, evaluate_condition

_GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "pairwise").glob("*.yaml"))


@pytest.mark.parametrize("path", _GOLDEN, ids=lambda path: path.stem)
def test_golden_witnesses(path: Path) -> None:
    _play(load(path.parent, [path.name]))


def test_random_witnesses(tmp_path: Path) -> None:
    played, stories = 0, examples(150)
    for seed in range(stories):
        file = tmp_path / f"{seed}.yaml"
        file.write_text(_story(random.Random(seed)), encoding="utf-8")
        played += _play(load(tmp_path, [file.name]))
    assert played > stories


def _play(workspace: Workspace) -> int:
    """Check each finding that has a witness of one upstream document; how many there were."""
    played = 0
    for finding in (one for one in check(workspace) if isinstance(one, Finding)):
        witness = finding.evidence.get("witness")
        (story,) = [story for story in workspace.stories if story.name == finding.subject.name]
        if not finding.subject.step:
            played += _ends(story, witness, finding)
            continue
        (step,) = [step for step in story.every_step() if step.name == finding.subject.step]
        if not isinstance(witness, dict) or len(witness) != 1 or step.ref is None:
            continue
        ((root, document),) = witness.items()
        if root.startswith("payload of "):
            _passes_through(workspace, story, step, root.removeprefix("payload of "), document, finding)
            played += 1
        elif root.split(".")[0] in ("inputs", "steps", "packet"):
            _evaluates(workspace, story, step, root.split("."), document, finding)
            played += 1
    return played


def _ends(story: Story, witness: Json, finding: Finding) -> int:
    """A document with which the story's own output breaks its schema at the place of the finding."""
    if not isinstance(witness, dict) or len(witness) != 1:
        return 0
    ((root, document),) = witness.items()
    name = str(finding.anchor[2])
    assert story.output is not None
    assert story.outputs_schema is not None
    value = evaluate(story.output.value[name], _context(root.split("."), document)).value  # type: ignore[index, call-overload]
    alone = {key: part for key, part in story.outputs_schema.value.items() if key != "required"}  # type: ignore[union-attr]
    assert not is_instance(alone, {name: value})
    return 1


def _evaluates(
    workspace: Workspace, story: Story, step: Step, root: list[str], document: Json, finding: Finding
) -> None:
    assert any(is_instance(schema, document, profile=LITERAL) for schema in _schemas(workspace, story, root))
    context = _context(root, document)
    if step.if_ is not None and any(part in str(step.if_.value) for part in (root[1:2] or root)):
        assert evaluate_condition(str(step.if_.value), context)
    schema = workspace.step_template(story, step).input_schema.value  # type: ignore[union-attr]
    block = {**(step.with_.value if step.with_ else {}), **(step.runtime.value if step.runtime else {})}  # type: ignore[dict-item]
    name = next(part for part in finding.anchor[3:] if isinstance(part, str))
    node = block[name]
    text = node["$bubuTemplate"] if isinstance(node, dict) else node
    value = evaluate(text, context).value
    alone = {key: part for key, part in schema.items() if key != "required"}
    assert not is_instance(alone, apply_defaults(alone, {name: value}))


def _passes_through(
    workspace: Workspace, story: Story, step: Step, source: str, document: Json, finding: Finding
) -> None:
    (schema,) = _schemas(workspace, story, ["steps", source])
    assert is_instance(schema, document, profile=LITERAL)
    if step.if_ is not None:
        assert evaluate_condition(str(step.if_.value), _context(["steps", source], document))
    taken = workspace.step_template(story, step).input_schema.value["properties"]  # type: ignore[union-attr, index, call-overload]
    name = finding.anchor[4]
    assert not is_instance({"properties": {name: taken[name]}}, {name: document[name]})  # type: ignore[index, call-overload]


def _schemas(workspace: Workspace, story: Story, root: list[str]) -> list[Json]:
    if root[0] == "inputs":
        assert story.inputs_schema is not None
        return [story.inputs_schema.value]
    names = [root[1]] if len(root) > 1 else [step.name for step in story.steps]
    steps = [step for step in story.steps if step.name in names or step.name.replace("-", "_") in names]
    templates = [workspace.step_template(story, step) for step in steps]
    return [template.output_schema.value for template in templates if template and template.output_schema]


def _context(root: list[str], document: Json) -> dict[str, Any]:
    given = json.loads(json.dumps(document), parse_int=float)
    if root[0] == "inputs":
        return {"inputs": given, "steps": {}}
    if root[0] == "packet":
        return {"inputs": {}, "steps": {}, "packet": {**given, "metadata": {}}}
    names = {root[1], root[1].replace("-", "_")}
    entry = given if len(root) == 2 else {"output": given, "outputs": given}
    return {"inputs": {}, "steps": dict.fromkeys(names, entry), "packet": {**given, "metadata": {}}}


# Random stories: small schemas over few names, so that they agree and disagree often.

_NAMES = ("kind", "text", "count", "items")


def _schema(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    kind = chance.choice(["string", "integer", "number", "boolean", "object", "array", "enum", "union", "nullable"])
    if kind == "object" and depth < 2:
        names = chance.sample(_NAMES, 2)
        made: dict[str, Any] = {"type": "object", "properties": {name: _schema(chance, depth + 1) for name in names}}
        return {**made, "required": [name for name in names if chance.random() < 0.6]}
    if kind == "array" and depth < 2:
        return {"type": "array", "items": _schema(chance, depth + 1)}
    if kind == "enum":
        return {"type": "string", "enum": chance.sample(["a", "b", "c"], 2)}
    if kind == "union":
        return {chance.choice(["anyOf", "oneOf"]): [{"type": "string"}, {"type": "object", "properties": {"text": {}}}]}
    if kind == "nullable":
        return {"type": ["string", "null"]}
    if kind == "integer":
        return chance.choice([{"type": "integer"}, {"type": "integer", "minimum": 1}])
    return {"type": kind if kind in ("string", "number", "boolean") else "string"}


def _story(chance: random.Random) -> str:
    realtime = chance.random() < 0.5
    output = {"type": "object", "properties": {name: _schema(chance) for name in _NAMES}, "required": [*_NAMES]}
    if chance.random() < 0.3:
        output["oneOf"] = [
            {"properties": {"kind": {"const": "a"}, "text": {"type": "string"}}},
            {"properties": {"kind": {"const": "b"}, "text": {"type": "integer"}}},
        ]
        output["properties"]["kind"], output["properties"]["text"] = {"type": "string"}, {}  # type: ignore[index]
    consumer = {"type": "object", "properties": {name: _schema(chance) for name in _NAMES}}
    way = chance.choice(["packet", "steps.first"]) if realtime else "steps.first.output"
    block = {name: f"{{{{ {way}.{chance.choice(_NAMES)} }}}}" for name in _NAMES if chance.random() < 0.6}
    step: dict[str, Any] = {"name": "second", "ref": {"name": "consumer"}, "needs": ["first"]}
    if block:
        step["runtime" if realtime else "with"] = block
    if chance.random() < 0.4:
        step["if"] = f'{{{{ eq {way}.kind "a" }}}}'
    steps = [{"name": "first", "ref": {"name": "producer"}}, step]
    documents: list[dict[str, Any]] = [
        _manifest(EngramTemplate, "producer", {"outputSchema": output}),
        _manifest(EngramTemplate, "consumer", {"inputSchema": consumer}),
        _manifest(Engram, "producer", {"templateRef": {"name": "producer"}}),
        _manifest(Engram, "consumer", {"templateRef": {"name": "consumer"}}),
        _manifest(Story, "story", {"pattern": "realtime" if realtime else "batch", "steps": steps}),
    ]
    return "\n---\n".join(map(json.dumps, documents))


def _manifest(kind: type, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    group = "catalog.bubustack.io/v1alpha1" if kind is EngramTemplate else "bubustack.io/v1alpha1"
    return {"apiVersion": group, "kind": kind.__name__, "metadata": {"name": name}, "spec": spec}
