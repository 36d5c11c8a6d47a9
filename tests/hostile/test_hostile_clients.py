"""Clients that want the sandbox's API dead: it bears them, says so, and serves the next as ever."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.hostile.conftest import _source
from validator.sandbox.harness.load import CONNECTION_LIMIT
from validator.sandbox.model import Identity, Image, SourceKind
from validator.sandbox.sandbox import Sandbox, open_sandbox
from validator.sandbox.step_run import step_run

Hostile = tuple[Sandbox, Image]

PROGRAM = r"""
import http.client, json, os, socket, sys
from urllib.parse import urlsplit

server = urlsplit(json.load(open(os.environ["HOME"] + "/.kube/config"))["clusters"][0]["cluster"]["server"])
RUNS = server.path + "/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/"
PATCH = {"Content-Type": "application/merge-patch+json"}

def ask(method, path, body=None, headers={}):
    client = http.client.HTTPConnection(server.hostname, server.port, timeout=60)
    client.request(method, RUNS + path, body, headers)
    answer = client.getresponse()
    answer.read()
    client.close()
    return answer.status

def crowd(count, text):
    crowd = []
    for _ in range(count):
        one = socket.create_connection((server.hostname, server.port))
        one.setblocking(False)
        crowd.append(one)
        try:
            one.send(text)
        except OSError:
            pass
    return crowd

def unread():
    for number in range(50):
        ask("POST", "effectclaims", json.dumps({"metadata": {"name": f"c{number}"}, "spec": {"x": "x" * 100000}}))
    return crowd(300, b"GET %seffectclaims HTTP/1.1\r\n\r\n" % RUNS.encode())

def halves():
    head = b"POST %seffectclaims HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" % RUNS.encode()
    halves = crowd(120, head)
    for one in halves:
        one.setblocking(True)
        one.settimeout(5)
        try:
            one.sendall(b"x" * 2900000)
        except OSError:
            pass
    return halves

def idle():
    return crowd(600, b"GET /apis HTTP/1.1\r\nX: ")

def tiny():
    for number in range(20):
        ask("POST", "effectclaims", json.dumps({"metadata": {"name": f"c{number}"}, "spec": {"x": [[]] * 1000000}}))

def many():
    for number in range(1200):
        ask("POST", "storytriggers", json.dumps({"kind": "StoryTrigger", "metadata": {"name": f"t{number}"}}))

def polite():
    for number in range(20):
        assert ask("GET", "effectclaims") == 200

globals()[os.environ["ATTACK"]]()
print("over", ask("GET", "effectclaims") if os.environ["ATTACK"] in ("tiny", "many", "polite") else "")
"""


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with open_sandbox(request.param, unisolated=True) as sandbox:
        source = _source(sandbox, tmp_path_factory.mktemp("hostile"), PROGRAM)
        image = sandbox.resolve(source)
        yield sandbox, image
    if source.kind is SourceKind.BUILD:
        subprocess.run(["docker", "rmi", "--force", image.id], capture_output=True, check=False)


@pytest.mark.parametrize(
    ("attack", "turned_away"),
    [("unread", True), ("halves", True), ("idle", True), ("tiny", False), ("many", False), ("polite", False)],
)
def test_the_api_bears_it(hostile: Hostile, attack: str, turned_away: bool) -> None:
    sandbox, program = hostile
    with sandbox.pod(program) as pod:
        with step_run(pod, "attacker", Identity()) as held:
            engram = pod.spawn({"HOME": held.home, "ATTACK": attack}, home=held.home)
            ended = engram.wait(60)
            engram.kill()
        assert ended is not None, "it goes on"
        assert ended.stdout.text.startswith("over"), ended
        assert (pod.harness.turned_away() > 0) is turned_away
        assert pod.harness.call("memory") < 400 << 20
        assert pod.renew(program)
        with step_run(pod, "next", Identity()) as held:
            engram = pod.spawn({"HOME": held.home, "ATTACK": "polite"}, home=held.home)
            ended = engram.wait(30)
            engram.kill()
        assert ended is not None
        assert ended.stdout.text == "over 200\n"
        assert pod.harness.turned_away() == 0


def test_the_attacks_are_above_the_limit() -> None:
    assert CONNECTION_LIMIT < 300
