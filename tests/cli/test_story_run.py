"""`story run`: a story of the workspace in virtual time, with stand-ins, and why it never ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from validator.cli import main

WORKSPACE = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage, namespace: ns}
spec:
  inputsSchema: {type: object, properties: {page: {type: string}}}
  steps:
  - {name: fetch, ref: {name: fetch}, with: {url: "https://example.com/{{ inputs.page }}"}}
  - {name: nap, type: sleep, needs: [fetch], with: {duration: 1h}}
  - {name: send, ref: {name: fetch}, needs: [nap], if: '{{ eq inputs.page "a" }}'}
  - name: wait
    type: wait
    needs: [send]
    if: '{{ eq inputs.page "a" }}'
    with: {until: "{{ inputs.ready }}"}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: fetch, namespace: ns}
spec: {templateRef: {name: fetch}}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: fetch}
spec: {outputSchema: {type: object, required: [body], properties: {body: {type: string}}}}
"""


def run(folder: Path, *arguments: str, page: str = "b", script: str = "") -> tuple[int, str]:
    (folder / "story.yaml").write_text(WORKSPACE, encoding="utf-8")
    (folder / "inputs.yaml").write_text(f"page: {page}\n", encoding="utf-8")
    (folder / "script.yaml").write_text(script or "{}", encoding="utf-8")
    files = ["--inputs", str(folder / "inputs.yaml"), "--script", str(folder / "script.yaml")]
    done = CliRunner().invoke(main, ["story", "run", "triage", "--root", str(folder), *files, *arguments])
    return done.exit_code, done.output


def test_generated_outputs_and_an_hour_of_sleep(tmp_path: Path) -> None:
    status, output = run(tmp_path)

    assert status == 0
    assert "fetch  Succeeded, 0 s to 1 s, generated" in output
    assert "send   Skipped" in output
    assert "triage: Succeeded after 3601 s of virtual time" in output


def test_attempts_of_the_script(tmp_path: Path) -> None:
    script = "fetch: [{after: 2, exit: 137}, {after: 3, phase: Succeeded, output: {body: x}}]"

    status, output = run(tmp_path, "--format", "json", script=script)

    assert status == 0
    fetch = json.loads(output)["steps"][0]
    assert (fetch["attempts"], fetch["evidence"]) == (2, "mocked")
    assert fetch["given"] == {"url": "https://example.com/b"}


def test_a_run_that_never_ends_names_the_place(tmp_path: Path) -> None:
    status, output = run(tmp_path, page="a")

    assert status == 1
    assert "triage: never ends" in output
    assert "step wait waits until `{{ inputs.ready }}` holds" in output
    assert "(story.yaml:15:19)" in output


@pytest.mark.parametrize(
    ("script", "said"),
    [("fetsh: {never: true}", "has no step fetsh; did you mean `fetch`?"), ("fetch: {after: 1}", "neither phase")],
)
def test_a_wrong_script_is_wrong_usage(tmp_path: Path, script: str, said: str) -> None:
    status, output = run(tmp_path, script=script)

    assert status == 2
    assert said in output
