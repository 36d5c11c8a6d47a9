"""The action as a runner sees it: `act` builds it from its Dockerfile and runs it on the example, on a real daemon."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("action.yml", "Dockerfile", ".dockerignore", "entrypoint.py", "pyproject.toml", "README.md", "LICENSE")
MISTAKE = ("marks and len(marks)", "len(marks)")
WORKFLOW = """
on: push
jobs:
  contract:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - id: validate
        uses: ./
        with:
          working-directory: examples/greeter
          sandbox: docker
      - if: always()
        run: |
          echo "outputs $OUTPUTS"
          ls "${{ steps.validate.outputs.junit }}" "${{ steps.validate.outputs.report }}"
        env:
          OUTPUTS: ${{ toJSON(steps.validate.outputs) }}
"""


@dataclass(frozen=True)
class Job:
    status: int
    log: str
    entries: list[dict[str, Any]]
    """What the runner understood: workflow commands and outputs, one a line of its log."""

    @property
    def annotations(self) -> list[tuple[str, str, str]]:
        found = [entry for entry in self.entries if entry.get("command") in ("error", "warning", "notice")]
        return [(entry["command"], entry["kvPairs"]["file"], entry["kvPairs"]["line"]) for entry in found]

    @property
    def outputs(self) -> dict[str, str]:
        return {entry["name"]: entry["arg"] for entry in self.entries if entry.get("command") == "set-output"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the action at its root, as `uses: ./` wants it, and the example."""
    folder = tmp_path / "repository"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "contract.yml").write_text(WORKFLOW, encoding="utf-8")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("validator", "requirements", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in SHIPPED:
        shutil.copy(ROOT / name, folder / name)
    return folder


def act(repository: Path, runner: str) -> Job:
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "init.defaultBranch=main"]
    for command in (["init", "-q"], ["add", "--all", "--force"], ["commit", "-q", "-m", "as it is"]):
        subprocess.run([*git, *command], cwd=repository, check=True)
    home = repository.parent / "home"
    home.mkdir()
    (home / ".actrc").touch()
    options = ["--pull=false", "--rm", "--action-offline-mode", "--json", "-P", f"ubuntu-latest={runner}"]
    done = subprocess.run(
        [Path(sys.executable).parent / "act", "push", *options],
        cwd=repository,
        env=os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home), "DOCKER_BUILDKIT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    for leftover in (["rmi", "act-dockeraction"], ["volume", "rm", "act-toolcache"]):
        subprocess.run(["docker", *leftover], capture_output=True, check=False)
    entries = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    log = "\n".join(str(entry.get("raw") or entry.get("msg", "")).rstrip() for entry in entries)
    return Job(done.returncode, f"{log}\n{done.stderr}", entries)


@pytest.mark.slow
def test_a_broken_engram_fails_the_step_on_the_line_that_it_breaks(repository: Path, python_slim: str) -> None:
    job = act(repository, python_slim)

    assert job.status == 1, job.log
    assert job.outputs["result"] == "failed", job.log
    assert int(job.outputs["errors"]) >= 1
    assert job.outputs["report"] == "examples/greeter/engram-validate.json"
    template = (ROOT / "examples/greeter/Engram.yaml").read_text(encoding="utf-8").splitlines()
    line = 2 + template.index("      exclamations:")  # its type, which stands below the name
    assert job.annotations == [("error", "examples/greeter/Engram.yaml", str(line))]


@pytest.mark.slow
def test_a_mended_engram_passes_the_step(repository: Path, python_slim: str) -> None:
    engram = repository / "examples" / "greeter" / "greeter.py"
    engram.write_text(engram.read_text(encoding="utf-8").replace(*MISTAKE), encoding="utf-8")

    job = act(repository, python_slim)

    assert job.status == 0, job.log
    assert (job.outputs["result"], job.outputs["errors"]) == ("passed", "0")
    assert job.annotations == []
