# ruff: noqa: E501
"""Each keyword between an output and an input: what is told, once, and the same pair the other way round, which is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.options import STATIC, Options

_TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: NAME}
spec:
  version: 1.0.0
  supportedModes: [job]
  SCHEMA: {type: object, required: [v], properties: {v: VALUE}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: NAME}
spec: {templateRef: {name: NAME}, mode: job}
---
"""
_STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  steps:
  - {name: a, ref: {name: producer}}
  - {name: b, ref: {name: consumer}, needs: [a], with: {v: '{{ steps.a.output.v }}'}}
"""


def _template(name: str, schema: str, value: str) -> str:
    return _TEMPLATE.replace("NAME", name).replace("SCHEMA", schema).replace("VALUE", value)


@pytest.mark.parametrize(
    ("output", "taken", "told"),
    [
        ("{type: integer}", "{type: number}", False),
        ("{type: number}", "{type: integer}", True),
        ("{type: string, format: email}", "{type: string, format: email}", False),
        ("{type: string}", "{type: string, format: date}", True),
        ('{type: string, pattern: "^a+$"}', '{type: string, pattern: "^a*$"}', False),
        ('{type: string, pattern: "^a*$"}', '{type: string, pattern: "^a+$"}', True),
        ("{type: string, maxLength: 5}", "{type: string, maxLength: 6}", False),
        ("{type: string, maxLength: 6}", "{type: string, maxLength: 5}", True),
        ("{enum: [a]}", "{enum: [a, b]}", False),
        ("{enum: [a, c]}", "{enum: [a, b]}", True),
        ("{type: array, items: {type: integer}, maxItems: 3}", "{type: array, items: {type: number}}", False),
        ("{type: array, items: {type: integer}}", "{type: array, items: {type: integer}, uniqueItems: true}", True),
        (
            "{type: object, required: [a], properties: {a: {type: string}}}",
            "{type: object, properties: {a: {type: string}}}",
            False,
        ),
        (
            "{type: object, properties: {a: {type: string}}}",
            "{type: object, required: [a], properties: {a: {type: string}}}",
            True,
        ),
        (
            "{type: object, properties: {a: {type: string}}, additionalProperties: false}",
            "{type: object, properties: {a: {type: string}, b: {}}, additionalProperties: false}",
            False,
        ),
        (
            "{type: object, properties: {a: {type: string}, b: {type: string}}, additionalProperties: false}",
            "{type: object, properties: {a: {type: string}}, additionalProperties: false}",
            True,
        ),
        ("{type: integer, multipleOf: 6}", "{type: integer, multipleOf: 3}", False),
        ("{type: integer, multipleOf: 3}", "{type: integer, multipleOf: 6}", True),
        ("{anyOf: [{type: string}, {type: integer}]}", "{type: [string, number]}", False),
        ("{anyOf: [{type: string}, {type: boolean}]}", "{type: [string, number]}", True),
        (
            "{type: array, items: [{type: string}, {type: integer}], additionalItems: false, minItems: 2}",
            "{type: array, items: [{type: string}, {type: number}]}",
            False,
        ),
        (
            "{type: array, items: [{type: string}, {type: integer}], additionalItems: false, minItems: 2}",
            "{type: array, items: [{type: integer}, {type: integer}]}",
            True,
        ),
        (
            '{type: object, patternProperties: {"^x": {type: integer}}, additionalProperties: false}',
            '{type: object, patternProperties: {"^x": {type: number}}}',
            False,
        ),
        (
            '{type: object, patternProperties: {"^x": {type: string}}, additionalProperties: false}',
            '{type: object, patternProperties: {"^x": {type: number}}}',
            True,
        ),
        ("{type: object, properties: {a: {type: string}}}", "{type: object, dependencies: {a: [b]}}", True),
        ("{type: string}", "{type: string, not: {const: x}}", True),
        ("{const: 5}", "{type: integer, minimum: 5}", False),
        ("{const: 5}", "{type: integer, minimum: 6}", True),
        (
            "{type: array, items: {type: integer}}",
            "{type: array, items: [{type: integer}], additionalItems: false}",
            True,
        ),
        ("{type: array, items: {type: integer}}", "{type: array, contains: {const: 5}}", True),
        ("{type: array}", "{type: array, uniqueItems: true}", False),
        ("{type: array, uniqueItems: true, items: {type: integer}}", "{type: array, uniqueItems: true}", False),
        ("{type: boolean}", "{type: string}", True),
    ],
)
def test_an_output_against_an_input(output: str, taken: str, told: bool, tmp_path: Path) -> None:
    text = _template("producer", "outputSchema", output) + _template("consumer", "inputSchema", taken) + _STORY
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    found = [finding.rule.code for finding in run(Options(root=tmp_path, checks=STATIC)).findings]
    assert found in (["EV301"], ["EV302"]) if told else not found, found
