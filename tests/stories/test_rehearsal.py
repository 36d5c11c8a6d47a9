"""A story on sample data: every step gets what the platform would give it."""

from __future__ import annotations

from pathlib import Path

from validator.findings import Json
from validator.sources.workspace import load
from validator.stories.graph import Graph
from validator.stories.rehearsal import Rehearsal, Rehearsed, rehearse
from validator.stories.schemas import SchemaReader
from validator.stories.scopes import Scopes

_CATALOGUE = """
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: fetch}
spec:
  templateRef: {name: fetch}
  with: {agent: "bot of {{ inputs.name }}", options: {a: 1, b: 2}}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: fetch}
spec:
  inputSchema: {type: object, properties: {limit: {type: integer, default: 9}}}
  outputSchema: {type: object, properties: {body: {type: string}}, required: [body]}
"""


def _rehearsed(folder: Path, spec: str, outputs: dict[str, Json] | None = None) -> dict[str, Rehearsed]:
    return {one.step.name: one for one in _rehearsal(folder, spec, outputs).steps}


def _rehearsal(folder: Path, spec: str, outputs: dict[str, Json] | None = None) -> Rehearsal:
    head = "apiVersion: bubustack.io/v1alpha1\nkind: Story\nmetadata: {name: s}\nspec:\n"
    (folder / "story.yaml").write_text(head + spec + _CATALOGUE, encoding="utf-8")
    workspace = load(folder, ["story.yaml"])
    scopes = Scopes(Graph(workspace.stories[0]), SchemaReader(workspace))
    return rehearse(scopes, {"name": "Ada"}, outputs)


def test_outputs_flow_from_step_to_step(tmp_path: Path) -> None:
    spec = """
  inputsSchema: {type: object, properties: {greeting: {type: string, default: Hello}}}
  steps:
  - name: use
    ref: {name: fetch}
    with: {text: "{{ inputs.greeting }} {{ steps.get_it.output.body }}", options: {a: 5}}
  - {name: get-it, ref: {name: fetch}}
"""
    found = _rehearsed(tmp_path, spec, {"get-it": {"body": "page"}})
    assert list(found) == ["get-it", "use"]
    assert found["use"].given == {
        "text": "Hello page",
        "agent": "bot of Ada",
        "options": {"a": 5, "b": 2},
        "limit": 9,
    }


def test_a_step_without_a_written_output_gives_a_sample(tmp_path: Path) -> None:
    spec = """
  steps:
  - {name: a, ref: {name: fetch}}
  - {name: b, ref: {name: fetch}, with: {text: "{{ steps.a.output.body }}"}}
"""
    found = _rehearsed(tmp_path, spec)
    assert isinstance(found["a"].output, dict)
    assert isinstance(found["b"].given, dict)
    assert found["b"].given["text"] == found["a"].output["body"]


def test_conditions_decide_and_failures_are_told(tmp_path: Path) -> None:
    spec = """
  steps:
  - {name: never, ref: {name: fetch}, if: '{{ eq inputs.name "Bob" }}'}
  - {name: fails, ref: {name: fetch}, with: {text: "{{ inputs.nmae }}"}}
  - {name: broken, ref: {name: fetch}, if: "{{ inputs.name }}"}
"""
    found = _rehearsed(tmp_path, spec)
    assert not found["never"].runs
    assert found["never"].problem == ""
    assert found["fails"].problem == "missing key at inputs.nmae"
    assert found["fails"].where is not None
    assert not found["broken"].runs
    assert "boolean" in found["broken"].problem


def test_packets_of_a_realtime_story(tmp_path: Path) -> None:
    spec = """
  pattern: realtime
  steps:
  - {name: hear, ref: {name: fetch}}
  - name: answer
    ref: {name: fetch}
    needs: [hear]
    with: {a: 1, b: 1}
    runtime: {b: "{{ steps.hear.body }}", c: "{{ packet.body }}"}
"""
    found = _rehearsed(tmp_path, spec, {"hear": {"body": "hi"}})
    given = found["answer"].given
    assert isinstance(given, dict)
    assert (given["a"], given["b"], given["c"]) == (1, "hi", "hi")


def test_an_input_that_the_engram_refuses_is_a_failure(tmp_path: Path) -> None:
    spec = """
  steps:
  - {name: a, ref: {name: fetch}, with: {limit: "{{ inputs.name | default 5 }}"}}
  - {name: b, ref: {name: fetch}, with: {limit: 3}}
"""
    found = _rehearsed(tmp_path, spec)
    assert found["a"].problem == 'the input is refused: `limit`: expected an integer, found the string "Ada"'
    assert (found["b"].problem, str(found["b"].given["limit"])) == ("", "3")  # type: ignore[index, call-overload]


_OUTPUT = """
  outputsSchema: {type: object, properties: {size: {type: integer}}}
  steps:
  - {name: a, ref: {name: fetch}, with: {text: "{{ inputs.%s }}"}}
  output: {size: "{{ steps.a.output.%s }}"}
"""


def test_the_output_of_a_story_is_evaluated_last(tmp_path: Path) -> None:
    done = _rehearsal(tmp_path, _OUTPUT % ("name", "size"), {"a": {"body": "x", "size": 5}})
    assert done.output is not None
    assert (str(done.output.value), done.output.problem, done.fails) == ("{'size': 5}", "", False)


def test_an_output_without_a_value_or_against_its_schema_is_a_failure(tmp_path: Path) -> None:
    problems = []
    for field in ("size", "sise"):
        done = _rehearsal(tmp_path, _OUTPUT % ("name", field), {"a": {"body": "x", "size": "5"}})
        assert done.output is not None
        assert done.fails
        problems.append(done.output.problem)
    assert problems == [
        'the output is refused: `size`: expected an integer, found the string "5"',
        "template evaluation blocked: missing key at steps.a.output.sise",
    ]


def test_a_story_with_a_step_that_fails_gives_no_output(tmp_path: Path) -> None:
    done = _rehearsal(tmp_path, _OUTPUT % ("nmae", "size"))
    assert (done.output, done.fails) == (None, True)


def test_a_written_output_that_the_engram_cannot_have_given_is_a_failure(tmp_path: Path) -> None:
    spec = """
  steps:
  - {name: get, ref: {name: fetch}}
  - {name: use, ref: {name: fetch}, with: {text: "{{ steps.get.output.body }}"}}
"""
    wrong = _rehearsed(tmp_path, spec, {"get": {"body": 5}})
    assert wrong["get"].problem.startswith("the output is refused: `body`: ")
    assert wrong["use"].problem
    assert not _rehearsed(tmp_path, spec, {"get": {"body": "text"}})["get"].problem


def test_a_block_that_cannot_be_merged_with_that_of_the_engram_is_a_failure(tmp_path: Path) -> None:
    found = _rehearsed(tmp_path, "\n  steps:\n  - {name: a, ref: {name: fetch}, with: [1]}\n")
    assert found["a"].problem == "failed to merge 'with' blocks for step 'a'"
