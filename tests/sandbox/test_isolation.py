"""What a program in a pod can see and do, told by the program itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from validator.sandbox.harness_image import find as find_harness_image
from validator.sandbox.model import MEBIBYTE, Exit, ImageSource, Limits, SourceKind
from validator.sandbox.owner import current
from validator.sandbox.sandbox import UNCONFINED, DockerSandbox, ProcessSandbox, open_sandbox

PROBE = """
import errno, json, os, socket, urllib.request

def attempt(action):
    try:
        action()
        return "done"
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)

def api():
    settings = json.load(open(os.environ["HOME"] + "/.kube/config"))
    urllib.request.urlopen(settings["clusters"][0]["cluster"]["server"] + "/api", timeout=5).read()

def spread():
    left = []
    for _ in range(300):
        pid = os.fork()
        if not pid:
            os.read(hold[0], 1)
            os._exit(0)
        left.append(pid)

hold = os.pipe()
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
print(json.dumps({
    "uid": os.getuid(),
    "capabilities": status["CapEff"].strip(),
    "interfaces": [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line],
    "processes": len([name for name in os.listdir("/proc") if name.isdigit()]),
    "environment": sorted(name for name in os.environ if name not in {"HOSTNAME", "PWD", "LC_CTYPE"}),
    "write root": attempt(lambda: open("/written", "w")),
    "write home": attempt(lambda: open(os.environ["HOME"] + "/.kube/config", "a")),
    "write tmp": attempt(lambda: open("/tmp/written", "w")),
    "fill tmp": attempt(lambda: open("/tmp/full", "wb").write(b"x" * (80 << 20))),
    "outside": attempt(lambda: socket.create_connection(("1.1.1.1", 53), 2)),
    "docker": os.path.exists("/var/run/docker.sock") or os.path.exists("/run/docker.sock"),
    "api": attempt(api),
    "files": attempt(lambda: [os.dup(0) for _ in range(2000)]),
}), flush=True)
print(json.dumps(attempt(spread)), flush=True)
"""
LIMITS = Limits(memory=256 * MEBIBYTE, nofile=256, pids=64, tmpfs=16 * MEBIBYTE)


def facts(ended: Exit) -> tuple[dict[str, Any], str]:
    lines = ended.stdout.text.splitlines()
    assert len(lines) == 2, ended
    return json.loads(lines[0]), json.loads(lines[1])


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    with open_sandbox("process") as sandbox:
        assert isinstance(sandbox, ProcessSandbox)
        if "bubblewrap" not in sandbox.reason or "UNISOLATED" in sandbox.reason:
            pytest.skip(sandbox.reason)
        script = tmp_path_factory.mktemp("probe") / "probe.py"
        script.write_text(f"#!{sys.executable}\n{PROBE}")
        script.chmod(0o755)
        image = sandbox.resolve(ImageSource(SourceKind.PROCESS, str(script)))
        with sandbox.pod(image, LIMITS) as pod:
            assert pod.isolation == "bubblewrap"
            engram = pod.spawn({"HOME": pod.home, "GREETING": "hi"})
            ended = engram.wait(30)
            engram.kill()
    assert ended is not None
    return facts(ended)


@pytest.fixture(scope="module")
def contained(docker_daemon: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], str]]:
    context = tmp_path_factory.mktemp("image")
    with open_sandbox("docker") as sandbox:
        assert isinstance(sandbox, DockerSandbox)
        harness = find_harness_image(sandbox._daemon, current(), print)
        (context / "probe.py").write_text(PROBE)
        (context / "Dockerfile").write_text(
            f"FROM {harness.id}\nCOPY probe.py /probe.py\nUSER root\n"
            f"ENTRYPOINT {json.dumps([harness.command[0], '/probe.py'])}\n"
        )
        image = sandbox.resolve(ImageSource(SourceKind.BUILD, str(context)))
        with sandbox.pod(image, LIMITS) as pod:
            ended = pod.spawn({"HOME": pod.home, "GREETING": "hi"}).wait(30)
        assert ended is not None
        yield facts(ended)
        subprocess.run(["docker", "rmi", image.id], capture_output=True, check=True)


@pytest.mark.docker
def test_contained(contained: tuple[dict[str, Any], str]) -> None:
    told, spread = contained
    assert told.pop("environment") == ["GREETING", "HOME", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH"]
    assert told == {
        "uid": 65532,
        "capabilities": "0000000000000000",
        "interfaces": ["lo"],
        "processes": 1,
        "write root": "EROFS",
        "write home": "EROFS",
        "write tmp": "done",
        "fill tmp": "ENOSPC",
        "outside": "ENETUNREACH",
        "docker": False,
        "api": "done",
        "files": "EMFILE",
    }
    assert spread == "EAGAIN"


def test_confined(confined: tuple[dict[str, Any], str]) -> None:
    told, _ = confined
    assert told.pop("environment") == ["GREETING", "HOME", "PATH"]
    assert told == {
        "uid": 65532,
        "capabilities": "0000000000000000",
        "interfaces": ["lo"],
        "processes": 1,
        "write root": "EROFS",
        "write home": "EROFS",
        "write tmp": "done",
        "fill tmp": "ENOSPC",
        "outside": "ENETUNREACH",
        "docker": False,
        "api": "done",
        "files": "EMFILE",
    }


def test_without_bubblewrap_it_is_said_and_it_still_works_without_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "engram"
    script.write_text(f"#!{sys.executable}\nimport os\nprint(*sorted({{*os.environ}} - {{'LC_CTYPE', 'PWD'}}))\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("bwrap") is None
    with open_sandbox("process", unisolated=True) as sandbox:
        assert sandbox.reason.endswith(f"UNISOLATED (bwrap is not installed), {UNCONFINED}")
        with sandbox.pod(sandbox.resolve(ImageSource(SourceKind.PROCESS, str(script)))) as pod:
            assert pod.isolation == ""
            ended = pod.spawn({"GREETING": "hi"}).wait(30)
    assert ended is not None
    assert (ended.code, ended.stdout.text) == (0, "GREETING PATH\n")
