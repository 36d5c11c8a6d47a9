"""Streaming engrams whose fault shows in a sequence of packets alone: found, and brought down to the fewest packets."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.cases import EXPLORED, Search
from validator.suite.results import Outcome, Report

TEMPLATE = Path(__file__).parent.parent / "fixtures" / "engrams" / "stream-planted" / "Engram.yaml"


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
QUICK = Search(inputs=50, seconds=300.0)
"""Time is no matter here: a busy machine must not change what is found."""


@pytest.fixture
def report(
    tmp_path: Path, fixture_binaries: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str, Search], Report]:
    """Run the fixture with a fault, in one kind of sandbox; the rows of the contract have tests of their own."""
    monkeypatch.setattr("validator.checks.streaming.trial.trial", lambda *_, **__: iter(()))

    def made(kind: str, fault: str, search: Search) -> Report:
        shutil.copy(TEMPLATE, tmp_path)
        image: dict[str, str]
        if kind == "docker":
            image = {"image": request.getfixturevalue("fixture_images")("stream-planted"), "pull": "never"}
        else:
            shutil.copy(fixture_binaries / "stream-planted", tmp_path)
            image = {"process": "./stream-planted"}
        send = [{"inputs": {"text": "example"}, "payload": {"text": "example"}}]
        case = {"name": "one packet", "send": send, "config": {"fault": fault}}
        written = {"images": {"stream-planted": image}, "cases": {"stream-planted": [case]}}
        (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
        return run(Options(root=tmp_path, sandbox=kind, checks=("streaming",), explore=search))

    return made


@pytest.mark.parametrize(("fault", "fewest"), PLANTED.items(), ids=list(PLANTED))
def test_a_planted_sequence_is_found_in_process(report, fault, fewest):
    done = report("process", fault, QUICK)
    found = [finding for finding in done.findings if "to reproduce" in finding.evidence]

    (finding,) = found
    told = finding.evidence["packets" if finding.subject.case == EXPLORED else "smallest packets"]
    assert told == fewest
    words = shlex.split(finding.evidence["to reproduce"])
    assert words[:3] == ["engram-validate", "sandbox", "stream"]
    assert json.loads(words[words.index("--send") + 1]) == fewest


@pytest.mark.docker
@pytest.mark.timeout(400)
@pytest.mark.parametrize("fault", ["after-hook", "smaller"])
def test_docker_finds_the_same(report, fault):
    (found,) = [finding for finding in report("docker", fault, QUICK).findings if finding.rule.code == "EV620"]

    assert found.evidence["packets"] == PLANTED[fault]


def test_a_good_stream_gives_nothing(report):
    done = report("process", "none", QUICK)

    (case,) = [case for case in done.cases if case.subject.case == EXPLORED]
    assert [finding.rule.code for finding in done.findings] == []
    assert case.outcome is Outcome.PASSED
    assert "sessions gave outputs that were judged" in case.message
