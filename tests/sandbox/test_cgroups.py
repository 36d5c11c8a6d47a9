"""Control groups around local engrams: where they can be made, that they hold, and that nothing gets out of them."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from validator.sandbox import sweep
from validator.sandbox.harness import reaping
from validator.sandbox.model import ImageSource, SourceKind
from validator.sandbox.owner import current
from validator.sandbox.pods import cgroups
from validator.sandbox.pods.cgroups import Cgroups, Group
from validator.sandbox.pods.local import LocalEngram
from validator.sandbox.sandbox import ProcessSandbox, open_sandbox

ROOT = Path(__file__).parents[2]
ENTERED = f'{cgroups.ENTER} && shift && exec "$@"'
LOOP = "i=0; while [ $i -lt 40 ]; do sleep 1000 & i=$((i+1)); echo $i; done; echo all; wait"
"""Forty sleepers: harmless, should nothing hold them."""


@pytest.fixture(scope="module")
def place() -> Cgroups:
    found, why_not = cgroups.find(sweep.name(current()))
    if found is None:
        pytest.skip(why_not)
    return found


@pytest.fixture
def group(place: Cgroups) -> Iterator[Group]:
    groups = place.open(sweep.name(current()))
    try:
        yield groups.open(20)
    finally:
        groups.end()
        assert not groups.folder.exists()


def start(group: Group, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["/bin/sh", "-c", ENTERED, "sh", group.entry, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_no_more_can_be_started_than_the_limit_says(group: Group) -> None:
    with start(group, "/bin/sh", "-c", LOOP) as loop:
        assert loop.wait()
        group.end()
        assert loop.stdout is not None
        started = loop.stdout.read().split()
    assert "all" not in started
    assert len(started) == 19


def test_whatever_left_its_session_is_ended_all_the_same(group: Group) -> None:
    with start(group, "/bin/sh", "-c", "setsid sleep 1000 & setsid setsid sleep 1000 & echo up; wait") as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == "up\n"
        assert len(reaping.members(group.folder)) >= 2
        group.end()
        assert shell.wait() == -signal.SIGKILL
    assert not group.folder.exists()


def test_a_full_group_is_known(group: Group) -> None:
    with start(group, "/bin/sh", "-c", "echo up; read never") as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == "up\n"
        assert not group.is_full()
        assert Group(group.folder, 1).is_full()
        group.end()


def test_groups_of_a_dead_run_are_swept_and_those_of_the_living_left(place: Cgroups) -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    dead = place.open(sweep.name(replace(current(), pid=gone.pid, started="1")))
    living = place.open(sweep.name(current()))
    try:
        with start(dead.open(5), "/bin/sh", "-c", "echo up; read never") as orphan:
            assert orphan.stdout is not None
            assert orphan.stdout.readline() == "up\n"
            swept = sweep.groups(place.parent, current())
            assert orphan.wait() == -signal.SIGKILL
        assert dead.folder in swept
        assert living.folder.exists()
    finally:
        dead.end()
        living.end()


@pytest.fixture
def daemonizes(tmp_path: Path) -> ImageSource:
    """It starts something in a session of its own, tells `pipe` its number, and does what its arguments say."""
    os.mkfifo(tmp_path / "pipe")
    script = tmp_path / "daemonizes"
    # The substitution ends when its standard output is closed: when the sleeper is in its own session.
    sleeper = "setsid sh -c 'echo $$; exec sleep 1000 >/dev/null' &"
    script.write_text(f'#!/bin/sh\nmy=$({sleeper})\necho $my >{tmp_path}/pipe\n"$@"\n')
    script.chmod(0o755)
    return ImageSource(SourceKind.PROCESS, str(script))


def test_a_program_without_bubblewrap_leaves_nothing_behind(
    place: Cgroups, daemonizes: ImageSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("validator.sandbox.sandbox.find_confinement", lambda: (None, "not wanted"))
    opened = open_sandbox("process", unisolated=True)
    with opened as sandbox, sandbox.pod(sandbox.resolve(daemonizes)) as pod:
        engram = pod.spawn({"PATH": os.environ["PATH"]})
        sleeper = int(Path(daemonizes.value).with_name("pipe").read_text())
        ended = engram.wait(30)
        assert ended is not None
        assert ended.code == 0
        assert not alive(sleeper)


DRIVER = """
import os, sys
from validator.sandbox import sandbox
from validator.sandbox.model import ImageSource, SourceKind
sandbox.find_confinement = lambda: (None, "not wanted")
source = ImageSource(SourceKind.PROCESS, sys.argv[1], args=("sleep", "1000"))
with sandbox.open_sandbox("process", unisolated=True) as opened, opened.pod(opened.resolve(source)) as pod:
    pod.spawn({"PATH": os.environ["PATH"]})
    print(pod._groups.folder, flush=True)
    sys.stdin.read()
"""


def test_a_killed_validator_leaves_nothing_running(place: Cgroups, daemonizes: ImageSource) -> None:
    """The harness ends what its driver cannot."""
    command = [sys.executable, "-c", DRIVER, daemonizes.value]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True) as driver:
        assert driver.stdout is not None
        groups = Path(driver.stdout.readline().strip())
        handle = os.pidfd_open(int(Path(daemonizes.value).with_name("pipe").read_text()))
        driver.kill()
    ended, _, _ = select.select([handle], [], [], 30)
    os.close(handle)
    assert ended
    sweep.groups(place.parent, current())
    assert not groups.exists()


def test_without_groups_bubblewrap_ends_an_engram_that_left_its_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "places", list)
    script = tmp_path / "leaves"
    script.write_text(f"#!{sys.executable}\nimport os, signal\nos.setsid()\nprint('up', flush=True)\nsignal.pause()\n")
    script.chmod(0o755)
    with open_sandbox("process") as sandbox:
        if "UNISOLATED" in sandbox.reason:
            pytest.skip(sandbox.reason)
        with sandbox.pod(sandbox.resolve(ImageSource(SourceKind.PROCESS, str(script)))) as pod:
            engram = pod.spawn({})
            assert isinstance(engram, LocalEngram)
            while not engram._stdout.total or engram._confined < 0:
                assert engram.wait(0.01) is None
            pid = engram._child["child-pid"]
            handle = os.pidfd_open(pid)
            engram.kill()
            assert select.select([handle], [], [], 20)[0]
            os.close(handle)


def alive(pid: int) -> bool:
    """A zombie that nobody has waited for yet is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_where_no_group_can_be_made_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "places", lambda: [Path("/proc")])
    with open_sandbox("process") as sandbox:
        assert isinstance(sandbox, ProcessSandbox)
        assert "; the number of processes is NOT LIMITED (no control group can be used: " in sandbox.reason
        assert "/proc/engram-validate-" in sandbox.reason


V1 = "33 31 0:36 {root} /cg/pids rw,relatime - cgroup cgroup rw,pids\n"
V1 += "34 31 0:33 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
V2 = "30 23 0:26 {root} /cg rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
HYBRID = V1.format(root="/") + "41 31 0:38 / /cg/unified rw,relatime - cgroup2 cgroup2 rw\n"


@pytest.mark.parametrize(
    ("own", "mounts", "hands_on", "found"),
    [
        ("8:pids:/\n0::/\n", HYBRID, [], ["cg/pids"]),
        ("8:cpu,pids:/user.slice\n0::/\n", HYBRID, [], ["cg/pids/user.slice"]),
        ("8:pids:/docker/abc\n", V1.format(root="/docker/abc"), [], ["cg/pids"]),
        ("8:pids:/elsewhere\n", V1.format(root="/docker/abc"), [], []),
        ("0::/a/b.service\n", V2.format(root="/"), ["cg/a"], ["cg/a"]),
        ("0::/a/b.service\n", V2.format(root="/"), ["cg/a/b.service", "cg/a", "cg"], ["cg/a/b.service", "cg/a"]),
        ("0::/a/b.service\n", V2.format(root="/"), ["cg"], []),
        ("0::/\n", V2.format(root="/"), ["cg"], ["cg"]),
        ("0::/\n", V2.format(root="/"), [], []),
        ("0::/\n", "", [], []),
        ("", V2.format(root="/"), ["cg"], []),
    ],
)  # fmt: skip
def test_groups_are_made_beside_this_process_and_never_far_above(
    tmp_path: Path, own: str, mounts: str, hands_on: list[str], found: list[str]
) -> None:
    (tmp_path / "own").write_text(own)
    (tmp_path / "mounts").write_text(mounts)
    for folder in ("cg", "cg/a", "cg/a/b.service"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cgroup.procs").touch()
        given = "cpu memory pids" if folder in hands_on else "cpu memory"
        (tmp_path / folder / "cgroup.subtree_control").write_text(given)
    places = cgroups.places(tmp_path / "own", tmp_path / "mounts", tmp_path)
    assert [place.relative_to(tmp_path).as_posix() for place in places] == found
