"""`engram-validate schema validate`, from the outside."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from validator.cli.schema import command

TEMPLATE = """\
kind: EngramTemplate
spec:
  outputSchema:
    type: object
    required: [a]
    additionalProperties: false
    properties:
      a: {type: string}
      mode: {enum: [fast, slow], default: fast}
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("Engram.yaml").write_text(TEMPLATE)
    Path("good.json").write_text('{"a": "x"}')
    Path("bad.yaml").write_text("a: 1\nmod: fast\nmode: slwo\n")
    return tmp_path


@pytest.mark.usefixtures("files")
def test_an_instance() -> None:
    run = CliRunner().invoke(command, ["validate", "Engram.yaml", "good.json", "--path", "spec.outputSchema"])
    assert (run.exit_code, run.output) == (0, "good.json is an instance of Engram.yaml\n")


@pytest.mark.usefixtures("files")
def test_violations_name_both_places() -> None:
    run = CliRunner().invoke(command, ["validate", "Engram.yaml", "bad.yaml", "--path", "spec.outputSchema"])
    assert run.exit_code == 1
    assert run.output.splitlines() == [
        "bad.yaml:1:4: a: expected a string, found the integer 1",
        '  Engram.yaml:8:17: properties.a.type = "string"',
        "bad.yaml:2:1: mod: `mod` is not declared here, only `a`, `mode` (did you mean `mode`?)",
        "  Engram.yaml:6:27: additionalProperties = false",
        'bad.yaml:3:7: mode: expected "fast" or "slow", found the string "slwo" (did you mean `slow`?)',
        '  Engram.yaml:9:20: properties.mode.enum = ["fast", "slow"]',
    ]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a schema and an instance, or use --jsonl"),
        (["Engram.yaml"], "name a schema and an instance, or use --jsonl"),
        (["Engram.yaml", "good.json", "--path", "spec.nothing"], "Engram.yaml has nothing at `spec.nothing`"),
        (
            ["Engram.yaml", "good.json"],
            "Engram.yaml is a manifest (EngramTemplate) and no schema: name the schema in it",
        ),
        (["Engram.yaml", "missing.json"], "does not exist"),
        (["Engram.yaml", "good.json", "--profile", "cluster"], "is not one of"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    run = CliRunner().invoke(command, ["validate", *arguments])
    assert run.exit_code == 2
    assert message in run.output


@pytest.mark.usefixtures("files")
def test_an_unreadable_file_is_wrong_usage() -> None:
    Path("broken.yaml").write_text("a: [")
    run = CliRunner().invoke(command, ["validate", "Engram.yaml", "broken.yaml"])
    assert run.exit_code == 2
    assert "broken.yaml" in run.output


def test_a_bad_line_does_not_stop_the_stream() -> None:
    lines = '{"id": 1, "schema": {}, "instance": 1}\nnonsense\n\n{"id": 2, "schema": false, "instance": 1}\n'
    run = CliRunner().invoke(command, ["validate", "--jsonl"], input=lines)
    answers = [json.loads(line) for line in run.output.splitlines()]
    assert run.exit_code == 0
    assert [answer["id"] for answer in answers] == [1, None, 2]
    assert answers[0]["valid"] is True
    assert answers[2]["valid"] is False
