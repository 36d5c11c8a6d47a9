"""Clients that want the sandbox's API dead: it bears them, says so, and serves the next as ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.hostile.conftest import opened_with
from tests.manifests import engram_template
from validator.findings import Severity
from validator.sandbox.harness.load import CONNECTION_LIMIT
from validator.sandbox.model import DEFAULT_LIMITS, Identity, Image, Limits
from validator.sandbox.pods import Pod
from validator.sandbox.pods.process import HARNESS_MEMORY, ProcessPod
from validator.sandbox.sandbox import Sandbox
from validator.sandbox.step_run import step_run
from validator.sources.workspace import load
from validator.suite import plan, scheduler
from validator.suite.cases import Case
from validator.suite.config import Config
from validator.suite.events import ignore
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome
from validator.suite.scheduler import CaseReport

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
    with opened_with(request.param, tmp_path_factory.mktemp("hostile"), PROGRAM) as pair:
        yield pair


@pytest.mark.slow
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
        assert bool(pod.harness.turned_away()) is turned_away
        assert pod.harness.call("memory") < 400 << 20
        assert pod.renew(program)
        with step_run(pod, "next", Identity()) as held:
            engram = pod.spawn({"HOME": held.home, "ATTACK": "polite"}, home=held.home)
            ended = engram.wait(30)
            engram.kill()
        assert ended is not None
        assert ended.stdout.text == "over 200\n"
        assert pod.harness.turned_away() == {}


def test_the_attacks_are_above_the_limit() -> None:
    assert CONNECTION_LIMIT < 300


@pytest.mark.slow
def test_a_run_tells_the_case_that_did_it_and_judges_the_others(hostile: Hostile, tmp_path: Path) -> None:
    sandbox, image = hostile
    (tmp_path / "Engram.yaml").write_text(engram_template("greeter"), encoding="utf-8")
    [unit] = plan.units(load(tmp_path), Config(base=tmp_path))
    attacker = replace(unit.cases[0], name="attacker")
    others = [replace(unit.cases[0], name=f"other {number}") for number in range(3)]

    def examine(pod: Pod, image: Image, unit: Unit, case: Case) -> CaseReport:
        with step_run(pod, case.name, Identity()) as held:
            variables = {"HOME": held.home, "ATTACK": "idle" if case is attacker else "polite"}
            engram = pod.spawn(variables, home=held.home)
            ended = engram.wait(60)
            engram.kill()
        good = ended is not None and ended.stdout.text.startswith("over")
        outcome = Outcome.PASSED if good else Outcome.FAILED
        return CaseReport((CaseResult(replace(unit.subject, case=case.name), "conformance", outcome, 0.0),))

    found = scheduler.run(
        _Fixed(sandbox, image), [replace(unit, cases=(attacker, *others))], examine,
        base=tmp_path, limits=DEFAULT_LIMITS, workers=2, observer=ignore,
    )  # fmt: skip
    told = [finding for finding in found.findings if finding.severity is not Severity.NOTE]  # of the image's user
    assert [(finding.rule.code, finding.subject.case) for finding in told] == [("EV924", "attacker")]
    assert {result.subject.case: result.outcome for result in found.results} == {
        "attacker": Outcome.WARNED,
        **{other.name: Outcome.PASSED for other in others},
    }


@dataclass(frozen=True)
class _Fixed:
    """A sandbox in which every template has the same image."""

    sandbox: Sandbox
    image: Image

    @property
    def kind(self) -> str:
        return self.sandbox.kind

    @property
    def reason(self) -> str:
        return self.sandbox.reason

    def resolve(self, *_: object) -> Image:
        return self.image

    def pod(self, image: Image, limits: Limits = DEFAULT_LIMITS) -> AbstractContextManager[Pod]:
        return self.sandbox.pod(image, limits)


def test_a_harness_that_is_a_process_has_a_limit_of_memory(hostile: Hostile) -> None:
    sandbox, image = hostile
    if sandbox.kind != "process":
        pytest.skip("a container has one by itself")
    with sandbox.pod(image) as pod:
        assert isinstance(pod, ProcessPod)
        limits = Path(f"/proc/{pod._harness_pid}/limits").read_text(encoding="ascii")
    [line] = [line for line in limits.splitlines() if line.startswith("Max data size")]
    assert line.split()[3:5] == [str(HARNESS_MEMORY)] * 2
