"""`story run`: stories of the workspace in virtual time, their cases judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

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
CASES = """
stories:
  triage:
  - name: another page
    inputs: {page: b}
    expect: {never: [send], time: 3601s}
  - name: a crash
    inputs: {page: b}
    steps: {fetch: [{kill: true}, {output: {body: x}}]}
    expect: {steps: {fetch: {attempts: 3}}}
"""


def call(folder: Path, *arguments: str) -> tuple[int, str]:
    (folder / "story.yaml").write_text(WORKSPACE, encoding="utf-8")
    done = CliRunner().invoke(main, ["story", "run", "--root", str(folder), *arguments])
    return done.exit_code, done.output


def run(folder: Path, *arguments: str, page: str = "b", script: str = "") -> tuple[int, str]:
    (folder / "inputs.json").write_text(json.dumps({"page": page}), encoding="utf-8")
    (folder / "script.txt").write_text(script or "{}", encoding="utf-8")
    files = ["--inputs", str(folder / "inputs.json"), "--script", str(folder / "script.txt")]
    return call(folder, "triage", *files, *arguments)


def with_cases(folder: Path, *arguments: str) -> tuple[int, str]:
    (folder / "engram-validate.yaml").write_text(CASES, encoding="utf-8")
    return call(folder, *arguments)


def test_generated_outputs_and_an_hour_of_sleep(tmp_path: Path) -> None:
    status, output = run(tmp_path)

    assert status == 0
    assert "fetch  Succeeded, 0 s to 1 s, generated" in output
    assert "send   Skipped" in output
    assert "Succeeded after 3601 s of virtual time" in output


def test_attempts_of_the_script(tmp_path: Path) -> None:
    script = "fetch: [{after: 2, exit: 137}, {after: 3, phase: Succeeded, output: {body: x}}]"

    status, output = run(tmp_path, "--format", "json", script=script)

    assert status == 0
    fetch = json.loads(output)["runs"][0]["trace"]["steps"][0]
    assert [one["evidence"] for one in fetch["attempts"]] == ["mocked", "mocked"]
    assert fetch["given"] == {"url": "https://example.com/b"}


def test_a_run_that_never_ends_names_the_place(tmp_path: Path) -> None:
    status, output = run(tmp_path, page="a")

    assert status == 1
    assert "error[EV722 story-never-ends]" in output
    assert "step wait waits until `{{ inputs.ready }}` holds" in output
    assert "story.yaml:15:19" in output


@pytest.mark.parametrize(
    ("script", "said"),
    [("fetsh: {never: true}", "has no step fetsh; did you mean `fetch`?"), ("fetch: {after: 1}", "neither phase")],
)
def test_a_wrong_script_is_wrong_usage(tmp_path: Path, script: str, said: str) -> None:
    status, output = run(tmp_path, script=script)

    assert status == 2
    assert said in output


def test_cases_of_the_configuration(tmp_path: Path) -> None:
    status, output = with_cases(tmp_path)

    assert status == 1
    assert "triage: another page: passed (generated)" in output
    assert "triage: a crash: failed" in output
    assert "step `fetch`: expected 3 attempts, found 2" in output
    assert "engram-validate.yaml:10:40" in output


def test_one_case_by_its_name(tmp_path: Path) -> None:
    status, output = with_cases(tmp_path, "triage", "--case", "another page")

    assert status == 0
    assert "a crash" not in output


def test_a_case_that_is_not_there(tmp_path: Path) -> None:
    status, output = with_cases(tmp_path, "--case", "a crush")

    assert status == 2
    assert "did you mean `a crash`?" in output


def test_junit_has_a_test_for_each_case(tmp_path: Path) -> None:
    with_cases(tmp_path, "--junit", str(tmp_path / "junit.xml"))

    tests = {one.get("name"): one for one in ET.parse(tmp_path / "junit.xml").iter("testcase")}
    assert tests.keys() == {"stories: another page", "stories: a crash"}
    assert tests["stories: another page"].find("failure") is None
    assert "3 attempts" in str(tests["stories: a crash"].find("failure").get("message"))  # type: ignore[union-attr]


def test_the_verdict_is_the_weakest_evidence(tmp_path: Path) -> None:
    _, output = with_cases(tmp_path, "--format", "json")

    runs: list[dict[str, Any]] = json.loads(output)["runs"]
    assert [one["verdict"] for one in runs] == ["passed (generated)", "failed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["triage", "--only", "fetsh"], "--only: the story triage has no step fetsh; did you mean `fetch`?"),
        (["triage", "--from", "fetch"], "name its folder by --replay DIR"),
        (["triage", "--from", "a", "--only", "b"], "exclude each other"),
        (["triag"], "There is no story triag; did you mean `triage`?"),
        (["triage", "--image", "fetch"], "expected NAME=REF, found `fetch`"),
        (["triage", "--format", "markdown"], "is for a realtime story"),
    ],
)
def test_wrong_usage(arguments: list[str], said: str, tmp_path: Path) -> None:
    status, output = with_cases(tmp_path, *arguments)

    assert status == 2
    assert said in output


def test_an_image_that_cannot_be_had_breaks_nobodys_contract(tmp_path: Path) -> None:
    missing = tmp_path / "no-such-program"
    image = f"fetch=process:{missing}"

    status, output = with_cases(tmp_path, "triage", "--case", "another page", "--image", image, "--sandbox", "process")

    assert status == 3
    assert "no-such-program" in output
    assert "error" in output


def test_fail_under(tmp_path: Path) -> None:
    enough, _ = with_cases(tmp_path, "--case", "another page", "--fail-under", "60")
    status, output = with_cases(tmp_path, "--case", "another page", "--fail-under", "80")

    assert enough == 0
    assert status == 1
    assert "4 of 6 paths are taken (67 %); not taken: triage/send (if true), triage/wait (if true)" in output
    assert "error[EV726 story-coverage-too-low]: the cases cover 4 of 6 paths (67 %)" in " ".join(output.split())
