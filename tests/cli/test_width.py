"""Everything for people is readable at 80 columns, as a terminal has them: no line is longer, no word broken."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click
import pytest
from click.testing import CliRunner

from validator.cli import main

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 80
EXAMPLES = ROOT / "examples"
MISTAKES = ROOT / "tests" / "cli" / "width"
REPORTS: dict[str, list[str]] = {
    "check": ["check", "--root", str(MISTAKES)],
    "verbose": ["check", "--root", str(MISTAKES), "--verbose"],
    "concise": ["check", "--root", str(MISTAKES), "--format", "concise"],
    "grouped": ["check", "--root", str(MISTAKES), "--format", "grouped"],
    "statistics": ["check", "--root", str(MISTAKES), "--statistics"],
    "story run": ["story", "run", "--root", str(EXAMPLES / "stories"), "--config", "mistaken.yaml"],
    "template eval": ["template", "eval", "{{ inputs.n + 1 }}"],
    "rehearse": ["rehearse", "triage", "--root", str(MISTAKES), "--inputs", str(MISTAKES / "inputs.json")],
    "all rules": ["explain"],
}


def on_terminal(arguments: list[str]) -> list[str]:
    """The lines that a terminal of 80 columns is given."""
    pid, terminal = pty.fork()
    if pid == 0:
        run_on_terminal(arguments)
    told = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side has hung up
            break
        if not piece:
            break
        told += piece
    os.close(terminal)
    os.waitpid(pid, 0)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", told.decode()).replace("\r\n", "\n").split("\n")


def run_on_terminal(arguments: list[str]) -> NoReturn:
    """Run the program on the terminal that this process has as its standard streams, and end with its status."""
    status = 70
    try:
        os.environ.update(NO_COLOR="1", TERM="xterm")
        for name in ("COLUMNS", "CI", "GITHUB_ACTIONS", "FORCE_COLOR"):
            os.environ.pop(name, None)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, WIDTH, 0, 0))
        for name in ("stdout", "stderr"):  # those of pytest lead to a file
            stream = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        status = main(arguments, standalone_mode=False) or 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(status)


@pytest.mark.parametrize("name", REPORTS)
def test_reports_on_a_terminal_break_no_word(name: str) -> None:
    lines = on_terminal(REPORTS[name])
    piped = CliRunner().invoke(main, REPORTS[name]).output

    assert len(lines) > 2, lines
    assert [line for line in lines if len(line) > WIDTH] == []
    # Lines of source are fitted by leaving their ends out, and how long it took varies.
    lines = [line for line in lines if not re.match(r"\s*\d+ [|+-]", line) and not re.search(r" s$", line)]
    words = set(piped.split())
    # A word that is wider than the terminal has to be cut; a word of the piped report is whole otherwise.
    cut = {piece for word in words if len(word) > WIDTH - 8 for piece in _pieces(word)}
    assert [word for line in lines for word in line.split() if word not in words and word not in cut][:5] == []


def test_the_page_of_a_rule_fits_a_terminal() -> None:
    lines = on_terminal(["explain", "EV201"])

    assert len(lines) > 10
    assert [line for line in lines if len(line) > WIDTH] == []


def _pieces(word: str) -> Iterator[str]:
    for begin in range(len(word)):
        for end in range(begin + 1, len(word) + 1):
            yield word[begin:end]


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and sub-command by its words."""
    yield path
    if isinstance(group, click.Group):
        with click.Context(group) as context:
            for name in group.list_commands(context):
                found = group.get_command(context, name)
                assert found is not None
                yield from commands(found, (*path, name))


@pytest.mark.parametrize("path", [*commands(main)], ids=" ".join)
def test_help_fits_a_terminal(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"], terminal_width=WIDTH)

    assert shown.exit_code == 0
    assert [line for line in shown.output.split("\n") if len(line) > WIDTH] == []
