"""A short part of the fault suite (`python -m faults`), which takes far too long for every run of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_validator_that_is_killed_leaves_nothing_and_loses_nothing(fixture_images: object) -> None:
    arguments = ["--only", "kills", "--kills", "2", "--sandbox", "process", "--seed", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "faults", *arguments],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    total = next(line for line in done.stdout.splitlines() if line.startswith("all "))
    assert total.split() == ["all", "2", "0", "0", "0", "0", "0"]
