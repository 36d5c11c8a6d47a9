"""Engrams that misbehave as processes: each is told for what it did, leaves nothing, and the next case is served."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import BINARIES
from tests.sandbox.conftest import Bench
from validator.sandbox.batch import run_batch
from validator.sandbox.model import MEBIBYTE, BatchCase, BatchRun, Limits
from validator.sandbox.sandbox import DockerSandbox, Sandbox

CASE = BatchCase(id="counts words", inputs={"text": "one two three"}, timeout=30)
LIMITS = Limits(tmpfs=8 * MEBIBYTE)
ANSWER = {"text": "one two three", "words": 3}


def run_twice(bench: Bench, name: str, case: BatchCase = CASE) -> list[BatchRun]:
    """Two cases in one pod, and beside it one of an engram that behaves; nothing is left of any."""
    sandbox, engram = bench
    with sandbox.pod(engram("conforming"), LIMITS) as beside:
        with sandbox.pod(engram(name), LIMITS) as pod:
            runs = []
            for _ in range(2):
                runs.append(run_batch(pod, case))
                assert left(sandbox, name) == []
        assert run_batch(beside, CASE).output == ANSWER
    return runs


def left(sandbox: Sandbox, name: str) -> list[str]:
    """Living processes and containers of an engram of this run."""
    if not isinstance(sandbox, DockerSandbox):
        return list(processes(str(BINARIES / name)))
    ours = f"label=io.bubustack.engram-validate.run={sandbox._owner.run}"
    listed = subprocess.run(
        ["docker", "ps", "--filter", ours, "--format", "{{.Image}}"], capture_output=True, text=True, check=True
    )
    return [image for image in listed.stdout.split() if f"/{name}:" in image]


def processes(command: str) -> Iterator[str]:
    """Command lines with this in them; those of the dead are empty."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if command in line:
            yield line


def test_a_fork_bomb_stays_within_its_limit_and_is_told_from_other_hangs(bench: Bench) -> None:
    if "NOT LIMITED" in bench[0].reason:
        pytest.skip(bench[0].reason)
    for ran in run_twice(bench, "forks", replace(CASE, timeout=2)):
        assert (ran.timed_out, ran.exit.killed, ran.exit.crowded) == (True, True, True)
    with bench[0].pod(bench[1]("hangs"), LIMITS) as pod:
        assert not run_batch(pod, replace(CASE, timeout=1)).exit.crowded
