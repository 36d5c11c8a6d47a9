"""What an engram can do to the cases beside it and after it in real pods: nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.hostile.conftest import _source, opened_with
from validator.sandbox.model import DEFAULT_LIMITS, Exit, Identity, Image
from validator.sandbox.owner import current
from validator.sandbox.pods import Pod
from validator.sandbox.pods.process import process_pod
from validator.sandbox.sandbox import Sandbox, open_sandbox
from validator.sandbox.step_run import step_run

Opened = tuple[Sandbox, Image]
PROGRAM = r"""
import json, os, socket, sys, time

def plant():
    store = os.environ["STORE"]
    home = os.environ["HOME"]
    os.symlink(home + "/.kube/config", store + "/config.json")
    os.symlink("/etc/passwd", store + "/passwd.json")
    os.symlink("..", store + "/up")
    os.makedirs(store + "/inputs", exist_ok=True)
    os.symlink(home, store + "/inputs/sandbox")
    os.mkfifo(store + "/pipe.json")
    try:
        names = os.listdir(os.path.dirname(store))
    except OSError:
        names = [os.path.basename(store)]
    print(len(names))

def knock():
    for address in os.environ["DOORS"].split():
        host, port = address.rsplit(":", 1)
        try:
            socket.create_connection((host, int(port)), 5).close()
            print("open")
        except OSError:
            print("shut")

def outlive():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for descriptor in (0, 1, 2):
                os.close(descriptor)
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", os.environ["MARK"]])
        os._exit(0)
    os.wait()
    time.sleep(0.2)
    print("left")

globals()[os.environ["ATTACK"]]()
"""


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened_with(request.param, tmp_path_factory.mktemp("pods"), PROGRAM) as pair:
        yield pair


def attack(pod: Pod, name: str, home: str, storage: str = "", **variables: str) -> Exit:
    engram = pod.spawn({"HOME": home, "ATTACK": name, "STORE": storage, **variables}, home=home, storage=storage)
    ended = engram.wait(30)
    engram.kill()
    assert ended is not None
    assert ended.code == 0, ended
    return ended


def door(server: str) -> str:
    return server.removeprefix("http://").partition("/")[0]


def test_links_in_a_store_lead_nowhere(opened: Opened) -> None:
    sandbox, image = opened
    with sandbox.pod(image) as pod:
        for case in ("first", "second"):
            files = {"inputs/given.json": "value"}
            with step_run(pod, case, Identity(), storage=True, files=files) as held:
                planted = attack(pod, "plant", held.home, held.storage)
                knocked = attack(pod, "knock", held.home, DOORS=door(pod.server))
            assert planted.stdout.text == "1\n"
            assert held.seen["files"] == {}
            assert knocked.stdout.text == "open\n"
            assert pod.renew(image)


def test_a_case_cannot_reach_what_another_one_talks_to(opened: Opened) -> None:
    sandbox, image = opened
    with ExitStack() as stack:
        mine, theirs = (stack.enter_context(sandbox.pod(image)) for _ in range(2))
        held = stack.enter_context(step_run(mine, "mine", Identity()))
        stack.enter_context(step_run(theirs, "theirs", Identity()))
        connector = theirs.harness.call("stream.open", key="theirs", script={})["endpoint"]
        services = [{"name": "s", "port": 0, "exchanges": []}]
        port = theirs.harness.call("service.open", key="theirs", services=services)["ports"]["s"]
        doors = [door(mine.server), connector, f"127.0.0.1:{port}"]
        told = attack(mine, "knock", held.home, DOORS=" ".join(doors)).stdout.text.split()
        assert told == ["open", "shut", "shut"]
        # The door of the other's API may have the number of one's own.
        if door(theirs.server) != door(mine.server):
            assert attack(mine, "knock", held.home, DOORS=door(theirs.server)).stdout.text == "shut\n"


def test_nothing_outlives_its_case(opened: Opened) -> None:
    sandbox, image = opened
    with sandbox.pod(image) as pod:
        _outlived(pod)


def test_nothing_outlives_its_case_where_nothing_confines_it(tmp_path: Path) -> None:
    with open_sandbox("process", unisolated=True) as sandbox:
        image = sandbox.resolve(_source(sandbox, tmp_path, PROGRAM))
        with process_pod(image, DEFAULT_LIMITS, None, current(), folders=[]) as pod:
            assert pod.isolation == ""
            _outlived(pod)


def _outlived(pod: Pod) -> None:
    mark = f"outlives-{time.time_ns()}"
    with step_run(pod, "first", Identity()) as held:
        assert attack(pod, "outlive", held.home, MARK=mark).stdout.text == "left\n"
        assert [line for line in _command_lines() if mark in line] == []


def _command_lines() -> Iterator[str]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
