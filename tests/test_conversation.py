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
from tests.depth import few
from tests.runner import Runner

EXAMPLE = ROOT / "examples" / "conversation"

MISTAKES = [
    ("misspelt-field", "EV762", "story.yaml:27", "transcribe", "think", "stream closed"),
    ("wrong-type", "EV760", "templates.yaml:75", "speak", "out", "stream closed"),
    ("forgotten-input", "EV761", "story.yaml:33", "think", "speak", "stream closed"),
    ("other-step", "EV763", "story.yaml:39", "speak", "out", "blocked"),
    ("other-transport", "EV766", "story.yaml:30", "think", "speak", "dropped"),
]
"""The patch, the rule, where it is told, and the way on which packets are lost."""


GO_DOCKERFILE = """\
FROM scratch
ARG NAME
ENV ENGRAM=${NAME}
COPY engrams /engrams
USER 65532:65532
ENTRYPOINT ["/engrams"]
"""
"""As that of the example, with a program that is built once for all tests."""
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
    for place in ("bin", "go"):
        (folder / place).mkdir()
        shutil.copy(programs / "engrams", folder / place)
    (folder / "go" / "Dockerfile").write_text(GO_DOCKERFILE, encoding="utf-8")
    return folder


@pytest.fixture(params=["process", "docker"])
def sandbox(request: pytest.FixtureRequest) -> str:
    """Where the engrams run. In Docker they are built as the configuration says."""
    if request.param == "docker":
        request.getfixturevalue("python_slim")
    return str(request.param)


def validate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "validator", *arguments, "--allow-unisolated"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done


def run(folder: Path, sandbox: str) -> tuple[int, dict[str, Any]]:
    done = validate("story", "run", "conversation", "--root", str(folder), "--sandbox", sandbox, "--format", "json")
    (case,) = json.loads(done.stdout)["cases"]
    return done.returncode, case


def break_it(folder: Path, name: str) -> None:
    patch = EXAMPLE / "mistakes" / f"{name}.patch"
    subprocess.run(["git", "apply", "--unsafe-paths", str(patch)], cwd=folder, check=True)


def ways(case: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["from"], one["to"], one["fate"]) for one in case["packets"]}


@pytest.mark.timeout(600)
@pytest.mark.go
@pytest.mark.slow
def test_it_passes(conversation: Path, sandbox: str) -> None:
    status, case = run(conversation, sandbox)
    assert status == 0, case["findings"]
    assert {fate for _, _, fate in ways(case)} == {"delivered"}
    assert [one["packet"] for one in case["packets"] if one["to"] == "out"] == ["ada.2", "ben.2"]
    assert {one["root"] for one in case["packets"]} == {"ada", "ben"}


@pytest.mark.timeout(600)
@pytest.mark.go
@pytest.mark.slow
@pytest.mark.parametrize(
    ("sandbox", "name", "rule", "place", "source", "target", "fate"),
    [
        *(("process", *row) for row in MISTAKES),
        *(("docker", *row) for row in MISTAKES if row[0] in few((row[0] for row in MISTAKES), "wrong-type")),
    ],
    indirect=["sandbox"],
)
def test_a_mistake_is_told_with_its_line(
    name: str, rule: str, place: str, source: str, target: str, fate: str, conversation: Path, sandbox: str
) -> None:
    break_it(conversation, name)
    status, case = run(conversation, sandbox)
    assert status == 1
    told = [one for one in case["findings"] if one["rule"] == rule]
    assert [f"{one['file']}:{one['line']}" for one in told] == [place]
    assert (source, target, fate) in ways(case)
    assert "EV793" in {one["rule"] for one in case["findings"]}


@pytest.mark.timeout(600)
@pytest.mark.go
@pytest.mark.slow
@pytest.mark.docker_by_day
def test_a_whole_run_has_it_too(conversation: Path, sandbox: str, tmp_path: Path) -> None:
    break_it(conversation, "misspelt-field")
    junit, report = tmp_path / "junit.xml", tmp_path / "report.json"
    files = ["--junit", str(junit), "--json", str(report)]
    done = validate("run", "--root", str(conversation), "--sandbox", sandbox, "--checks", "stories", *files)
    assert done.returncode == 1
    (case,) = json.loads(report.read_text("utf-8"))["cases"]
    assert (case["subject"]["case"], case["outcome"]) == ("two speakers", "failed")
    assert "2 stream closed" in case["properties"]["packets"]
    assert "story.yaml:27" in junit.read_text("utf-8")


@pytest.mark.timeout(600)
@pytest.mark.go
@pytest.mark.slow
@pytest.mark.parametrize("broken", [pytest.param(False, marks=pytest.mark.nightly), True])
def test_the_action_runs_it(broken: bool, conversation: Path, github: Runner) -> None:
    if broken:
        break_it(conversation, "misspelt-field")
    job = github.run(conversation, "pull_request")
    case = (EXAMPLE / "engram-validate.yaml").read_text("utf-8").splitlines()
    line = 1 + next(number for number, text in enumerate(case) if "- name: two speakers" in text)
    lost = {("error", "story.yaml", "27"), ("error", "engram-validate.yaml", str(line))}
    assert job.status == int(broken), job.log
    told = {one for one in job.annotations if one[0] != "notice"}
    assert lost <= told if broken else told == set(), job.annotations
