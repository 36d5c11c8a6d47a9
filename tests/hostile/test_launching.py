"""What a case of strangers can do to the programs that start its engram under `process`: nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.test_system_calls import SOCKETS
from validator.sandbox.model import ImageSource, SourceKind
from validator.sandbox.pods import confinement, seccomp
from validator.sandbox.pods.process import ProcessPod
from validator.sandbox.sandbox import open_sandbox

HOSTILE = {
    "LD_PRELOAD": "/nowhere/marker.so",
    "LD_AUDIT": "/nowhere/marker.so",
    "LD_LIBRARY_PATH": "/nowhere",
    "GCONV_PATH": "/nowhere",
    "BASH_ENV": "/nowhere/marker.sh",
    "ENV": "/nowhere/marker.sh",
    "PYTHONSTARTUP": "/nowhere/marker.py",
}


@contextmanager
def opened(folder: Path, program: str, *args: str) -> Iterator[ProcessPod]:
    """A confined pod of a program, whose repository is the folder."""
    folder.mkdir(exist_ok=True)
    script = folder / "main.py"
    script.write_text(f"#!{sys.executable}\n{program}")
    script.chmod(0o755)
    source = ImageSource(SourceKind.PROCESS, str(script), args=args, repository=str(folder))
    with open_sandbox("process") as sandbox:
        if "UNISOLATED" in sandbox.reason:
            pytest.skip(sandbox.reason)
        with sandbox.pod(sandbox.resolve(source)) as pod:
            assert isinstance(pod, ProcessPod)
            yield pod


def told(pod: ProcessPod, env: dict[str, str]) -> Any:
    """What the program printed, as JSON."""
    ended = pod.spawn(env).wait(30)
    assert ended is not None
    assert ended.code == 0, ended.stderr.text
    return json.loads(ended.stdout.text)


def test_no_variable_of_a_case_reaches_what_starts_its_engram(tmp_path: Path) -> None:
    program = "import sys; print('up', flush=True); sys.stdin.read(); import signal; signal.pause()"
    with opened(tmp_path / "repo", program) as pod:
        engram = pod.spawn({**HOSTILE, "LD_DEBUG": "statistics", "LD_DEBUG_OUTPUT": str(tmp_path / "trace")})
        launcher = Path(f"/proc/{engram._process.pid}/environ").read_bytes()  # type: ignore[attr-defined]
        engram.kill()
    assert {entry.partition(b"=")[0] for entry in launcher.split(b"\0") if entry} <= {b"PATH", b"PWD"}
    assert not list(tmp_path.glob("trace*"))


def test_the_engram_itself_gets_its_variables(tmp_path: Path) -> None:
    given = {"ENV": "/nowhere", "GREETING": "grüße\n=x", "PATH": "/usr/bin"}
    with opened(tmp_path / "repo", "import json, os; print(json.dumps(dict(os.environ)))") as pod:
        seen = told(pod, given)
    assert {name: value for name, value in seen.items() if name not in {"PWD", "LC_CTYPE"}} == given


READER = """
import json, sys
def read(path):
    try:
        return open(path).read()
    except OSError as error:
        return type(error).__name__
print(json.dumps([read(path) for path in sys.argv[1:]]))
"""


def test_arguments_give_a_right_to_files_of_the_repository_only(tmp_path: Path) -> None:
    repo, outside = tmp_path / "repo", tmp_path / "outside"
    for folder in (repo / "data", repo / ".git", repo / "data" / ".ssh", outside):
        folder.mkdir(parents=True)
    for file in (repo / "data/words", repo / ".git/config", repo / "data/.ssh/key", outside / "marker"):
        file.write_text(file.name)
    (repo / "link").symlink_to(outside / "marker")
    (repo / "way").symlink_to(outside)
    words = ["data/words", ".git/config", "data/.ssh/key", "link", "way/marker", "../outside/marker"]
    asked = [str(repo / word) for word in words]
    with opened(repo, READER, *asked, str(outside / "marker")) as pod:
        seen = told(pod, {})
    assert seen == ["words", *["FileNotFoundError"] * 2, *["FileNotFoundError"] * 4]


def test_the_harness_itself_can_write_only_to_its_own_folders(tmp_path: Path) -> None:
    with opened(tmp_path / "repo", "print('{}')") as pod:
        mounts = Path(f"/proc/{pod._harness_pid}/mountinfo").read_text(encoding="utf-8").splitlines()
        status = Path(f"/proc/{pod._harness_pid}/status").read_text(encoding="utf-8")
    fields = [line.split() for line in mounts]
    writable = {each[4] for each in fields if "rw" in each[5].split(",") and not each[4].startswith("/dev")}
    assert writable == {pod.home, pod.store, *([str(pod._groups.folder)] if pod._groups else [])}
    capabilities = int(next(line for line in status.splitlines() if line.startswith("CapEff")).split()[1], 16)
    assert capabilities in {0, 1 << 10}  # CAP_NET_BIND_SERVICE


def test_the_harness_makes_no_socket_of_another_family(tmp_path: Path) -> None:
    confined, reason = confinement.find()
    if confined is None:
        pytest.skip(reason)
    with confined.held_filter() as calls:
        command = confined.harness([sys.executable, "-c", SOCKETS], filter_fd=calls)
        done = subprocess.run(command, env=confinement.ENV, pass_fds=[calls], stdout=subprocess.PIPE, check=True)
    assert {family for family, _ in json.loads(done.stdout)["made"]} == set(seccomp.FAMILIES)
    with opened(tmp_path / "repo", "print('{}')") as pod:
        status = Path(f"/proc/{pod._harness_pid}/status").read_text(encoding="utf-8")
    assert next(line.split()[1] for line in status.splitlines() if line.startswith("Seccomp:")) == "2"
