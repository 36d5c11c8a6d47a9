"""Each promise of a sandbox, told by an engram in it that looks around and tries what it must not (fixture `sees`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from validator.sandbox.sandbox import CONFINED

ROOT = Path(__file__).parents[2]
ENGRAM = ROOT / "tests" / "fixtures" / "engrams" / "sees" / "Engram.yaml"
PLANTED = "reaches-no-engram"
VARIABLES = (
    "GITHUB_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "INPUT_REGISTRY-PASSWORD",
    "INPUT_GITHUB-TOKEN",
    "REGISTRY_PASSWORD",
    "DOCKER_AUTH_CONFIG",
    "AWS_SECRET_ACCESS_KEY",
)
FILES = (".git/config", "other/.git/config", ".docker/config.json", ".netrc")
"""Of a checkout, and of a home, in which the program lies."""
ALLOWED = {"HOME", "HOSTNAME", "PATH", "PWD"}
MEMORY, TMPFS, PIDS, NOFILE = 300 << 20, 64 << 20, 200, 1024

Facts = dict[str, list[str]]


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def report(
    request: pytest.FixtureRequest, fixture_binaries: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What a validator says whose environment, home and checkout hold what must not reach an engram."""
    root = tmp_path_factory.mktemp("checkout")
    image: Callable[[str], str] = request.getfixturevalue("fixture_images") if request.param == "docker" else str
    shutil.copy(fixture_binaries / "sees", root / "sees")
    (root / "Engram.yaml").write_text(ENGRAM.read_text())
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(PLANTED)
    config = {
        "images": {"sees": {"image": image("sees"), "process": "./sees"}},
        "cases": {"sees": [{"name": "looks", "inputs": {"text": "a b"}}]},
        "limits": {"memory": "300MiB", "cpus": 0.5, "pids": PIDS},
    }
    (root / "engram-validate.yaml").write_text(json.dumps(config))
    arguments = [
        "run",
        "--sandbox",
        request.param,
        "--explore",
        "off",
        "--checks",
        "conformance",
        "--json",
        "report.json",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "validator", *arguments],
        cwd=root,
        env={**os.environ, **dict.fromkeys(VARIABLES, PLANTED), "PYTHONPATH": str(ROOT), "HOME": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads((root / "report.json").read_text())
    if "UNISOLATED" in told["sandbox"]:
        pytest.skip(told["sandbox"])
    return told


@pytest.fixture(scope="module")
def facts(report: dict[str, Any]) -> Facts:
    (case,) = report["cases"]
    told: Facts = case["output"]["sees"]
    return told


def not_of_the_kernel(facts: Facts) -> list[list[str]]:
    """Mounts that show files of the machine: place, options, what of it, kind."""
    kinds = {"proc", "sysfs", "tmpfs", "devpts", "devtmpfs", "mqueue", "cgroup", "cgroup2"}
    return [mount for mount in map(str.split, facts["mounts"]) if mount[3] not in kinds]


CAPABILITIES = ("Inh", "Prm", "Eff", "Bnd", "Amb")
FORBIDDEN = (
    *("become root", "mount", "make a device", "change the root", "name the machine", "press a key"),
    "set the kernel",
)
EVERYWHERE: list[tuple[str, Callable[[Facts], object], object]] = [
    ("a user without a name", lambda told: set(told["Uid"] + told["Gid"]), {"65532"}),
    ("no capabilities", lambda told: {told[f"Cap{each}"][0].strip("0") for each in CAPABILITIES}, {""}),
    ("no new privileges", lambda told: told["NoNewPrivs"], ["1"]),
    ("a read-only root", lambda told: [m.split()[1][:2] for m in told["mounts"] if m.startswith("/ ")], ["ro"]),
    ("a bounded /tmp", lambda told: told["bytes in /tmp"], [str(TMPFS)]),
    ("a bounded /dev/shm", lambda told: told["bytes in /dev/shm"], [str(TMPFS)]),
    ("a limit on open files", lambda told: told["Max open files"], [str(NOFILE)] * 2),
    ("a limit that holds", lambda told: NOFILE - 32 < int(told["files at once"][0]) < NOFILE, True),
    ("no netlink, by which Go lists interfaces", lambda told: told.get("interfaces", []), []),
    ("a filter of system calls", lambda told: told["Seccomp"], ["2"]),
    ("no way to a name server", lambda told: told["reach a name server"], ["network is unreachable"]),
    ("no way to a cloud's metadata", lambda told: told["reach the metadata"], ["network is unreachable"]),
    ("no other process in sight", lambda told: told["processes"], ["/proc/1"]),
    ("no open file of ours", lambda told: told["descriptors"], []),
    ("no socket of a daemon, no token", lambda told: told["sockets and tokens"], []),
    ("no environment of ours", lambda told: {n for n in told["environment"] if n[:5] != "BUBU_"} - ALLOWED, set()),
    ("nothing that was planted", lambda told: told["planted"], []),
    ("nothing forbidden done", lambda told: [what for what in FORBIDDEN if told[what] == ["done"]], []),
]


@pytest.mark.parametrize(("look", "seen"), [row[1:] for row in EVERYWHERE], ids=[row[0] for row in EVERYWHERE])
def test_every_sandbox_keeps_a_promise(facts: Facts, look: Callable[[Facts], object], seen: object) -> None:
    assert look(facts) == seen


def test_only_memory_can_be_written(report: dict[str, Any], facts: Facts) -> None:
    queues = ["/dev/mqueue"] if report["sandbox"].startswith("docker") else []
    assert sorted(facts["writable"]) == sorted([*queues, "/dev/shm", "/tmp"])


def test_nothing_of_the_machine_can_be_changed(report: dict[str, Any], facts: Facts) -> None:
    shown = not_of_the_kernel(facts)
    assert {options.split(",")[0] for _, options, _, _ in shown} <= {"ro"}
    if report["sandbox"].startswith("docker"):
        # Docker writes the last three for every container.
        assert {place for place, *_ in shown} == {"/", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts"}
        assert {what for place, _, what, _ in shown if place == "/"} == {"/"}


def test_what_processes_are_not_promised_is_promised_by_containers_and_said_by_processes(
    report: dict[str, Any], facts: Facts
) -> None:
    if report["sandbox"].startswith("process"):
        assert report["sandbox"].endswith(CONFINED)
        assert (facts["cpu"], facts["memory"]) == ([], [])
        return
    assert facts["cpu"][0] == "50000"
    assert facts["memory"] == [str(MEMORY)]
    assert facts["swap"] in ([str(MEMORY)], ["0"]), "version 1 counts both together"
    assert facts["pids"] == [str(PIDS)]


def test_no_namespaces_are_made(report: dict[str, Any], facts: Facts) -> None:
    if report["sandbox"].startswith("process"):
        told = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=True)
        if "--disable-userns" not in told.stdout:
            pytest.skip("bubblewrap before 0.8")
    assert facts["a namespace"] != ["done"]
