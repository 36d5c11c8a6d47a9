"""Completion as a real bash has it: its own function asks the program, and fills COMPREPLY."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.test_init import REPOSITORIES, lay
from validator.cli import main

PROGRAM = Path(sys.executable).with_name("engram-validate")
ASK = """
set -eu
eval "$(engram-validate completion bash)"
complete -p engram-validate >&2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_engram_validate_completion engram-validate
printf '%s\\n' "${COMPREPLY[@]}"
"""

CASES = [
    ([""], {"run", "check", "init", "explain", "completion"}, set()),
    (["ch"], {"check"}, {"run"}),
    (["--ro"], {"--root"}, set()),
    (["check", "--ba"], {"--baseline"}, {"--root"}),
    (["check", "--fail-on", ""], {"error", "warning", "note", "never"}, set()),
    (["--fail-on", "n"], {"note", "never"}, {"error"}),
    (["explain", "EV40"], {"EV401", "EV402"}, {"EV501"}),
    (["explain", "output-"], {"output-violates-schema"}, {"EV401"}),
    (["run", "--template", ""], {"greeter"}, set()),
    (["schema", "co"], {"compare"}, {"validate"}),
]


@pytest.mark.parametrize(("words", "offered", "missing"), CASES, ids=lambda value: str(sorted(value))[:30])
def test_the_program_offers(tmp_path, monkeypatch, words, offered, missing):
    lay(tmp_path, REPOSITORIES["python"])
    monkeypatch.chdir(tmp_path)
    line = " ".join(["engram-validate", *words])
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words)), "_ENGRAM_VALIDATE_COMPLETE": "bash_complete"}
    done = CliRunner().invoke(main, [], env=asked, prog_name="engram-validate")
    found = {entry.partition(",")[2] for entry in done.output.split()}
    assert offered <= found
    assert not missing & found


@pytest.mark.parametrize(("words", "offered", "missing"), CASES[1:2], ids=["ch"])
def test_bash_is_offered(tmp_path, words, offered, missing):
    lay(tmp_path, REPOSITORIES["python"])
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", ASK, "bash", "engram-validate", *words],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_engram_validate_completion engram-validate" in done.stderr
    found = set(done.stdout.split())
    assert offered <= found
    assert not missing & found


@pytest.mark.parametrize(("shell", "words"), [("zsh", "compdef"), ("fish", "complete --no-files")])
def test_other_shells_have_a_script(shell, words):
    done = subprocess.run([PROGRAM, "completion", shell], capture_output=True, text=True, check=True)
    assert words in done.stdout
    assert "_ENGRAM_VALIDATE_COMPLETE" in done.stdout
