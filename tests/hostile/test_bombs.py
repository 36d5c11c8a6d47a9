"""Small files that ask for much: `check` gets through each of them, in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SECONDS, MEBIBYTES = 12, 120
"""CPU and memory of a process that judges one of them; some 35 MiB are Python and the program."""
LEAST = 62


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_bomb_takes_long_or_much() -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("bombs.py")],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) >= LEAST
    statuses = {name: status for name, status, _, _ in told if status not in {0, 1, 2, 4}}
    assert not statuses, "neither a verdict nor a word about the file"
    heavy = {name: (seconds, size) for name, _, seconds, size in told if seconds > SECONDS or size > MEBIBYTES}
    assert not heavy, heavy
