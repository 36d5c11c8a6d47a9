"""Every row of the streaming contract under both sandboxes: the examples on the pages of the rules.

What fails gives exactly that rule, what passes gives none. Notes about the platform do not count, apart from their own.
"""

from __future__ import annotations

import re

import pytest
import yaml

from tests.sandbox.conftest import Bench as Sandboxes
from tests.sandbox.streaming.conftest import Wired
from validator import rules
from validator.checks.streaming import battery, trial, verdict
from validator.checks.streaming.battery import Sample
from validator.checks.streaming.bench import Bench
from validator.findings import Finding, Location, Subject
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import Expectation, Packet, Send, StreamCase
from validator.schemas.validation import validate

BLOCK = re.compile(r"^```yaml (fails|passes) fixture\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(rule.code, verdict_, text, id=f"{rule.code}-{verdict_}")
    for rule in rules.catalogue().values()
    if rule.code.startswith("EV6")
    for verdict_, text in BLOCK.findall(rules.page(rule))
]
SAMPLE = Sample(packet=Packet(payload={"text": "hello"}), patience=3.0, grace=2.0, startup=5.0)
GAP = "EV690"


@pytest.mark.parametrize(("code", "expected", "text"), EXAMPLES)
def test_a_row(bench: Sandboxes, wired: Wired, code: str, expected: str, text: str) -> None:
    found = codes(bench, wired, yaml.safe_load(text))
    if code != GAP:
        found.discard(GAP)
    assert found == ({code} if expected == "fails" else set())


def codes(sandboxes: Sandboxes, wired: Wired, example: dict) -> set[str]:
    sandbox, engram = sandboxes
    image = engram(example["fixture"]) if "fixture" in example else wired(tuple(example["wire"]))
    judged = Bench(
        Subject("image", image.reference),
        Location("Engram.yaml"),
        output_schema=example.get("schema"),
        validate=lambda schema, packet: validate(schema, packet, profile="hub"),
    )
    with sandbox.pod(image) as pod:
        if "send" in example:
            found = list(verdict.judge(judged, run_stream(pod, written(example))))
        else:
            only = (example.get("probe", "plain"),)
            tried = trial.trial(lambda case: run_stream(pod, case), judged, SAMPLE, only)
            found = [each for one in tried for each in one.verdicts]
    return {each.rule.code for each in found if isinstance(each, Finding)}


def written(example: dict) -> StreamCase:
    steps = tuple(
        Send(battery.padded(Packet(payload=send["payload"]), send.get("padding", 0)), times=send.get("times", 1))
        if "padding" in send
        else Send(Packet(payload=send["payload"]))
        for send in example["send"]
    )
    expect = example.get("expect", {})
    return StreamCase(
        "written",
        steps=steps,
        expect=Expectation(tuple(expect.get("packets", ())), expect.get("order", "any"), expect.get("count")),
        time_limit=8.0,
        patience=3.0,
        window=1000 if "padding" in example["send"][0] else 16,
        buffer=1024 if "padding" in example["send"][0] else 16,
    )
