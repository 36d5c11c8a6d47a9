"""What inputs do that no schema declares: which are planted or left out, and what of the output tells."""

from __future__ import annotations

import pytest

from validator.checks.conformance import BatchContext
from validator.checks.inputs import MEMBER, carried, matters, probe, undeclared_inputs
from validator.findings import Location, Subject
from validator.sandbox.model import Limits
from validator.sources.manifests import view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.cases import Case, Mode

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: carrier}
spec:
  version: 1.0.0
  configSchema: {type: object, properties: {limit: {type: integer}}}
  inputSchema:
    type: object
    properties:
      text: {type: string}
      event: {type: object}
      closed: {type: object, additionalProperties: false, properties: {a: {type: string}}}
  outputSchema:
    type: object
    properties:
      text: {type: string}
      event: {type: object}
"""
INPUTS = {"text": "one", "event": {"kind": "push"}, "closed": {"a": "b"}}


def bench() -> BatchContext:
    manifest = view(read(SourceText("Engram.yaml", TEMPLATE)).documents[0].root)
    place = Location("Engram.yaml")
    return BatchContext(
        manifest, Subject("template", "carrier", case="c"), place, "linux/amd64", Limits(), 1000, 2000, 30.0
    )


def case(**inputs: object) -> Case:
    return Case("c", Mode.BATCH, Location("engram-validate.yaml"), inputs=inputs)


def planted():
    schema = bench().template.input_schema
    assert schema is not None
    probed = probe(case(**INPUTS), schema.value)
    assert probed is not None
    return probed


def test_a_member_is_planted_wherever_the_schema_lets_it_pass() -> None:
    assert set(planted().places.values()) == {(), ("event",)}
    assert MEMBER in planted().case.inputs
    assert planted().case.inputs["closed"] == {"a": "b"}
    assert probe(case(a=1), {"type": "object", "additionalProperties": False, "properties": {"a": {}}}) is None


def output(**more: object) -> dict:
    return {"text": "one", **more}


PLANTED = planted().case.inputs
CARRIED = [
    ("the event", output(event=PLANTED["event"]), [], ["`.event` repeats the input `.event` in full"]),
    ("all inputs, in a field of another name", output(event=PLANTED), [], ["`.event` repeats all inputs in full"]),
    ("the event within", output(event={"was": PLANTED["event"]}), [], ["repeats the input `.event` in full"]),
    ("what is allowed", output(event=PLANTED["event"]), [".event"], []),
    ("a field that nothing declares: EV501 tells it", output(other=PLANTED["event"]), [], []),
    ("member by member", output(event={"kind": "push"}), [], []),
    ("nothing at all", None, [], []),
]


@pytest.mark.parametrize(("found", "allowed", "told"), [row[1:] for row in CARRIED], ids=[row[0] for row in CARRIED])
def test_an_object_that_comes_out_whole(found: dict | None, allowed: list[str], told: list[str]) -> None:
    messages = [finding.message for finding in carried(bench(), planted(), found, allowed)]
    assert len(messages) == len(told)
    assert all(part in message for part, message in zip(told, messages, strict=True))


def test_each_undeclared_input_is_left_out_in_turn() -> None:
    given = case(text="one", shout=True, tone="loud", limit=3)
    assert [(strange.path, sorted(strange.without.inputs)) for strange in undeclared_inputs(bench(), given)] == [
        (("shout",), ["limit", "text", "tone"]),
        (("tone",), ["limit", "shout", "text"]),
    ]


@pytest.mark.parametrize(("without", "codes"), [({"text": "one"}, []), ({"text": "ONE"}, ["EV428"]), (None, ["EV428"])])
def test_an_input_matters_where_something_else_comes_out_without_it(without: dict | None, codes: list[str]) -> None:
    given = case(text="one", shout=True)
    (strange,) = undeclared_inputs(bench(), given)
    assert [finding.rule.code for finding in matters(bench(), given, strange, output(), without)] == codes
