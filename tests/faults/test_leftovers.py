"""What the fault suite counts as left over is seen: a column of zeros tells nothing if it can hold nothing else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import leftovers
from validator.sandbox.pods.cgroups import find


def ended() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.fixture(params=["left", "living"])
def group(request: pytest.FixtureRequest) -> Iterator[tuple[Path, bool]]:
    """A control group as the sandbox makes one, and whether the run that made it has ended."""
    has_ended = request.param == "left"
    name = f"engram-validate-host-{ended() if has_ended else os.getpid()}-1-{os.urandom(4).hex()}"
    cgroups, reason = find(f"{name}-tried")
    if cgroups is None:
        pytest.skip(reason)
    groups = cgroups.open(name)
    yield groups.folder, has_ended
    groups.end()


def test_a_control_group_whose_run_has_ended_is_left_over(group: tuple[Path, bool], tmp_path: Path) -> None:
    folder, has_ended = group
    left = leftovers.settled(None, tmp_path, seconds=0)

    assert (f"control group {folder.name}" in left) is has_ended
