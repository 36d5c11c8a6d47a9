"""`story simulate` answers each line, whatever the line holds."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from validator.cli import main
from validator.stories.simulation import simulate_lines

UNANSWERABLE = [
    (b"{", {"error": "not a line of JSON"}),
    (b"[1]", {"error": "a question is a JSON object"}),
    (b'{"id": "x"}', {"id": "x", "unsupported": "kind None"}),
    (b'{"id": 3, "kind": "unheard"}', {"id": 3, "unsupported": "kind 'unheard'"}),
    (b'{"kind": ["batch"]}', {"unsupported": "kind ['batch']"}),
    (b"[" * 100_000, {"error": "not a line of JSON"}),
]


@pytest.mark.parametrize(("line", "expected"), UNANSWERABLE, ids=range(len(UNANSWERABLE)))
def test_a_line_that_cannot_be_answered_says_why(line: bytes, expected: dict[str, object]) -> None:
    (reply,) = map(json.loads, simulate_lines([line]))

    assert reply.keys() == expected.keys()
    assert all(str(reply[key]).startswith(str(value)) for key, value in expected.items())


def test_a_line_without_an_answer_does_not_end_the_stream() -> None:
    done = CliRunner().invoke(main, ["story", "simulate", "--jsonl"], input='{\n\n{"id": 1}\n')

    assert done.exit_code == 0
    assert [json.loads(line) for line in done.stdout.splitlines()][1] == {"id": 1, "unsupported": "kind None"}


def test_the_command_wants_lines() -> None:
    done = CliRunner().invoke(main, ["story", "simulate"])

    assert done.exit_code == 2
    assert "--jsonl" in done.output


SHAPES = [
    ({"story": []}, "story: expected an object"),
    ({"story": {"steps": {}}}, "steps: expected a list"),
    ({"story": {"steps": [{}]}}, "steps[0]: a step has a name"),
    ({"story": {"steps": [{"name": "a", "needs": "b"}]}}, "steps[0].needs: expected a list of strings"),
    ({"story": {"steps": [{"name": "a"}, {"name": "a"}]}}, "two steps are named a"),
    ({"story": {}, "script": ["x"]}, "script: expected an object"),
    ({"story": {}, "profile": "other"}, "profile: expected one of implemented, documented"),
    (
        {
            "story": {"steps": [{"name": "a", "ref": {"name": "e"}}]},
            "engrams": {"e": {}},
            "script": {"a": {"after": 1}},
        },
        "script.a: says neither phase, nor exit, nor lost, nor never",
    ),
    (
        {
            "story": {"steps": [{"name": "a", "ref": {"name": "e"}}]},
            "engrams": {"e": {}},
            "script": {"a": {"after": "x"}},
        },
        "script.a.after: expected seconds",
    ),
]


@pytest.mark.parametrize(("question", "expected"), SHAPES, ids=[expected for _, expected in SHAPES])
def test_a_question_of_another_shape_names_the_place(question: dict[str, object], expected: str) -> None:
    line = json.dumps({"id": "x", "kind": "batch"} | question).encode()

    (reply,) = map(json.loads, simulate_lines([line]))

    assert reply["id"] == "x"
    assert reply["error"].startswith(expected)
