"""`engram-validate schema compare`: what it prints, the lines it speaks, its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from validator.cli.schema_compare import compare

PRODUCER = """\
kind: EngramTemplate
spec:
  outputSchema:
    type: object
    required: [text]
    properties:
      text:
        type: [string, "null"]
"""
CONSUMER = """\
type: object
properties:
  text:
    type: string
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("producer.yaml").write_text(PRODUCER, encoding="utf-8")
    Path("consumer.yaml").write_text(CONSUMER, encoding="utf-8")


@pytest.mark.usefixtures("files")
def test_a_break_is_shown_with_both_lines() -> None:
    done = CliRunner().invoke(compare, ["producer.yaml", "consumer.yaml", "--lhs-path", "spec.outputSchema"])
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "declared: not",
        '  witness: {"text": null}',
        "  at text: None is not of type 'string'",
        "  producer.yaml:8:9: properties.text allows it",
        "  consumer.yaml:4:11: properties.text.type rejects it",
        "strict: not",
    ]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["consumer.yaml", "consumer.yaml"], 0),
        (["producer.yaml", "consumer.yaml"], 2),
        (["consumer.yaml", "nowhere.yaml"], 2),
        (["producer.yaml", "consumer.yaml", "--lhs-path", "spec.inputSchema"], 2),
        (["producer.yaml", "consumer.yaml", "--lhs-path", "kind"], 2),
        ([], 2),
    ],
)
def test_exit_status(arguments: list[str], status: int) -> None:
    assert CliRunner().invoke(compare, arguments).exit_code == status


def test_what_cannot_be_decided_has_a_status_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "self.json"
    file.write_text('{"$ref": "#"}', encoding="utf-8")
    other = tmp_path / "other.json"
    other.write_text('{"type": "string"}', encoding="utf-8")
    done = CliRunner().invoke(compare, [str(file), str(other)])
    assert done.exit_code == 4
    assert "leads back to itself" in done.output


def test_the_lines_of_the_scorer() -> None:
    pairs = [
        {"id": "a", "lhs": {"type": "integer"}, "rhs": {"type": "number"}},
        {"id": "b", "lhs": {"const": None}, "rhs": False},
        {"id": "c", "lhs": {"$ref": "#"}, "rhs": {"type": "number"}},
    ]
    done = CliRunner().invoke(compare, ["--jsonl"], input="\n".join(map(json.dumps, pairs)) + "\n\n")
    assert done.exit_code == 0
    assert [json.loads(line) for line in done.output.splitlines()] == [
        {"id": "a", "verdict": "subtype"},
        {"id": "b", "verdict": "not", "witness": None},
        {"id": "c", "verdict": "unknown", "reason": "a $ref leads back to itself at the same place"},
    ]


def test_a_line_that_is_no_question() -> None:
    done = CliRunner().invoke(compare, ["--jsonl"], input='{"id": 1}\n{oops\n{"id": 2, "lhs": true, "rhs": true}\n')
    assert done.exit_code == 0
    first, second, third = map(json.loads, done.output.splitlines())
    assert (first["id"], second["id"]) == (1, None)
    assert "error" in first
    assert "error" in second
    assert third == {"id": 2, "verdict": "subtype"}


@pytest.mark.parametrize(
    "schema",
    [{"type": {}}, {"required": "true"}, {"properties": ["a"]}, {"allOf": 5}, {"enum": "abc"}, {"pattern": 5}, 7,
     {"items": 3}, {"minimum": "x"}, {"$ref": 1}, {"additionalProperties": "no"}, {"patternProperties": {"a": 1}}],
)  # fmt: skip
@pytest.mark.parametrize("dialect", ["2020-12", "draft-07", "platform"])
def test_a_malformed_schema_costs_the_other_lines_nothing(schema: object, dialect: str) -> None:
    pairs = [(schema, {"type": "string"}), ({"type": "string"}, schema), ({"const": "a"}, {"type": "string"})]
    lines = "".join(json.dumps({"id": at, "lhs": left, "rhs": right}) + "\n" for at, (left, right) in enumerate(pairs))
    done = CliRunner().invoke(compare, ["--jsonl", "--dialect", dialect], input=lines)
    assert done.exit_code == 0, done.output
    answers = [json.loads(line) for line in done.output.splitlines()]
    assert [each["verdict"] for each in answers] == ["unknown", "unknown", "subtype"]
    assert "left schema cannot be used" in answers[0]["reason"]
    assert "right schema cannot be used" in answers[1]["reason"]


def test_a_malformed_schema_in_a_file_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"type": "strng"}', encoding="utf-8")
    (tmp_path / "b.json").write_text("{}", encoding="utf-8")
    for dialect in ("2020-12", "platform"):
        done = CliRunner().invoke(
            compare, [*(str(tmp_path / name) for name in ("a.json", "b.json")), "--dialect", dialect]
        )
        assert done.exit_code == 2
        assert "strng" in done.output
