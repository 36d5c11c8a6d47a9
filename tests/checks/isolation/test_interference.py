"""Non-interference: only what follows config or secrets has leaked."""

from __future__ import annotations

import base64

import pytest

from tests.checks.isolation_samples import TEMPLATE, case, output, template, terms, told
from validator.checks.isolation.interference import Attempt, judge
from validator.checks.isolation.surfaces import Place, Surface
from validator.findings import Unchecked
from validator.suite.canaries import METADATA_KEY, PAYLOAD_KEY, VARIABLE, plant
from validator.suite.cases import Mode

SCHEMA = template().config_schema.value
GIVEN = case(
    inputs={"text": "plain 3"},
    config={"model": "gpt-large", "tone": "plain", "limit": 3, "retries": 3, "code": "ab-cd"},
    secrets={"service": {"KEY": "sk-1"}},
)


def attempts(engram, merged=False, given=GIVEN):
    """What an engram, a function of inputs, config, secrets and environment, shows in two runs."""
    made = []
    for number, salt in enumerate(("first", "second")):
        planted = plant(given, SCHEMA, salt)
        now = planted.case
        inputs = {**now.config, **now.inputs} if merged and number else dict(now.inputs)
        document = engram(inputs, now.config, now.secrets["service"]["KEY"], now.env)
        made.append(Attempt(planted, output(document), merged=bool(merged and number)))
    return made


ENGRAMS = [
    ("keeps all to itself", lambda i, c, s, e: {"text": i["text"], "words": 2}, []),
    ("an enum word, by coincidence", lambda i, c, s, e: {"text": c["tone"]}, []),
    ("a declared number that follows a limit", lambda i, c, s, e: {"words": c["limit"]}, []),
    ("derived, and declared so", lambda i, c, s, e: {"model": c["model"]}, []),
    ("the whole config, declared so", lambda i, c, s, e: {"about": c}, []),
    ("config in a declared field", lambda i, c, s, e: {"text": f"by {c['model']}"}, ["EV502 .text"]),
    ("config in a field nobody declared", lambda i, c, s, e: {"debug": {"m": [c["model"]]}}, ["EV502 .debug"]),
    ("a number in a field nobody declared", lambda i, c, s, e: {"debug": {"at_most": c["limit"]}}, ["EV502 .debug"]),
    ("a number that happens to be there", lambda i, c, s, e: {"debug": {"at_most": 3}}, []),
    ("a short text", lambda i, c, s, e: {"text": c["code"]}, ["EV502 .text"]),
    ("a short text, by coincidence", lambda i, c, s, e: {"text": "ab-cd"}, []),
    ("a short secret", lambda i, c, s, e: {"text": s}, ["EV503 .text"]),
    ("a secret in base64", lambda i, c, s, e: {"text": base64.b64encode(s.encode()).decode()}, ["EV503 .text"]),
    ("a secret in pieces", lambda i, c, s, e: {"items": [{"id": s[:8]}, {"id": s[8:]}]}, ["EV503 .items"]),
    ("a secret is never derived", lambda i, c, s, e: {"about": {"key": s}}, ["EV503 .about.key"]),
    ("the gravest at one place", lambda i, c, s, e: {"debug": [c["model"], s]}, ["EV503 .debug"]),
    ("the environment", lambda i, c, s, e: {"text": e[VARIABLE]}, ["EV508 .text"]),
    ("the inputs", lambda i, c, s, e: {"debug": i}, []),
]


@pytest.mark.parametrize(("engram", "codes"), [row[1:] for row in ENGRAMS], ids=[row[0] for row in ENGRAMS])
def test_two_runs_decide(engram, codes):
    assert told(judge(terms(), attempts(engram))) == codes


EVENT = {"id": "1", "by": "x"}
DECLARING = TEMPLATE.replace("      words:", "      event: {type: object}\n      words:", 1)
CARRIERS = [
    ("an object as it came", lambda i: {"event": i["event"]}, None, ["EV429 .event"]),
    ("inside another", lambda i: {"event": {"was": i["event"]}}, None, ["EV429 .event.was"]),
    ("member by member", lambda i: {"event": {"id": i["event"]["id"]}}, None, []),
    ("in a field that nothing declares", lambda i: {"debug": i["event"]}, None, []),
    ("all of the inputs", lambda i: {**i["event"]}, None, []),
    ("in a text", lambda i: {"text": str(i["event"])}, None, []),
    ("where the schema allows no member more", lambda i: {"event": i["event"]}, {"additionalProperties": False}, []),
]


@pytest.mark.parametrize(("engram", "schema", "codes"), [row[1:] for row in CARRIERS], ids=[row[0] for row in CARRIERS])
def test_an_object_of_the_inputs_is_looked_for_as_a_whole(engram, schema, codes):
    given = case(Mode.STREAMING, send=({"inputs": {"event": EVENT}},))
    inputs = {"properties": {"event": {"properties": {name: {} for name in EVENT}, **(schema or {})}}}
    planted = plant(given, None, "first", inputs=inputs)
    document = engram(dict(planted.case.send[0]["inputs"]))
    found = judge(terms(text=DECLARING), [Attempt(planted, output(document))])
    assert told(found) == codes


IN_THE_CLUSTER = [
    ("puts out its inputs", lambda i, c, s, e: {"debug": i}, ["EV507 .debug"]),
    ("puts out what is declared", lambda i, c, s, e: {"text": i["text"]}, []),
    ("leaks anyway", lambda i, c, s, e: {"text": c["model"]}, ["EV502 .text"]),
    ("leaks in both ways", lambda i, c, s, e: {"text": c["model"], "debug": i}, ["EV502 .text", "EV507 .debug"]),
]


@pytest.mark.parametrize(
    ("engram", "codes"), [row[1:] for row in IN_THE_CLUSTER], ids=[row[0] for row in IN_THE_CLUSTER]
)
def test_config_among_the_inputs_is_told_apart(engram, codes):
    found = list(judge(terms(), attempts(engram, merged=True)))

    assert told(found) == codes
    assert all(finding.evidence["run"] == "as in the cluster" for finding in found if finding.rule.code == "EV507")


LINES = [
    ("declared, so where it is declared", lambda c: {"text": c["model"]}, "`.text`", 20),
    ("not declared, so where it would be", lambda c: {"debug": {"m": c["model"]}}, "`.debug`", 17),
]


@pytest.mark.parametrize(("engram", "place", "line"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_a_finding_shows_the_place_the_origin_and_both_lines_of_the_template(engram, place, line):
    (finding,) = judge(terms(), attempts(lambda i, c, s, e: engram(c)))

    assert finding.message == f"output {place} contains the config value `model`"
    assert (finding.location.file, finding.location.line) == ("Engram.yaml", line)
    assert finding.evidence["from"] == "config model"
    (trusted,) = finding.related
    assert (trusted.location.line, trusted.message) == (12, "here the engram is trusted with `model`")


ALLOWED = [
    (("text",), []),
    ((".text",), []),
    (("items[].id",), ["EV502 .text"]),
    (("words",), ["EV502 .text"]),
]


@pytest.mark.parametrize(("allow", "codes"), ALLOWED)
def test_a_path_can_be_allowed(allow, codes):
    found = judge(terms(*allow), attempts(lambda i, c, s, e: {"text": c["model"], "items": [{"id": "x"}]}))

    assert told(found) == codes


def test_a_secret_cannot_be_allowed():
    assert told(judge(terms("text"), attempts(lambda i, c, s, e: {"text": s}))) == ["EV503 .text"]


def test_an_engram_that_refuses_canaries_is_not_judged_by_them():
    refused, second = attempts(lambda i, c, s, e: {})
    refused = Attempt(refused.planted, (), "with made-up values the engram does not succeed: no such model")
    (unchecked,) = judge(terms(), [refused, second])

    assert isinstance(unchecked, Unchecked)
    assert unchecked.reason.endswith("no such model")


def test_config_that_could_not_vary_is_still_seen_among_the_inputs():
    """The engram refused made-up config, so the run as in the cluster keeps its own."""
    refused = Attempt(plant(GIVEN, SCHEMA, "first"), (), "it fails")
    planted = plant(GIVEN, SCHEMA, "second", vary_config=False)
    merged = Attempt(planted, output({"debug": {**GIVEN.config, **GIVEN.inputs}}), merged=True)
    found = [each for each in judge(terms(), [refused, merged]) if not isinstance(each, Unchecked)]

    assert told(found) == ["EV507 .debug"]


COPIES = [
    (Place.METADATA, "metadata", ["EV506 ."]),
    (Place.OUTPUT, "payload", ["EV506 ."]),
    (Place.LOG, "metadata", []),
]


@pytest.mark.parametrize(("place", "what", "codes"), COPIES)
def test_a_copied_packet_is_noted(place, what, codes):
    planted = plant(case(Mode.STREAMING, send=({"payload": {"text": "hi"}},)), SCHEMA, "first")
    (packet,) = planted.case.send
    copied = Surface(place, [str(packet)] if place is Place.LOG else packet[what])

    found = list(judge(terms(), [Attempt(planted, (copied,))]))
    assert told(found) == codes
    assert all(f"the {place} is copied from the {what} of the upstream packet" in each.message for each in found)


def test_packets_carry_canaries_but_hooks_do_not():
    given = case(Mode.STREAMING, send=({"hook": "storyrun.ready"}, {"payload": {"a": 1}, "metadata": {"b": "2"}}))
    hook, packet = plant(given, None, "first").case.send

    assert hook == {"hook": "storyrun.ready"}
    assert packet["payload"].keys() == {"a", PAYLOAD_KEY}
    assert packet["metadata"].keys() == {"b", METADATA_KEY}
