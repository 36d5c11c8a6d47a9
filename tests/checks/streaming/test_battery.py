"""The probes: each has a judge and a row in the documentation, and a rule that an example shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.checks.streaming.run_maker import BENCH, codes, packet, run
from validator import rules
from validator.checks.streaming import battery, scripts
from validator.checks.streaming.probing import run_probes
from validator.checks.streaming.sample import Sample
from validator.findings import Unchecked
from validator.sandbox.stream_model import Packet, Send, Sent, StreamCase, StreamRun
from validator.sandbox.stream_script import script

DOCS = Path(__file__).resolve().parents[3] / "docs" / "streaming.md"
SAMPLE = Sample(packet=Packet(payload={"text": "hello"}))
CASES = battery.cases(SAMPLE)


def test_every_probe_has_its_name_a_rule_and_a_judge() -> None:
    for name, probe in battery.PROBES.items():
        assert name == probe.name == probe.script(SAMPLE).probe
        assert probe.rules
        assert probe.judge is not None or probe.fatal is not None


def test_probes_depend_on_earlier_ones_only() -> None:
    order = [case.probe for case in CASES]
    assert len(set(order)) == len(order) == len(battery.PROBES)
    for name, probe in battery.PROBES.items():
        assert all(order.index(each) < order.index(name) for each in probe.needs)


def test_every_rule_of_the_family_is_in_the_documentation_or_told_by_the_plain_case() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for code in rules.catalogue():
        if code.startswith("EV6") and not "EV601" <= code <= "EV626":
            assert code in text, code


def test_a_script_is_json_with_a_label_for_each_packet() -> None:
    for case in CASES:
        steps = script(case)["steps"]
        sends = [step["packet"] for step in steps if step["do"] == "send"]
        assert len(sends) == sum(isinstance(step, Send) for step in case.steps)
        assert all(send["label"] for send in sends)


def test_a_row_that_cannot_be_tried_in_time_is_skipped_and_said_to_be() -> None:
    def played(case: StreamCase) -> StreamRun:
        sent = tuple(Sent(f"packet {number}", 0.2, 1, number, True, (0.3,)) for number in (1, 2, 3))
        outputs = [packet(payload={"text": "hello"}) for _ in sent]
        return run(*outputs, case=case, sent=sent, counts={"silent": 1})

    plain, expiry = run_probes(played, BENCH, SAMPLE, ["chunk-expiry"])
    assert (plain.skipped, codes(plain.verdicts)) == ("", [])
    assert expiry.case.least > SAMPLE.time_limit
    assert "more than 2 min" in expiry.skipped
    assert [type(each) for each in expiry.verdicts] == [Unchecked]
    patient = replace(SAMPLE, time_limit=180.0)
    assert [one.skipped for one in run_probes(played, BENCH, patient, ["chunk-expiry"])] == ["", ""]


def test_signals_are_only_taken_away_from_those_who_send_them() -> None:
    quiet, talking = run(), run(status={"signals": {"progress": {}}})
    applies = battery.PROBES["signals-fail"].applies
    assert (applies(quiet), applies(talking)) == (False, True)


def test_padding_is_counted_in_bytes() -> None:
    padded = scripts.padded(Packet(payload={"a": 1}), 1000).payload
    assert isinstance(padded, dict)
    assert padded["a"] == 1
    assert len(str(padded["sandboxPadding"])) == 1000
