"""`rehearse`: what each step would be given, and an exit status that says whether every template has a value."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from validator.cli import main
from validator.cli.rehearse import command

_STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage}
spec:
  steps:
  - {name: fetch, ref: {name: fetch}, with: {url: "https://example.com/{{ inputs.page }}"}}
  - {name: send, ref: {name: fetch}, needs: [fetch], with: {text: "{{ steps.fetch.output.body }}"}}
  - {name: never, ref: {name: fetch}, if: '{{ eq inputs.page "b" }}'}
"""

_FETCH = """
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: fetch}
spec:
  version: 1.0.0
  supportedModes: [job]
  outputSchema: {type: object, required: [body], properties: {body: {type: string}}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: fetch}
spec: {templateRef: {name: fetch}}
"""


def _run(folder: Path, *arguments: str) -> tuple[int, str]:
    (folder / "story.yaml").write_text(_STORY, encoding="utf-8")
    (folder / "inputs.yaml").write_text("page: a\n", encoding="utf-8")
    (folder / "outputs.yaml").write_text("fetch: {body: hello}\n", encoding="utf-8")
    files = ["--inputs", str(folder / "inputs.yaml")]
    result = CliRunner().invoke(command, ["triage", "story.yaml", "--root", str(folder), *files, *arguments])
    return result.exit_code, result.output


def test_every_step_is_shown(tmp_path: Path) -> None:
    status, output = _run(tmp_path, "--outputs", str(tmp_path / "outputs.yaml"))
    assert status == 0
    assert '"url": "https://example.com/a"' in output
    assert '"text": "hello"' in output
    assert "never: skipped" in output


def test_as_json(tmp_path: Path) -> None:
    status, output = _run(tmp_path, "--outputs", str(tmp_path / "outputs.yaml"), "--format", "json")
    assert status == 0
    assert [step["given"] for step in json.loads(output)["steps"]][:2] == [
        {"url": "https://example.com/a"},
        {"text": "hello"},
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{}", "outputs of `fetch`, `send`: samples of their outputSchemas; --outputs FILE gives others\n"),
        ("fetch: {body: hello}", "output of `send`: a sample of its outputSchema; --outputs FILE gives others\n"),
        ("{fetch: {body: hello}, send: {body: hello}}", "fetch: runs with\n"),
    ],
)
def test_outputs_that_nobody_wrote_are_told_as_samples(written: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "engram.yaml").write_text(_FETCH, encoding="utf-8")
    (tmp_path / "written.yaml").write_text(written, encoding="utf-8")
    (tmp_path / "story.yaml").write_text(_STORY, encoding="utf-8")
    (tmp_path / "inputs.yaml").write_text("page: a\n", encoding="utf-8")
    files = ["--inputs", str(tmp_path / "inputs.yaml"), "--outputs", str(tmp_path / "written.yaml")]
    done = CliRunner().invoke(command, ["triage", "--root", str(tmp_path), *files])
    assert done.exit_code == 0, done.output
    assert done.output.startswith(said)
    document = json.loads(
        CliRunner().invoke(command, ["triage", "--root", str(tmp_path), *files, "--format", "json"]).output
    )
    sampled = [step["step"] for step in document["steps"] if step["sampled"]]
    assert sampled == re.findall(r"`(\w+)`", said)


def test_a_template_without_a_value_is_a_failure(tmp_path: Path) -> None:
    status, output = _run(tmp_path)
    assert status == 1
    assert "send: fails (story.yaml:8:" in output
    assert "blocked" in output


@pytest.mark.parametrize("arguments", [["--outputs", "nowhere.yaml"]])
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    assert _run(tmp_path, *arguments)[0] == 2


def test_an_output_of_no_step_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("fetsh: {body: hello}\n", encoding="utf-8")
    status, output = _run(tmp_path, "--outputs", str(tmp_path / "more.yaml"))
    assert status == 2
    assert "has no step fetsh; did you mean `fetch`?" in output


def test_an_unknown_story(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["triage", "--root", str(tmp_path)])
    assert result.exit_code == 2
    assert "no story triage" in result.output


_REFUSED = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage}
spec:
  inputsSchema:
    type: object
    required: [page]
    properties: {page: {type: string, maxLength: 3}, size: {type: integer, default: 1}}
  steps:
  - {name: fetch, ref: {name: fetch}, with: {url: "{{ inputs.page }}", size: "{{ inputs.size }}"}}
"""


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("page: a\n", ""),
        ("{}\n", "`inputs`: .*page"),
        ("page: 5\n", "`inputs.page`: .*string"),
        ("page: abcd\n", "`inputs.page`: "),
        ("{page: a, size: x}\n", "`inputs.size`: .*integer"),
        ("page: null\n", "`inputs.page`: "),
    ],
)
@pytest.mark.parametrize("style", ["console", "json"])
def test_inputs_that_start_no_run(inputs: str, said: str, style: str, tmp_path: Path) -> None:
    (tmp_path / "story.yaml").write_text(_REFUSED, encoding="utf-8")
    (tmp_path / "inputs.yaml").write_text(inputs, encoding="utf-8")
    arguments = ["triage", "story.yaml", "--root", str(tmp_path), "--inputs", str(tmp_path / "inputs.yaml")]
    result = CliRunner().invoke(command, [*arguments, "--format", style])
    assert result.exit_code == bool(said)
    assert ("the StoryRun is refused" in result.output) is bool(said)
    assert re.search(said, result.output)
    assert ("fetch" not in result.output) is bool(said), "no step is evaluated"


_MISTAKEN = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage}
spec:
  steps:
  - name: fetch
    ref: {name: fetch}
    with:
      right: "{{ inputs.page }}"
      list:
      - "{{ uper inputs.page }}"
"""


def test_rehearse_eval_and_check_explain_a_template_in_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "story.yaml").write_text(_MISTAKEN, encoding="utf-8")
    (tmp_path / "inputs.yaml").write_text("page: a\n", encoding="utf-8")
    files = ["--root", str(tmp_path), "--inputs", str(tmp_path / "inputs.yaml")]
    rehearsed = CliRunner().invoke(command, ["triage", "story.yaml", *files]).output
    evaluated = CliRunner().invoke(main, ["template", "eval", "{{ uper inputs.page }}"]).output
    checked = CliRunner().invoke(main, ["check", "--root", str(tmp_path)]).output

    assert "fetch: fails (story.yaml:12:9)" in rehearsed, "the place of the template, not of `with`"
    words = "`uper` is not a template function: "
    for output in (rehearsed, evaluated, checked):
        assert "EV202" in output
        assert words in output
        assert "write `upper`" in output
    underlined = [line.strip() for line in evaluated.splitlines() if "^" in line or "1 |" in line]
    assert len(underlined) == 2
    assert underlined == [line.strip() for line in rehearsed.splitlines() if "^" in line or "1 |" in line]
