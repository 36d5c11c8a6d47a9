"""Less isolation is the caller's to choose: a file under test asks for more of it, or for nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.manifests import engram_template
from validator.engine.isolation import choose
from validator.engine.options import Options
from validator.findings import Location
from validator.sandbox.model import SandboxError
from validator.sandbox.sandbox import open_sandbox
from validator.suite.config import Config

pytestmark = pytest.mark.slow  # each starts the program in surroundings of its own

ROOT = Path(__file__).parents[2]
MARK = "the engram has run"
CONFIGURATION = """sandbox: process
images:
  greeter: {process: ./engram}
"""


@pytest.mark.parametrize(
    ("caller", "configured", "chosen", "codes"),
    [
        ("", "auto", "auto", []),
        ("", "docker", "docker", []),
        ("", "dind", "dind", []),
        ("", "process", "auto", ["EV184"]),
        ("auto", "process", "auto", ["EV184"]),
        ("auto", "docker", "docker", []),
        ("process", "process", "process", []),
        ("process", "docker", "process", []),
        ("docker", "process", "docker", []),
    ],
)
def test_a_configuration_raises_isolation_only(caller: str, configured: str, chosen: str, codes: list[str]) -> None:
    config = Config(file="engram-validate.yaml", sandbox=configured, sandbox_location=Location("engram-validate.yaml"))
    kind, notes = choose(Options(sandbox=caller), config)
    assert (kind, [note.rule.code for note in notes]) == (chosen, codes)


@pytest.mark.parametrize("kind", ["process", "auto"])
def test_nothing_runs_unconfined_without_a_word(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(SandboxError) as refused, open_sandbox(kind):
        pass
    assert refused.value.rule.code == "EV923"
    assert "--allow-unisolated" in refused.value.message
    no_docker = "no Docker daemon answers at tcp://127.0.0.1:1 (", ") and "
    causes, advice = ("", "") if kind == "process" else no_docker, "install bubblewrap, or pass"
    told = refused.value.message.partition("this account can: ")[2]
    assert told.startswith(causes[0])
    assert f"{causes[1]}bwrap is not installed; " in told
    assert f"; {advice if kind == 'process' else f'start a Docker daemon, {advice}'}" in told


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """What a pull request may hold: a program, and a configuration that would have it run outside Docker."""
    (tmp_path / "Engram.yaml").write_text(engram_template("greeter"), encoding="utf-8")
    (tmp_path / "engram-validate.yaml").write_text(CONFIGURATION, encoding="utf-8")
    program = tmp_path / "engram"
    program.write_text(f"#!/bin/sh\necho {MARK} >&2\nexit 7\n", encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def report(root: Path, *arguments: str, **variables: str) -> dict[str, object]:
    command = [sys.executable, "-m", "validator", "run", "--explore", "off", "--checks", "conformance", *arguments]
    command += ["--json", "report.json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False)
    told: dict[str, object] = json.loads((root / "report.json").read_text(encoding="utf-8"))
    return told


def codes(told: dict[str, object]) -> set[str]:
    return {finding["rule"] for finding in told["findings"]}  # type: ignore[attr-defined]


@pytest.mark.docker
def test_a_pull_request_does_not_get_out_of_docker(repository: Path) -> None:
    told = report(repository)
    assert codes(told) >= {"EV184", "EV919"}
    assert MARK not in json.dumps(told)


def test_without_docker_and_bubblewrap_its_program_is_not_started(repository: Path, tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": "tcp://127.0.0.1:1", "PATH": str(tmp_path)}
    told = report(repository, **nowhere)
    assert codes(told) == {"EV184", "EV923"}
    assert told["exit_status"] == 3
    assert MARK not in json.dumps(told)


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
@pytest.mark.parametrize("caller", [["--sandbox", "process"], []])
def test_the_caller_may_choose_it(repository: Path, caller: list[str]) -> None:
    told = report(repository, *caller, **({} if caller else {"ENGRAM_VALIDATE_SANDBOX": "process"}))
    assert MARK in json.dumps(told)
    assert "EV184" not in codes(told)


def test_the_caller_may_go_without_confinement(repository: Path, tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": "tcp://127.0.0.1:1", "PATH": str(tmp_path), "ENGRAM_VALIDATE_ALLOW_UNISOLATED": "1"}
    told = report(repository, **nowhere)
    assert MARK in json.dumps(told)
    assert "UNISOLATED" in str(told["sandbox"])
