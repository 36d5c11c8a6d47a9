"""The example of a realtime story: it passes, and each of its mistakes loses packets for a cause that is named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, absent, no_go

EXAMPLE = ROOT / "examples" / "conversation"

MISTAKES = [
    ("misspelt-field", "EV762", "story.yaml:27", "transcribe", "think", "stream closed"),
    ("wrong-type", "EV760", "story.yaml:28", "speak", "out", "stream closed"),
    ("forgotten-input", "EV761", "story.yaml:33", "think", "speak", "stream closed"),
    ("other-step", "EV763", "story.yaml:39", "speak", "out", "blocked"),
    ("other-transport", "EV766", "story.yaml:30", "think", "speak", "dropped"),
]
"""The patch, the rule, where it is told, and the way on which packets are lost."""


PROGRAMS = ROOT / ".cache" / "fixtures" / "conversation"


@pytest.fixture(scope="session")
def programs() -> Path:
    """The engrams in Go, built once."""
    if reason := no_go():
        absent("go", reason)
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    command = ["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", str(PROGRAMS / "engrams"), "."]
    environment = os.environ | {"CGO_ENABLED": "0", "GOOS": "linux"}
    subprocess.run(command, cwd=EXAMPLE / "go", env=environment, check=True)
    return PROGRAMS


@pytest.fixture
def conversation(programs: Path, tmp_path: Path) -> Path:
    """A copy of the example, with its programs."""
    folder = tmp_path / "conversation"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("bin", "go"))
    (folder / "bin").mkdir()
    shutil.copy(programs / "engrams", folder / "bin")
    return folder


def run(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "validator", "story", "run", "conversation", "--root", str(folder)]
    command += ["--sandbox", "process", "--allow-unisolated", "--format", "json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    (case,) = json.loads(done.stdout)["cases"]
    return done.returncode, case


def ways(case: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["from"], one["to"], one["fate"]) for one in case["packets"]}


@pytest.mark.timeout(600)
@pytest.mark.go
@pytest.mark.slow
def test_it_passes(conversation: Path) -> None:
    status, case = run(conversation)
    assert status == 0, case["findings"]
    assert {fate for _, _, fate in ways(case)} == {"delivered"}
    assert [one["packet"] for one in case["packets"] if one["to"] == "out"] == ["ada.2", "ben.2"]
    assert {one["root"] for one in case["packets"]} == {"ada", "ben"}


@pytest.mark.timeout(600)
@pytest.mark.go
@pytest.mark.slow
@pytest.mark.parametrize(("name", "rule", "place", "source", "target", "fate"), MISTAKES)
def test_a_mistake_is_told_with_its_line(
    name: str, rule: str, place: str, source: str, target: str, fate: str, conversation: Path
) -> None:
    patch = EXAMPLE / "mistakes" / f"{name}.patch"
    subprocess.run(["git", "apply", "--unsafe-paths", str(patch)], cwd=conversation, check=True)
    status, case = run(conversation)
    assert status == 1
    told = [one for one in case["findings"] if one["rule"] == rule]
    assert [f"{one['file']}:{one['line']}" for one in told] == [place]
    assert (source, target, fate) in ways(case)
    assert "EV793" in {one["rule"] for one in case["findings"]}
