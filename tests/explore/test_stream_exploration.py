"""Streaming engrams whose fault shows in a sequence of packets alone: found, and brought down to the fewest packets."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import pytest

from tests.depth import few
from tests.explore.workspaces import Workspaces, explored
from validator.findings import Json
from validator.suite.cases import EXPLORED
from validator.suite.results import Outcome, Report


def packet(**inputs: str | int) -> dict[str, object]:
    """A packet as a case has it: the inputs of the step, and upstream data that is the same."""
    return {"inputs": inputs, "payload": inputs}


LEAST = packet(text="Hello, world")
pytestmark = pytest.mark.timeout(400)

HOOK = {"hook": "storyrun.ready"}
PLANTED = {
    "after-hook": [HOOK, LEAST],
    "smaller": [packet(text="Hello, world", words=1), LEAST],
    "twice": [LEAST, LEAST],
    "no-words": [packet(text="")],
}


@pytest.fixture
def report(workspaces: Workspaces, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Report]:
    """Run the fixture with a fault, in one kind of sandbox; the rows of the contract have tests of their own."""
    monkeypatch.setattr("validator.checks.streaming.probing.run_probes", lambda *_, **__: iter(()))

    def made(kind: str, fault: str) -> Report:
        send: Json = [{"inputs": {"text": "example"}, "payload": {"text": "example"}}]
        cases: Json = [{"name": "one packet", "send": send, "config": {"fault": fault}}]
        return workspaces.explore("stream-planted", kind, cases, "streaming")

    return made


@pytest.mark.parametrize(("fault", "fewest"), PLANTED.items(), ids=list(PLANTED))
def test_a_planted_sequence_is_found_in_process(report, fault, fewest):
    done = report("process", fault)
    found = [finding for finding in done.findings if "to reproduce" in finding.evidence]

    (finding,) = found
    told = finding.evidence["packets" if finding.subject.case == EXPLORED else "smallest packets"]
    assert told == fewest
    words = shlex.split(finding.evidence["to reproduce"])
    assert words[:3] == ["engram-validate", "sandbox", "stream"]
    assert json.loads(words[words.index("--send") + 1]) == fewest


@pytest.mark.docker
@pytest.mark.timeout(400)
@pytest.mark.parametrize("fault", few(["after-hook", "smaller"], "smaller"))
def test_docker_finds_the_same(report, fault):
    (found,) = [finding for finding in report("docker", fault).findings if finding.rule.code == "EV620"]

    assert found.evidence["packets"] == PLANTED[fault]


def test_a_good_stream_gives_nothing(report):
    done = report("process", "none")

    case = explored(done)
    assert [finding.rule.code for finding in done.findings] == []
    assert case.outcome is Outcome.PASSED
    assert "sessions gave outputs that were judged" in case.message
