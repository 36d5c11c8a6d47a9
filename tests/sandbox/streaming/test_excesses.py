"""What a streaming engram sends may be deep, wide, endless or no text: it gets its finding, and the next is served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from tests.sandbox.conftest import Bench as Sandboxes
from tests.sandbox.streaming.conftest import Wired
from validator.checks.streaming import verdict
from validator.checks.streaming.context import StreamContext
from validator.findings import Finding, Location, Severity, Subject
from validator.sandbox.model import MEBIBYTE
from validator.sandbox.pods import Pod
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import Expectation, Packet, Send, StreamCase, StreamRun

MEMORY = 256 * MEBIBYTE
"""The most that a harness may ever hold, whatever came (measured: 144 MiB)."""
CASE = StreamCase(
    "excess", steps=(Send(Packet(payload={"text": "hi"})),), time_limit=8.0, startup=4.0, patience=2.0, grace=4.0
)
GOOD = replace(CASE, expect=Expectation(count=1))


@dataclass(frozen=True)
class Sent:
    """What is sent, and what is found, notes apart."""

    what: str
    codes: tuple[str, ...] = ()
    says: str = ""
    size: int = 0
    count: int | None = None
    """How many packets the case expects."""
    docker: bool = False
    """Also under Docker: the others are told by what was sent alone, whoever ran it."""


WITH_SDK = [
    Sent("nested", size=30, count=1),
    Sent("nested", size=60, count=1, docker=True),  # deeper than Python's protobuf follows, and not too deep for Go's
    Sent("nested", size=2000, count=1),
    Sent("nested", ("EV606",), size=9000, count=1),
    Sent("keys", size=250_000, count=1),
    Sent("not-utf8", count=1),
    Sent("surrogates", count=1),
    Sent("not-utf8-metadata", ("EV603",), "UTF-8"),
    Sent("not-utf8-error", ("EV603",), "no text: a\ufffd"),
    Sent("endless", docker=True),
    Sent("endless", ("EV623",), count=1),
    Sent("endless-keys", size=40_000),
    Sent("never-stops", ("EV640",), docker=True),
    Sent("endless-log", ("EV415",), docker=True),
    Sent("endless-signals"),
    Sent("endless-effects"),
    Sent("half-hello", ("EV601",), docker=True),
]
WITHOUT = [
    Sent("deep-struct", ("EV606",), docker=True),
    Sent("deep-envelope", ("EV613",), "nested more than 10000 levels"),
    Sent("not-utf8", ("EV606",)),
    Sent("many-keys"),
]


@pytest.fixture(scope="module")
def fixtures(bench: Sandboxes) -> Iterator[Pod]:
    sandbox, engram = bench
    with sandbox.pod(engram("stream-echo")) as pod:
        yield pod


@pytest.fixture(scope="module")
def wires(bench: Sandboxes, wired: Wired) -> Iterator[Pod]:
    sandbox, _ = bench
    with sandbox.pod(wired()) as pod:
        yield pod


def faults(run: StreamRun) -> list[Finding]:
    found = verdict.judge(
        StreamContext(Subject("image", "excess"), Location("Engram.yaml"), max_logs=10 * MEBIBYTE), run
    )
    return [each for each in found if isinstance(each, Finding) and each.severity is not Severity.NOTE]


@pytest.mark.parametrize("sent", WITH_SDK, ids=lambda sent: f"{sent.what} {sent.size or len(sent.codes)}")
def test_with_the_sdk(fixtures: Pod, sent: Sent) -> None:
    needed(fixtures, sent)
    run = run_stream(
        fixtures,
        replace(CASE, expect=Expectation(count=sent.count), env={"BEHAVIOUR": sent.what, "SIZE": str(sent.size)}),
    )
    judged(run, sent)
    again = run_stream(fixtures, replace(GOOD, env={"BEHAVIOUR": "echo"}))
    assert (again.settled, again.counts["outputs"]) == ("finished", 1)
    assert fixtures.harness.call("memory") < MEMORY


@pytest.mark.parametrize("sent", WITHOUT, ids=lambda sent: sent.what)
def test_without_an_sdk(wires: Pod, sent: Sent) -> None:
    needed(wires, sent)
    judged(run_stream(wires, replace(CASE, env={"FAULTS": sent.what})), sent)
    assert run_stream(wires, GOOD).counts["outputs"] == 1
    assert wires.harness.call("memory") < MEMORY


def needed(pod: Pod, sent: Sent) -> None:
    if pod.image.kind == "docker" and not sent.docker:
        pytest.skip("the sandbox process tells enough")


def judged(run: StreamRun, sent: Sent) -> None:
    found = faults(run)
    shown = [f"{each.rule.code} {each.message}\n{each.evidence.get('transcript')}" for each in found]
    assert tuple(sorted({each.rule.code for each in found})) == sent.codes, (run.settled, run.counts, shown)
    assert not found or sent.says in found[0].message
    assert len(run.transcript) < 5000
