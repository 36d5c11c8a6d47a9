"""The suite of one is the suite of all: the same engrams, the same findings, wherever they run; and nothing is left.

`docker` on this machine's socket, from here and from inside a container that has it mounted; `dind` beside the
validator, inside its container, and in a container beside it; and local processes.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.depth import NIGHTLY, few
from validator.sandbox.dind import nested
from validator.sandbox.dind.sibling import CAPABILITIES

ROOT = Path(__file__).parents[2]
ENGRAMS = ROOT / "tests" / "fixtures" / "engrams"
NAMES = few(
    ("conforming", "wrongtype", "extra", "tells", "panics", "stream-leaks-config"), "extra", "wrongtype", "panics"
)
OPTIONS = ("--explore", "off", "--checks", "manifests,conformance,isolation", "--json", "report.json", "--quiet")


@pytest.fixture
def workspace(fixture_images: Callable[[str], str], fixture_binaries: Path, tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    lines = ["images:"]
    for name in NAMES:
        (root / name).mkdir()
        shutil.copy(ENGRAMS / name / "Engram.yaml", root / name)
        lines.append(f"  {name}: {{image: '{fixture_images(name)}', process: {fixture_binaries / name}}}")
    (root / "engram-validate.yaml").write_text("\n".join(lines) + "\n")
    return root


def said(workspace: Path, command: list[str], **environ: str) -> dict[str, Any]:
    """The report of a run, without what may differ from place to place: times, images, logs."""
    done = subprocess.run(command, cwd=workspace, env=os.environ | environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    report: dict[str, Any] = json.loads((workspace / "report.json").read_text())
    rows = [{key: row[key] for key in ("subject", "check", "outcome", "message", "output")} for row in report["cases"]]
    for finding in report["findings"]:
        for log in ("stderr", "stdout"):  # they tell times, and where goroutines are
            finding["evidence"].pop(log, None)
    return {"findings": report["findings"], "unchecked": report["unchecked"], "rows": rows, "where": report["sandbox"]}


def here(kind: str) -> list[str]:
    return [sys.executable, "-m", "validator", "run", "--sandbox", kind, *OPTIONS]


def inside(image: str, workspace: Path, kind: str, *options: str) -> list[str]:
    """The same in a container of the published image."""
    where = [f"--volume={workspace}:{workspace}", f"--workdir={workspace}", "--entrypoint=engram-validate"]
    return ["docker", "run", "--rm", *where, *options, image, "run", "--sandbox", kind, *OPTIONS]


SOCKET = "--volume=/var/run/docker.sock:/var/run/docker.sock"


@pytest.fixture
def expected(workspace: Path) -> dict[str, Any]:
    found = said(workspace, here("docker"), PYTHONPATH=str(ROOT))
    assert {finding["rule"] for finding in found["findings"]} >= {"EV401", "EV501"}
    assert found["where"].startswith("docker: ")
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)  # six runs each night, three of which bring a daemon up first
def test_the_findings_are_the_same_wherever_engrams_run(
    workspace: Path, expected: dict[str, Any], dind_image: str
) -> None:
    own = [*(f"--cap-add={name}" for name in CAPABILITIES), "--security-opt=seccomp=unconfined"]
    beside = f"--env=ENGRAM_VALIDATE_DIND_IMAGE={dind_image}"
    ways = [
        (here("process"), "process: "),
        (inside(dind_image, workspace, "docker", SOCKET), "docker: "),
        (inside(dind_image, workspace, "dind", SOCKET, *own), "beside this process"),
        (inside(dind_image, workspace, "dind", SOCKET, beside), "in a container beside this process"),
    ]
    if not NIGHTLY:
        del ways[3:]  # two more daemons, which differ in where they stand only
    elif reason := nested.why_not():
        print(f"no daemon beside this process: {reason}")
    else:
        ways.append((here("dind"), "beside this process"))
    for command, where in ways:
        found = said(workspace, command, PYTHONPATH=str(ROOT))
        assert where in found["where"]
        for member in ("findings", "unchecked", "rows"):
            assert found[member] == expected[member], f"{member}: {found['where']}"


def test_no_daemon_of_our_own_and_exactly_why(workspace: Path, dind_image: str) -> None:
    command = inside(dind_image, workspace, "dind", "--user=65532:65532")
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 3, done.stdout + done.stderr
    assert "EV902" in done.stdout
    assert "a daemon needs root, and this is another user" in done.stdout
    assert "no Docker daemon answers that could start one" in done.stdout


HOLDING = """
import sys
from validator.sandbox.sandbox import open_sandbox
with open_sandbox("dind") as sandbox:
    print(sandbox.reason, flush=True)
    sys.stdin.read()
"""


def test_a_daemon_of_our_own_ends_with_a_validator_that_is_killed(docker_daemon: None) -> None:
    if reason := nested.why_not():
        pytest.skip(reason)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().startswith("dind: daemon ")
        listed = subprocess.run(
            ["pgrep", "--parent", str(holder.pid), "unshare"], capture_output=True, text=True, check=True
        )
        ended = os.pidfd_open(int(listed.stdout.split()[0]))
        holder.kill()
        holder.wait()
        readable, _, _ = select.select([ended], [], [], 30)
        os.close(ended)
    assert readable, "the daemon outlived its run"
