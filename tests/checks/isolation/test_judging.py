"""One ordinary run: what it shows of secrets and config, and which fields nobody declared."""

from __future__ import annotations

import base64

import pytest

from tests.checks.isolation_samples import case, output, terms, told
from validator.checks.isolation.judging import judge
from validator.checks.isolation.surfaces import Place, Surface

KEY = "sk-1234567890"
SECRETS = {"service": {"KEY": KEY}}

VERDICTS = [
    ("what is declared", {"text": "a b", "words": 2, "items": [{"id": "x"}]}, {}, []),
    ("a field nobody declared", {"text": "a", "debug": {"bytes": 1}}, {}, ["EV501 .debug"]),
    ("one in an array, once a field", {"items": [{"id": "x", "raw": 1}, {"id": "y", "raw": 2}]}, {},
     ["EV501 .items[0].raw", "EV501 .items[1].raw"]),
    ("a secret", {"text": f"Bearer {KEY}"}, {"secrets": SECRETS}, ["EV503 .text"]),
    ("a secret in a field nobody declared", {"debug": {"headers": [KEY]}}, {"secrets": SECRETS}, ["EV503 .debug"]),
    ("a secret in base64", {"text": base64.b64encode(f"u:{KEY}".encode()).decode()}, {"secrets": SECRETS},
     ["EV503 .text"]),
    ("a secret as a name", {"about": {KEY: 1}}, {"secrets": SECRETS}, [f"EV503 .about.{KEY}"]),
    ("a secret that is an input too", {"text": KEY}, {"secrets": SECRETS, "inputs": {"text": KEY}}, []),
    ("a secret as a number", {"words": 1234567890123}, {"secrets": {"service": {"PIN": "1234567890123"}}},
     ["EV503 .words"]),
    ("another number", {"words": 12345678901230}, {"secrets": {"service": {"PIN": "1234567890123"}}}, []),
    ("a short secret proves nothing", {"text": "one two"}, {"secrets": {"service": {"KEY": "two"}}}, []),
    ("an address kept as a secret", {"text": "http://mock/"}, {"secrets": {"service": {"URL": "http://mock/"}}}, []),
    ("a host kept as a secret", {"text": "db.acme.io:5432"}, {"secrets": {"service": {"HOST": "db.acme.io:5432"}}}, []),
    ("a word that is a secret", {"text": "in postgres"}, {"secrets": {"service": {"USER": "postgres"}}}, []),
    ("a region that is a secret", {"text": "us-east-1"}, {"secrets": {"service": {"REGION": "us-east-1"}}}, []),
    ("a secret that is made up", {"text": "made-up-a-secret"}, {"secrets": {"a": {"KEY": "made-up-a-secret"}}},
     ["EV503 .text"]),
    ("letters that are no word", {"text": "qXfRtBnP"}, {"secrets": {"service": {"KEY": "qXfRtBnP"}}}, ["EV503 .text"]),
    ("config under its own name", {"config": {"model": "m"}}, {"config": {"model": "m"}}, ["EV502 .config"]),
    ("config that is an input too", {"config": {"model": "m"}}, {"config": {"model": "m"}, "inputs": {"x": "m"}},
     ["EV501 .config"]),
    ("config by coincidence", {"text": "gpt-large-model"}, {"config": {"model": "gpt-large-model"}}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "given", "codes"), [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS]
)
def test_an_output_is_judged(document, given, codes):
    assert told(judge(terms(), case(**given), output(document))) == codes


PLACES = [
    (Place.OUTPUT, "EV503"),
    (Place.INPUTS, "EV503"),
    (Place.METADATA, "EV503"),
    (Place.PACKET, "EV503"),
    (Place.SIGNAL, "EV503"),
    (Place.EFFECT, "EV503"),
    (Place.REQUEST, "EV503"),
    (Place.ERROR, "EV505"),
    (Place.LOG, "EV504"),
]


@pytest.mark.parametrize(("place", "code"), PLACES)
def test_a_secret_has_a_rule_for_each_place(place, code):
    (finding,) = judge(terms(), case(secrets=SECRETS), (Surface(place, {"text": f"it is {KEY}"}),))

    assert finding.rule.code == code
    assert KEY not in f"{finding.message}{finding.evidence}{finding.suggestion}{finding.related}"
    assert finding.related[0].location.line == 8
    assert finding.evidence["from"] == "secret service.KEY"
    assert finding.evidence.get("text", "it is ***") == "it is ***"


def test_a_finding_stands_where_the_field_is_declared():
    (finding,) = judge(terms(), case(secrets=SECRETS), output({"items": [{"id": KEY}]}))

    assert str(finding.location).startswith("Engram.yaml:27:")
    assert finding.message == "output `.items[0].id` contains the secret `service.KEY`"
