"""A short part of the fault suite (`python -m faults`), which takes far too long for every run of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PARTS = {"kills": ("2", 2), "stories": ("6", 2)}
"""What to ask for, and how many tries that makes."""
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_a_validator_that_is_killed_leaves_nothing_and_loses_nothing(part: str, fixture_images: object) -> None:
    kills, tries = PARTS[part]
    arguments = ["--only", part, "--kills", kills, "--sandbox", "process", "--seed", "1"]
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
    assert total.split() == ["all", str(tries), "0", "0", "0", "0", "0"]
