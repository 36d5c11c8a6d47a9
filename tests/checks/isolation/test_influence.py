"""Inputs that nobody declares: told only where taking them away changes what an engram puts out."""

from __future__ import annotations

import itertools

import pytest

from tests.checks.isolation_samples import SUBJECT, TEMPLATE, case, template
from validator.checks.isolation.influence import judge
from validator.findings import Finding
from validator.suite.cases import Mode

SCHEMA = "  inputSchema: {type: object, properties: {text: {type: string}}}\n  outputSchema:"
DECLARING = template(TEMPLATE.replace("  outputSchema:", SCHEMA))
GIVEN = case(Mode.STREAMING, send=({"inputs": {"text": "hi", "tone": "loud"}}, {"inputs": {"text": "ho"}}))
COUNTER = itertools.count()

ENGRAMS = [
    ("makes use of it", DECLARING, lambda inputs: {"text": inputs["text"], "tone": inputs.get("tone")}, ["EV428"]),
    ("takes no notice of it", DECLARING, lambda inputs: {"text": inputs["text"]}, []),
    ("never says the same twice", DECLARING, lambda _: {"text": str(next(COUNTER))}, ["unchecked"]),
    ("has no inputSchema", template(), dict, []),
]


@pytest.mark.parametrize(("subject", "engram", "told"), [row[1:] for row in ENGRAMS], ids=[row[0] for row in ENGRAMS])
def test_an_undeclared_input_is_told_where_it_matters(subject, engram, told):
    found = judge(subject, SUBJECT, GIVEN, lambda each: [engram(packet["inputs"]) for packet in reversed(each.send)])
    assert [each.rule.code if isinstance(each, Finding) else "unchecked" for each in found] == told


def test_without_undeclared_inputs_nothing_is_run_again():
    declared = case(Mode.STREAMING, send=({"inputs": {"text": "hi"}}, {"payload": {"tone": "loud"}}))
    assert list(judge(DECLARING, SUBJECT, declared, lambda _: pytest.fail("it was run"))) == []
