"""Cases made from a template that nobody wrote cases for."""

from __future__ import annotations

import pytest

from validator.sources.manifests import view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite import generation
from validator.suite.cases import Mode

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: caller}
spec: {version: 1.0.0, image: acme/caller:1.0.0, %s}
"""


def made(spec):
    return generation.cases(view(read(SourceText("Engram.yaml", TEMPLATE % spec)).documents[0].root), Mode.BATCH, {})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("API_KEY", "made-up-openai-API_KEY-secret"),
        ("username", "made-up-openai-username-secret"),
        ("BASE_URL", "https://example.com/resource"),
        ("host", "example.com"),
        ("SMTP_PORT", "8080"),
        ("PORTAL_KEY", "made-up-openai-PORTAL_KEY-secret"),
    ],
)
def test_a_made_up_secret_is_what_its_key_speaks_of_and_tells_which_key_it_is(key, value):
    (case,), _ = made(f"secretSchema: {{openai: {{expectedKeys: [{key}]}}}}")
    assert case.secrets == {"openai": {key: value}}


def test_every_value_of_a_short_enum_and_every_alternative_comes_up():
    alternatives = "oneOf: [{required: [a]}, {required: [b]}], properties: {a: {const: 1}, b: {const: 2}"
    cases, _ = made(f"inputSchema: {{type: object, {alternatives}, kind: {{enum: [p, q, r], default: p}}}}}}")
    assert {case.name: case.inputs for case in cases} == {
        "generated minimal": {"a": 1},
        "generated full": {"a": 1, "kind": "p"},
        "generated other 1": {"b": 2, "kind": "q"},
        "generated other 2": {"a": 1, "kind": "r"},
        "generated other 3": {"b": 2, "kind": "p"},
    }


def test_one_case_alone_has_every_key_of_the_config():
    config = "configSchema: {type: object, required: [a], properties: {a: {const: 1}, b: {const: 2}}}"
    cases, _ = made(f"{config}, inputSchema: {{type: object, properties: {{kind: {{enum: [p, q, r]}}}}}}")
    assert {case.name: dict(case.config) for case in cases} == {
        "generated minimal": {"a": 1},
        "generated full": {"a": 1, "b": 2},
        "generated other 1": {"a": 1},
        "generated other 2": {"a": 1},
    }


def test_where_nothing_can_be_made_it_is_said_why():
    tight = "inputSchema: {type: object, required: [a], properties: {a: {type: string, minLength: 3, maxLength: 2}}}"
    assert made(tight) == (
        [],
        "no input could be made from inputSchema: its constraints are too tight for a sample; write a case",
    )
