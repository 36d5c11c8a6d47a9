"""A hostile engram ends in a finding within the time limit of its case, and the harness serves the next one."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.sandbox.conftest import Bench as Sandboxes
from tests.sandbox.streaming.conftest import Wired
from validator.checks.streaming import verdict
from validator.checks.streaming.context import StreamContext
from validator.findings import Finding, Location, Severity, Subject
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import Expectation, Packet, Send, StreamCase

LIMIT = 4.0
LONG = 60.0
"""Seconds that no case with this limit takes, however busy the machine is."""
CASE = StreamCase(
    "hostile",
    steps=(Send(Packet(payload={"text": "x" * 65536}), times=100),),
    time_limit=LIMIT,
    startup=LIMIT,
    patience=1.5,
    grace=1.0,
    window=100,
)
HOSTILE = [
    "garbage",
    "garbage-control",
    "huge-metadata",
    "huge-headers",
    "storm",  # is refused again and again
    "flaps",  # opens good sessions and drops them
    "drops-out",  # drops its session and stays
    "half-open",
    "never-reads",
]


@pytest.mark.docker_by_day("garbage", "huge-headers", "never-reads")
@pytest.mark.parametrize("fault", HOSTILE)
def test_it_ends_in_a_finding(bench: Sandboxes, wired: Wired, fault: str) -> None:
    sandbox, _ = bench
    faults = f"{fault} no-protocol" if fault == "storm" else fault
    with sandbox.pod(wired()) as pod:
        began = time.monotonic()
        run = run_stream(pod, replace(CASE, env={"FAULTS": faults}))
        assert time.monotonic() - began < LONG
        found = verdict.judge(StreamContext(Subject("image", fault), Location("Engram.yaml")), run)
        assert [each for each in found if isinstance(each, Finding) and each.severity is Severity.ERROR]
        assert len(run.transcript) < 5000
        again = pod.harness.call("stream.open", key="next", script={"steps": []})
        assert again["endpoint"]
        assert pod.harness.call("stream.close", key="next")["counts"]["outputs"] == 0


def test_the_next_case_runs_in_the_same_pod(bench: Sandboxes, wired: Wired) -> None:
    sandbox, _ = bench
    case = StreamCase("good", steps=(Send(Packet(payload={"n": 1})),), expect=Expectation(count=1))
    with sandbox.pod(wired()) as pod:
        for _ in range(3):
            run = run_stream(pod, case)
            assert (run.settled, run.counts["outputs"], len(run.missing())) == ("finished", 1, 0)
