"""`sandbox stream`: exit statuses, the transcript, a conversation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from validator.cli.sandbox_stream import stream

HELLO = '{"payload": {"text": "hi"}}'


def call(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(stream, [*words, "--kind", "process"], input=typed, catch_exceptions=False)


@pytest.mark.parametrize(("name", "status"), [("echo", 0), ("mime-trap", 1), ("no-done", 1)])
def test_the_status_says_whether_the_contract_holds(fixture_binaries: Path, name: str, status: int) -> None:
    done = call(str(fixture_binaries / f"stream-{name}"), "--send", HELLO, "--json")
    assert done.exit_code == status, done.output
    document = json.loads(done.stdout.strip().splitlines()[-1])
    assert bool([each for each in document["findings"] if each["severity"] == "error"]) == bool(status)


def test_a_sandbox_that_cannot_work_is_no_broken_contract(tmp_path: Path) -> None:
    done = call(str(tmp_path / "not-there"), "--send", HELLO)
    assert done.exit_code == 3
    assert "not-there" in done.stderr


def test_a_transcript_is_written(fixture_binaries: Path, tmp_path: Path) -> None:
    file = tmp_path / "wire.jsonl"
    assert call(str(fixture_binaries / "stream-echo"), "--send", HELLO, "--transcript", str(file)).exit_code == 0
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert {"run", "open", "message", "log", "packet"} <= {row["event"] for row in rows}
    assert {row["by"] for row in rows if row["event"] == "message"} == {"engram", "connector"}


def test_packets_are_typed(fixture_binaries: Path) -> None:
    done = call(str(fixture_binaries / "stream-echo"), "--interactive", typed=f'{{"n": 1}}\nno json\n{HELLO}\n')
    assert done.exit_code == 0
    assert '"payload": {"n": 1}' in done.stdout
    assert '"payload": {"text": "hi"}' in done.stdout
    assert "not sent" in done.stderr


@pytest.mark.parametrize("wrong", ["[1]", "{", "missing.yaml"])
def test_a_packet_that_is_none_is_wrong_usage(wrong: str) -> None:
    assert call("whatever", "--send", wrong).exit_code == 2
