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
