"""A daemon that goes away, an image that is removed, a volume without labels: told for what they are, nothing is left.

The daemon here is the real one, behind a socket of ours that can be cut; `python -m faults` kills daemons.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import socket
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from validator.sandbox import owner, stream, sweep
from validator.sandbox.daemon import connect
from validator.sandbox.model import ImageSource, Limits, SandboxError, SourceKind
from validator.sandbox.pods.docker import ContainedEngram
from validator.sandbox.sandbox import DockerSandbox, open_sandbox

pytestmark = pytest.mark.docker
REAL = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")


class Cuttable:
    """A socket that passes everything on to the daemon, until the answer holds what it is to be cut at."""

    def __init__(self, path: Path) -> None:
        self.endpoint = f"unix://{path}"
        self.cut_at = b""
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._is_cut = False
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def cut(self) -> None:
        """As if the daemon had been killed: every connection breaks, and so does every new one."""
        self._is_cut = True
        for each in list(self._open):
            _shut(each)

    def close(self) -> None:
        self.cut()
        _shut(self._listening)
        for thread in self._threads:
            thread.join(10)
        for each in (self._listening, *self._open):
            each.close()

    def _start(self, function, *arguments) -> None:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = socket.socket(socket.AF_UNIX)
                self._open += [near, far]
                far.connect(REAL.removeprefix("unix://"))
                self._start(self._pass_on, near, far, b"")
                self._start(self._pass_on, far, near, b"answer")

    def _pass_on(self, source: socket.socket, target: socket.socket, answer: bytes) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
                if answer and self.cut_at and self.cut_at in data:
                    self.cut()
            target.shutdown(socket.SHUT_WR)


def _shut(open_: socket.socket) -> None:
    with contextlib.suppress(OSError):
        open_.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cuttable(docker_daemon: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cuttable]:
    if not REAL.startswith("unix://"):
        pytest.skip("only a local socket can be stood in for")
    between = Cuttable(tmp_path / "d.sock")
    monkeypatch.setenv("DOCKER_HOST", between.endpoint)
    yield between
    between.close()


@pytest.fixture
def empty_image(docker_daemon: None) -> Iterator[str]:
    """An image of ours alone, without any file."""
    name = f"engram-validate-removable:{os.getpid()}"
    archive = io.BytesIO()
    tarfile.open(fileobj=archive, mode="w").close()
    subprocess.run(["docker", "import", "-", name], input=archive.getvalue(), check=True, capture_output=True)
    yield name
    subprocess.run(["docker", "rmi", "--force", name], check=False, capture_output=True)


def test_a_build_whose_daemon_goes_away_is_no_broken_build(cuttable: Cuttable, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nLABEL a=1\nLABEL b=2\n")
    with open_sandbox("docker") as sandbox:
        cuttable.cut_at = b"Step 2/3"
        with pytest.raises(SandboxError) as raised:
            sandbox.resolve(ImageSource(SourceKind.BUILD, str(tmp_path)))
    assert raised.value.rule.code == "EV917"
    assert raised.value.message == (
        f"the Docker daemon stopped answering while building {tmp_path}: its answer broke off; check its log, and run"
        " again once it answers"
    )


@pytest.mark.parametrize("kind", [SourceKind.IMAGE, SourceKind.BUILD])
def test_a_daemon_that_is_gone_is_told_as_such(cuttable: Cuttable, kind: SourceKind, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with open_sandbox("docker") as sandbox:
        cuttable.cut()
        with pytest.raises(SandboxError, match="the Docker daemon stopped answering while"):
            sandbox.resolve(ImageSource(kind, str(tmp_path)))


def test_an_image_that_is_removed_before_its_case(docker_daemon: None, empty_image: str) -> None:
    with open_sandbox("docker") as sandbox:
        image = sandbox.resolve(ImageSource(SourceKind.IMAGE, empty_image))
        with sandbox.pod(image) as pod:
            subprocess.run(["docker", "rmi", empty_image], check=True, capture_output=True)
            with pytest.raises(SandboxError, match="was removed from the Docker daemon during this run") as raised:
                pod.spawn({})
    assert raised.value.rule.code == "EV921"
    assert empty_image in raised.value.message


def test_a_volume_without_labels_is_known_by_its_name(docker_daemon: None) -> None:
    """A daemon that dies while it makes one keeps it so."""
    here = owner.current()
    dead = owner.Owner("r" * 12, here.host, 999_999_999, "77")
    alive = owner.Owner("s" * 12, here.host, os.getpid(), here.started)
    names = [f"{whose.name}-home-0" for whose in (dead, alive)]
    assert [owner.from_name(name) for name in names] == [dead, alive]
    try:
        for name in names:
            subprocess.run(["docker", "volume", "create", name], check=True, capture_output=True)
        with connect() as daemon:
            removed = sweep.daemon(daemon, here)
        assert names[0] in removed
        assert names[1] not in removed
    finally:
        subprocess.run(["docker", "volume", "rm", "--force", *names], check=False, capture_output=True)


@pytest.mark.parametrize("name", ["engram-validate-cache", "engram-validate-a-b-c", "mine"])
def test_other_volumes_are_not_ours(name: str) -> None:
    assert owner.from_name(name) is None


def test_an_engram_that_nobody_can_watch_any_more_ends_the_script_without_a_traceback(
    cuttable: Cuttable, fixture_images: Callable[[str], str]
) -> None:
    told: queue.Queue[str] = queue.Queue()
    with open_sandbox("docker") as sandbox:
        assert isinstance(sandbox, DockerSandbox)
        try:
            image = sandbox.resolve(ImageSource(SourceKind.IMAGE, fixture_images("hangs")))
            with sandbox.pod(image) as pod:
                engram = pod.spawn({})
                pod.harness.tell = lambda op, **args: told.put(op)  # type: ignore[method-assign]
                stream._watch(pod, "case", engram)
                cuttable.cut()
                assert told.get(timeout=30) == "stream.exited"
        finally:
            with connect(REAL) as daemon:
                sweep.own(daemon, sandbox._owner)


def test_an_engram_whose_end_a_busy_daemon_is_slow_to_tell_is_not_taken_for_one_that_hangs() -> None:
    asked, told = threading.Event(), threading.Event()

    def wait(_: str) -> dict[str, int]:
        asked.set()
        assert told.wait(10)
        return {"StatusCode": 0}

    daemon: Any = SimpleNamespace(client=SimpleNamespace(wait=wait))
    pod: Any = SimpleNamespace(remove=lambda _: None)
    silent: Any = SimpleNamespace(frames=lambda: iter(()), close=lambda: None)
    engram = ContainedEngram(pod, daemon, "container", silent, Limits())
    assert asked.wait(10)
    threading.Timer(0.1, told.set).start()
    ended = engram.wait(0)
    assert ended is not None
    assert ended.code == 0
