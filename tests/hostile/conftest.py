"""A program of a stranger in each sandbox: what it prints is what it could do."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from tests.hostile import table
from validator.sandbox import builds
from validator.sandbox.harness_image import find as find_harness_image
from validator.sandbox.model import DEFAULT_LIMITS, Exit, Image, ImageSource, Limits, SourceKind
from validator.sandbox.owner import current
from validator.sandbox.pods import Pod
from validator.sandbox.sandbox import DockerSandbox, Sandbox, open_sandbox


class Stranger(Protocol):
    """Runs a Python program as an engram."""

    def __call__(self, program: str, *, writable: bool = False, limits: Limits = DEFAULT_LIMITS) -> Exit:
        """How it ended. With `writable` its template asks for a root that it can write to."""


@pytest.fixture(scope="session", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def stranger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    """Runs a program in a sandbox of each kind, and tells how it ended."""
    made: list[str] = []
    with open_sandbox(request.param) as sandbox:
        if "UNISOLATED" in sandbox.reason:
            pytest.skip(sandbox.reason)

        def run(program: str, *, writable: bool = False, limits: Limits = DEFAULT_LIMITS) -> Exit:
            source = _source(sandbox, tmp_path_factory.mktemp("stranger"), program)
            source = replace(source, writable=writable)
            image = sandbox.resolve(source)
            if source.kind is SourceKind.BUILD:
                made.append(image.id)
            with sandbox.pod(image, limits) as pod:
                engram = pod.spawn({"HOME": pod.home})
                ended = engram.wait(60)
                engram.kill()
            assert ended is not None
            return ended

        yield run
    if made:
        subprocess.run(["docker", "rmi", "--force", *made], capture_output=True, check=False)


@pytest.fixture
def stranger_pod(tmp_path: Path) -> Iterator[Callable[[str], Pod]]:
    """Opens a pod of local processes around a program; it is closed with the test."""
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(open_sandbox("process"))
        if "UNISOLATED" in sandbox.reason:
            pytest.skip(sandbox.reason)
        yield lambda program: stack.enter_context(sandbox.pod(sandbox.resolve(_source(sandbox, tmp_path, program))))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What became of each hole, where any of this folder's tests ran."""
    outcomes: dict[str, set[str]] = {}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            outcomes.setdefault(report.nodeid, set()).add(outcome)
    if any(node.startswith("tests/hostile/") for node in outcomes):
        terminalreporter.section("hostile input")
        for line in table.lines(outcomes):
            terminalreporter.write_line(line)


@contextlib.contextmanager
def opened_with(kind: str, folder: Path, program: str) -> Iterator[tuple[Sandbox, Image]]:
    """A sandbox of a kind, confined or not, with a program as its image, which is removed at the end."""
    with open_sandbox(kind, unisolated=True) as sandbox:
        source = _source(sandbox, folder, program)
        image = sandbox.resolve(source)
        yield sandbox, image
    if source.kind is SourceKind.BUILD:
        subprocess.run(["docker", "rmi", "--force", image.id], capture_output=True, check=False)


def _source(sandbox: Sandbox, folder: Path, program: str) -> ImageSource:
    if not isinstance(sandbox, DockerSandbox):
        script = folder / "main.py"
        script.write_text(f"#!{sys.executable}\n{program}", encoding="utf-8")
        script.chmod(0o755)
        return ImageSource(SourceKind.PROCESS, str(script), repository=str(folder))
    # The harness's image has the one Python that is surely there.
    harness = find_harness_image(sandbox._daemon, current(), print)
    (folder / "root" / "data").mkdir(parents=True)
    (folder / "root" / "data").chmod(0o777)
    (folder / "root" / "main.py").write_text(program, encoding="utf-8")
    entry = json.dumps([harness.command[0], "/main.py"])
    (folder / "Dockerfile").write_text(f"FROM {harness.id}\nCOPY root /\nENTRYPOINT {entry}\n", encoding="utf-8")
    return ImageSource(SourceKind.BUILD, str(folder))


@pytest.fixture(scope="module")
def building(docker_daemon: None) -> Iterator[Sandbox]:
    """A sandbox whose builds have a name of their own, and are gone in the end."""
    with pytest.MonkeyPatch.context() as patch, open_sandbox("docker") as sandbox:
        patch.setattr(builds, "BUILT", f"{builds.BUILT}-hostile-{os.getpid()}")
        yield sandbox
        listed = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", builds.BUILT]
        if built := subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split():
            subprocess.run(["docker", "rmi", *built], capture_output=True, check=True)


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server on the loopback of this machine, which no build should reach; with what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()
