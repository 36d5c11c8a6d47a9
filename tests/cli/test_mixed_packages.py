"""Another distribution is called `validator` as well: who has both in one place is told at start."""

import subprocess
import sys
from pathlib import Path

OVERWRITTEN = """
import sys, validator
if sys.argv.pop(1) == "overwritten":
    del validator.DISTRIBUTION
from validator.__main__ import run
run()
"""


def start(how):
    command = [sys.executable, "-c", OVERWRITTEN, how, "--version"]
    return subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)


def test_a_package_over_ours_is_told_in_one_line():
    done = start("overwritten")
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("engram-validate: another distribution has put a package `validator` over that of")
    assert "pipx install engram-validate" in line


def test_ours_alone_says_nothing():
    assert start("ours").stderr == ""
