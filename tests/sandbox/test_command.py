"""`engram-validate sandbox run`, by hand, in the process sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from validator.cli.sandbox import command
from validator.cli.sandbox_run import source_of
from validator.sandbox.model import SourceKind


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["run", *arguments])


def test_a_case_shows_status_output_and_logs(fixture_binaries: Path) -> None:
    result = invoke(str(fixture_binaries / "conforming"), "--inputs", '{"text": "one two"}')
    assert result.exit_code == 0, result.output
    assert "phase   Succeeded" in result.output
    assert '"words": 2' in result.output
    assert "--- stdout" in result.output


def test_inputs_from_a_file_completed_by_a_template(fixture_binaries: Path, tmp_path: Path) -> None:
    (tmp_path / "inputs.yaml").write_text("{}\n")
    (tmp_path / "Engram.yaml").write_text(
        "kind: EngramTemplate\nspec: {inputSchema: {type: object, properties: {text: {default: a b c}}}}\n"
    )
    arguments = ["--inputs", str(tmp_path / "inputs.yaml"), "--template", str(tmp_path / "Engram.yaml"), "--json"]
    result = invoke(str(fixture_binaries / "conforming"), *arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["output"] == {"text": "a b c", "words": 3}


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_secret_is_never_shown(fixture_binaries: Path, form: list[str]) -> None:
    result = invoke(
        str(fixture_binaries / "tells"), "--secret", "api.TOKEN=canary-7d1f", "--inputs", '{"text": "a"}', *form
    )
    assert "canary-7d1f" not in result.output
    assert "***" in result.output


def test_a_failure_exits_with_one(fixture_binaries: Path) -> None:
    result = invoke(str(fixture_binaries / "panics"), "--inputs", '{"text": "a"}', "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["phase"] == "Failed"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--inputs", "[1]"],
        ["--inputs", "/nowhere.json"],
        ["--inputs", "{"],
        ["--secret", "noequals"],
        ["--secret", "nodot=1"],
        ["--env", "=x"],
        ["--timeout", "0"],
        ["--timeout", "soon"],
        ["--timeout", "99999999h"],  # six hours at most
    ],
)
def test_wrong_usage_exits_with_two(arguments: list[str]) -> None:
    assert invoke("/bin/true", *arguments).exit_code == 2


@pytest.mark.parametrize("written", ["2", "1.5", "2s", "1500ms", "6h"])
def test_a_time_is_written_as_everywhere_else(tmp_path: Path, written: str) -> None:
    engram = tmp_path / "engram"
    engram.write_text("#!/bin/sh\nexit 0\n")
    engram.chmod(0o755)
    result = invoke(str(engram), "--kind", "process", "--timeout", written)
    assert result.exit_code == 1
    assert "exit status 0" in result.output


def test_what_the_sandbox_cannot_do_exits_with_three(tmp_path: Path) -> None:
    result = invoke(str(tmp_path / "absent"), "--kind", "process")
    assert result.exit_code == 3
    assert "there is no such file" in result.output


def test_what_a_word_means(tmp_path: Path) -> None:
    (tmp_path / "image.tar").touch()
    (tmp_path / "engram").touch()
    kinds = [
        source_of(str(tmp_path), "auto").kind,
        source_of(str(tmp_path / "image.tar"), "auto").kind,
        source_of(str(tmp_path / "engram"), "auto").kind,
        source_of("name:tag", "auto").kind,
        source_of("name:tag", "process").kind,
    ]
    assert kinds == [SourceKind.BUILD, SourceKind.LOAD, SourceKind.PROCESS, SourceKind.IMAGE, SourceKind.PROCESS]


ENGRAMS = Path(__file__).parent.parent / "fixtures" / "engrams"
VERDICTS = [
    ("conforming", '{"text": "a b"}', 0, "passed", []),
    ("wrongtype", '{"text": "a b"}', 1, "failed", ["EV401"]),
    ("undeclared", '{"text": "a b"}', 1, "failed", ["EV401"]),
    ("conforming", '{"text": 1}', 1, "failed", ["EV407"]),
    ("triggers", '{"story": "other"}', 1, "not-checked", []),
]


@pytest.mark.parametrize(("name", "inputs", "status", "outcome", "codes"), VERDICTS)
def test_a_template_judges(
    fixture_binaries: Path, name: str, inputs: str, status: int, outcome: str, codes: list
) -> None:
    template = str(ENGRAMS / name / "Engram.yaml")
    result = invoke(str(fixture_binaries / name), "--template", template, "--inputs", inputs, "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["outcome"]) == (status, outcome)
    assert [finding["rule"] for finding in told["findings"]] == codes


def test_a_verdict_is_shown_at_its_line(fixture_binaries: Path) -> None:
    template = str(ENGRAMS / "wrongtype" / "Engram.yaml")
    result = invoke(str(fixture_binaries / "wrongtype"), "--template", template, "--inputs", '{"text": "a"}')
    assert result.output.splitlines()[-30:]
    assert "verdict failed" in result.output
    assert f"--> {template}:" in result.output


def test_a_template_refuses_a_secret_that_it_does_not_declare() -> None:
    result = invoke("/bin/true", "--template", str(ENGRAMS / "caller" / "Engram.yaml"), "--secret", "dict.KEY=one")
    assert result.exit_code == 2
    assert "dictionary" in result.output
