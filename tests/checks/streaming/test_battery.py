"""The probes: each has a judge and a row in the documentation, and a rule that an example shows."""

from __future__ import annotations

from pathlib import Path

from validator import rules
from validator.checks.streaming import battery, robustness, verdict
from validator.checks.streaming.battery import Sample
from validator.sandbox.stream_model import Packet, Send
from validator.sandbox.stream_script import script

DOCS = Path(__file__).resolve().parents[3] / "docs" / "streaming.md"
SAMPLE = Sample(packet=Packet(payload={"text": "hello"}))
PROBES = battery.probes(SAMPLE)


def test_every_probe_has_a_judge_and_a_row() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for case in (battery.plain(SAMPLE), *PROBES):
        assert f"`{case.probe}`" in text
        assert case.probe == "plain" or case.probe in verdict.PROBES or case.probe in robustness.DEADLY


def test_probes_depend_on_earlier_ones_only() -> None:
    order = [case.probe for case in PROBES]
    assert len(set(order)) == len(order)
    for probe, needed in battery.NEEDS.items():
        assert all(order.index(each) < order.index(probe) for each in needed)


def test_every_rule_of_the_family_is_in_the_documentation_or_told_by_the_plain_case() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for code in rules.catalogue():
        if code.startswith("EV6") and not "EV601" <= code <= "EV626":
            assert code in text, code


def test_a_script_is_json_with_a_label_for_each_packet() -> None:
    for case in PROBES:
        steps = script(case)["steps"]
        sends = [step["packet"] for step in steps if step["do"] == "send"]
        assert len(sends) == sum(isinstance(step, Send) for step in case.steps)
        assert all(send["label"] for send in sends)


def test_padding_is_counted_in_bytes() -> None:
    padded = battery.padded(Packet(payload={"a": 1}), 1000).payload
    assert isinstance(padded, dict)
    assert padded["a"] == 1
    assert len(str(padded["sandboxPadding"])) == 1000
