"""The commands: one line of JSON in, one out, whatever comes; and words that people can act on."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from validator.cli.template import command


def lines(*arguments: str, text: bytes) -> list[dict[str, Any]]:
    result = CliRunner().invoke(command, [*arguments, "--jsonl"], input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_every_line_gets_an_answer() -> None:
    asked = [
        b'{"id": "a", "kind": "value", "template": "{{ inputs.n }}", "vars": {"inputs": {"n": 3}}}',
        b"not json",
        b'["no", "object"]',
        b"",
        b'{"id": 2}',
        b'{"id": 3, "template": 5}',
        b'{"id": 4, "template": "{{ 1 }}", "vars": []}',
        b'{"id": 5, "template": "{{ 1 }}", "kind": "else"}',
        b'{"id": {"any": [1]}, "template": "{{ 1e400 }}", "vars": {"a": 1}}',
        b'{"id": 6, "template": "x", "vars": {"a": 1e999}}',
        b'{"id": 7, "template": "\\ud800{{ 1 }}"}',
        b'{"id": 8, "template": "\xff{{ 1 }}"}',
        b"[" * 100_000,
        b'{"id": 9, "kind": "object", "value": null}',
        b'{"id": 10, "kind": "condition", "template": "yes"}',
        b'{"id": 11, "template": "{{ now }}"}',
    ]
    answers = lines("eval", text=b"\n".join(asked))
    assert answers[0] == {"id": "a", "result": 3, "mode": "path"}
    by_id = {json.dumps(answer["id"]): answer for answer in answers}
    assert [answer["id"] for answer in answers[1:3]] == [None, None]
    assert all(by_id[str(number)]["error"]["class"] == "request" for number in (2, 3, 4, 5))
    assert by_id['{"any": [1]}']["error"]["class"] == "parse"
    assert by_id["7"]["result"] == by_id["8"]["result"] == "\ufffd1"
    assert by_id["9"]["result"] is None
    assert by_id["10"]["result"] is True
    assert "clock" in by_id["11"]["unsupported"] or "time" in by_id["11"]["unsupported"]
    assert len(answers) == len(asked) - 1


def test_check_lines() -> None:
    answers = lines(
        "check",
        text=b'{"id": 1, "scope": "batch-runtime", "template": "{{ packet.x }}"}\n{"id": 2, "scope": "nowhere"}\n'
        b'{"id": 3, "scope": "realtime-runtime", "json": "{\\"a\\": \\"{{ packet.x }}\\"}"}\n',
    )
    assert [answer.get("accept") for answer in answers] == [False, None, True]
    assert answers[0]["errors"] == ["context 'packet' is not allowed for batch-runtime templates"]
    assert "batch-runtime" in answers[1]["error"]["message"]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments)
    return result.exit_code, result.output


@pytest.fixture
def context(tmp_path: Path) -> str:
    path = tmp_path / "context.yaml"
    path.write_text("inputs: {count: 1000000, name: Ada, when: 2024-03-01, list: [1, 2]}\n", encoding="utf-8")
    return str(path)


def test_a_value(context: str) -> None:
    assert run("eval", "{{ inputs.count }}", "--context", context) == (
        0,
        "value: 1000000\ntype:  number\nmode:  path\n",
    )
    status, output = run("eval", "Hi {{ inputs.name }}{{ inputs.zz }}", "--context", context)
    assert (status, output) == (0, 'value: "Hi Ada<no value>"\ntype:  string\nmode:  text\n')


def test_a_mistake_is_underlined(context: str) -> None:
    status, output = run("eval", "Hi\n {{ inputs.name.first }}!", "--context", context)
    assert status == 1
    assert output.splitlines()[:3] == [
        "exec error: can't evaluate field first in type string",
        "  2 |  {{ inputs.name.first }}!",
        "    |     ^^^^^^^^^^^^^^^^^",
    ]


def test_a_misspelt_name_is_told_what_there_is(context: str) -> None:
    status, output = run("eval", "{{ inputs.nmae }}", "--context", context)
    assert status == 1
    assert output.splitlines()[1:5] == [
        "  1 | {{ inputs.nmae }}",
        "    |           ^^^^",
        "did you mean name?",
        "there is: count, list, name, when",
    ]


def test_a_template_that_does_not_parse_is_told_as_check_tells_it(context: str) -> None:
    output = run("eval", "{{ uper inputs.name }}", "--context", context)[1]
    assert "EV202: `uper` is not a template function: the template cannot be evaluated" in output
    assert "advice: write `upper`" in output
    assert "advice: write `eq inputs.count 3.0`" in run("eval", "{{ inputs.count == 3 }}", "--context", context)[1]


@pytest.mark.parametrize("arguments", [["{{ toYaml inputs }}"], ["{{ now }}", "--deterministic"], ["{{ inputs.name"]])
def test_no_name_is_offered_that_would_not_help(context: str, arguments: list[str]) -> None:
    assert "did you mean" not in run("eval", *arguments, "--context", context)[1]


def test_an_open_action_is_told_of(context: str) -> None:
    assert "is not closed by `}}`" in run("eval", "{{ inputs.name", "--context", context)[1]


def test_a_condition(context: str) -> None:
    assert run("eval", '{{ eq inputs.name "Ada" }}', "--condition", "--context", context)[0] == 0
    status, output = run("eval", "inputs.name", "--condition", "--context", context)
    assert status == 1
    assert "advice: A condition must be a boolean" in output


def test_a_tree(context: str, tmp_path: Path) -> None:
    tree = tmp_path / "with.yaml"
    tree.write_text("a: ['{{ inputs.list }}', {b: 'x{{ inputs.count }}'}]\n", encoding="utf-8")
    status, output = run("eval", "--value", str(tree), "--context", context, "--format", "json")
    assert status == 0
    assert json.loads(output) == {"result": {"a": [[1, 2], {"b": "x1e+06"}]}}


def test_what_is_not_known(context: str) -> None:
    status, output = run("eval", "{{ now }}", "--context", context)
    assert status == 3
    assert output.startswith("not known exactly: ")


@pytest.mark.parametrize(
    "arguments", [(), ("{{ 1 }}", "--value", "x"), ("{{ 1 }}", "--context", "nowhere.yaml"), ("--nope",)]
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run("eval", *arguments)[0] == 2


def test_admission() -> None:
    assert run("check", "{{ inputs.a }}") == (0, "accepted\n")
    status, output = run("check", "{{ packet.a }}", "--scope", "realtime-static")
    assert status == 1
    assert output.splitlines() == [
        "refused: context 'packet' is not allowed for realtime-static templates",
        "  1 | {{ packet.a }}",
        "    |    ^^^^^^^^",
    ]
    assert run("check", "x", "--scope", "nowhere")[0] == 2


@pytest.mark.parametrize(
    ("numbers", "written", "result"),
    [
        ("int64", "9007199254740992", "x9007199254740992"),
        ("int64", "-1000000", "x-1000000"),
        ("int64", "9223372036854775807", "x9223372036854775807"),
        ("int64", "1.5", "x1.5"),
        ("float64", "9007199254740992", "x9.007199254740992e+15"),
        ("float64", "1000000", "x1e+06"),
        ("float64", "7", "x7"),
    ],
)
def test_numbers_as_they_reach_a_template(numbers: str, written: str, result: str) -> None:
    """Integers of a StepRun are int64; those that JSON carried are float64."""
    head = {"id": 1, "numbers": numbers, "template": "x{{ inputs.n }}"}
    ask = f'{json.dumps(head)[:-1]}, "vars": {{"inputs": {{"n": {written}}}}}}}'
    [answer] = lines("eval", text=ask.encode())
    assert answer["result"] == result


@pytest.mark.parametrize(
    ("kind", "template"),
    [
        ("condition", '{{ substr 0 1 "é" }}'),
        ("value", '{{ range (substr 0 1 "é") }}{{ end }}'),
        ("value", '{{ index inputs (substr 0 1 "é") }}'),
        ("value", '{{ int (trunc 1 "é") }}{{ fail (trunc 1 "é") }}'),
        ("condition", '{{ trunc 1 "é" | quote }}'),
    ],
)
def test_half_a_character_costs_its_own_line_only(kind: str, template: str) -> None:
    asked = [{"id": 1, "kind": kind, "template": template, "vars": {"inputs": {}}}, {"id": 2, "template": "{{ 1 }}"}]
    first, second = lines("eval", text="\n".join(map(json.dumps, asked)).encode())
    assert first["id"] == 1
    assert second == {"id": 2, "result": "1", "mode": "text"} or second["result"] == 1
