"""Nothing of a run is left: after success, failure, Ctrl-C and SIGTERM at once, after SIGKILL with the next run."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.conftest import Bench
from validator.sandbox import owner
from validator.sandbox.batch import run_batch
from validator.sandbox.model import BatchCase, Image
from validator.sandbox.owner import Owner
from validator.sandbox.sandbox import open_sandbox

ROOT = Path(__file__).resolve().parents[2]
DRIVER = """
import signal, sys
from validator.sandbox.batch import run_batch
from validator.sandbox.model import BatchCase, ImageSource, SourceKind
from validator.sandbox.sandbox import open_sandbox

def stop(number, frame):
    raise SystemExit(143)

signal.signal(signal.SIGTERM, stop)
kind, value = sys.argv[1:]
with open_sandbox(kind) as sandbox:
    image = sandbox.resolve(ImageSource(SourceKind.IMAGE if kind == "docker" else SourceKind.PROCESS, value))
    with sandbox.pod(image) as pod:
        engram_spawn = pod.spawn
        def spawn(*args, **keywords):
            engram = engram_spawn(*args, **keywords)
            print("spawned", flush=True)
            return engram
        pod.spawn = spawn
        run_batch(pod, BatchCase(id="long", inputs={"text": "a"}, timeout=60))
"""


def left(pid: int | None = None) -> set[str]:
    """What runs of ours have on this machine: of one process, or of any."""
    label = f"label={owner.PID}={pid}" if pid else f"label={owner.RUN}"
    found = set()
    for what in (["ps", "-aq", "--no-trunc"], ["volume", "ls", "-q"]):
        listed = subprocess.run(["docker", *what, "--filter", label], capture_output=True, text=True, check=False)
        found |= set(listed.stdout.split())
    pattern = f"{owner.NAMED}*-{pid or '*'}-*-*"
    folders = {folder.name for folder in Path(tempfile.gettempdir()).glob(pattern)}
    return found | folders


def processes(folder_of: int) -> list[int]:
    """Processes whose command line names the folder of that process's pod."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if re.search(rf"{owner.NAMED}[0-9a-f]+-{folder_of}-", line):
                found.append(int(entry.parent.name))
    return found


def wait_for_the_end_of(pids: list[int], seconds: float) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            end = os.pidfd_open(pid)
            select.select([end], [], [], seconds)
            os.close(end)


@pytest.fixture
def driver(bench: Bench) -> Iterator[subprocess.Popen[str]]:
    """A validator in the middle of a case that hangs."""
    sandbox, engram = bench
    image: Image = engram("hangs")
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, sandbox.kind, image.source.value],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert process.stdout.readline() == "spawned\n", process.stderr.read()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_after_success_and_after_an_exception(bench: Bench) -> None:
    sandbox, engram = bench
    with sandbox.pod(engram("conforming")) as pod:
        run_batch(pod, BatchCase(id="a", inputs={"text": "a"}))
        assert left(os.getpid())
    assert not left(os.getpid())

    def interrupted() -> None:
        with sandbox.pod(engram("conforming")) as pod:
            run_batch(pod, BatchCase(id="a", inputs={"text": "a"}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not left(os.getpid())
    assert not processes(os.getpid())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_after_a_signal(driver: subprocess.Popen[str], number: signal.Signals) -> None:
    assert left(driver.pid)
    driver.send_signal(number)
    assert driver.wait(20) in {143, 130, -signal.SIGINT}
    assert not left(driver.pid)
    assert not processes(driver.pid)


def test_after_sigkill_the_next_run_sweeps(bench: Bench, driver: subprocess.Popen[str]) -> None:
    assert left(driver.pid)
    driver.kill()
    driver.wait()
    if bench[0].kind == "process":
        # The harness learns of it by the end of its input, and ends the engram too.
        wait_for_the_end_of(processes(driver.pid), 10)
        assert not processes(driver.pid)
    assert left(driver.pid)
    with open_sandbox(bench[0].kind):
        assert not left(driver.pid)


def test_a_living_run_is_left_alone(bench: Bench) -> None:
    sandbox, engram = bench
    with sandbox.pod(engram("conforming")) as pod:
        before = left(os.getpid())
        program = f"from validator.sandbox.sandbox import open_sandbox\nwith open_sandbox({sandbox.kind!r}): pass"
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
        assert left(os.getpid()) == before
        assert run_batch(pod, BatchCase(id="a", inputs={"text": "a"})).succeeded


HERE = Owner("r1", "host", 1, "")


@pytest.mark.parametrize(
    ("theirs", "alive", "expected"),
    [
        (Owner("r2", "host", 999_999_999, "77"), None, True),
        (Owner("r2", "host", 1, owner.started(1)), None, False),
        (Owner("r2", "host", 1, "another start"), None, True),
        (Owner("r2", "other host", 999_999_999, "77"), None, False),
        (Owner("r2", "other host", 1, "77", "c1"), True, False),
        (Owner("r2", "other host", 1, "77", "c1"), False, True),
        (Owner("r2", "other host", 1, "77", "c1"), None, False),
    ],
)
def test_who_is_certainly_dead(theirs: Owner, alive: bool | None, expected: bool) -> None:
    assert owner.is_dead(theirs, HERE, alive) is expected


OURS, OTHER = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("mounts", "expected"),
    [
        (f"1 2 254:0 /var/lib/docker/containers/{OURS}/hostname /etc/hostname rw - ext4 /dev/vda rw\n", OURS),
        (f"3 4 0:9 / /var/lib/docker/containers/{OTHER}/mounts/shm rw - tmpfs shm rw\n", ""),
        ("5 6 0:1 / /proc rw - proc proc rw\n", ""),
    ],
    ids=["in a container", "on the host of one", "elsewhere"],
)
def test_which_container_is_our_own(tmp_path: Path, mounts: str, expected: str) -> None:
    (tmp_path / "mountinfo").write_text(mounts)
    assert owner.own_container(tmp_path / "mountinfo") == expected
    assert owner.own_container(tmp_path / "none") == ""


def test_labels_read_back() -> None:
    assert owner.from_labels(owner.current().labels) is not None
    here = owner.current()
    assert owner.from_labels(here.labels) == here
    assert owner.from_labels({"com.example": "x"}) is None
