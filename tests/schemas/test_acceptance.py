"""The engine's own answers: gojsonschema 1.2.0 and Go's format checkers, run on generated documents.

`gojsonschema.jsonl` holds schemas before normalisation, with the answer of the engine to the normalised one.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from validator.schemas.acceptance import is_reference, is_template
from validator.schemas.formats import FORMATS
from validator.schemas.normalisation import REFERENCES, TEMPLATE
from validator.schemas.profile import LITERAL
from validator.schemas.validation import check_definition, is_instance, validate

VECTORS = Path(__file__).parents[1] / "vectors"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (VECTORS / name).read_text(encoding="utf-8").splitlines()]


def test_the_engine_agrees() -> None:
    wrong = [
        record
        for record in lines("gojsonschema.jsonl")
        if is_instance(record["schema"], record["instance"], profile=record["profile"]) is not record["valid"]
        or bool(check_definition(record["schema"], profile=record["profile"])) is not record["refused"]
        or bool(validate(record["schema"], record["instance"], profile=record["profile"])) is record["valid"]
    ]
    assert wrong == []


def test_formats_agree() -> None:
    wrong = [
        record for record in lines("formats.jsonl") if FORMATS[record["format"]](record["text"]) is not record["valid"]
    ]
    assert wrong == []


HYBRID: list[tuple[str, Any, list[Any], list[Any]]] = [
    ("integers are integers however written", {"type": "integer"}, [1, 1.0, 1e3, -0.0], [1.5, "1", True, None]),
    ("booleans are no numbers", {"type": "number"}, [0, 0.5], [False, "0"]),
    ("both kinds of exclusive limits", {"minimum": 1, "exclusiveMinimum": True, "exclusiveMaximum": 3},
     [2, "x"], [1, 3]),
    ("decimal arithmetic", {"multipleOf": 0.1}, [0.3, 1, 1e21], [0.35]),
    ("equality by value", {"enum": [1, {"a": 1}]}, [1.0, {"a": 1.0}], [True, "1"]),
    ("an empty enum asserts nothing", {"enum": []}, [1, None], []),
    ("empty alternatives assert nothing", {"oneOf": [], "allOf": [], "type": []}, [1, None], []),
    ("patterns are searched for", {"pattern": "b+"}, ["abc", 5], ["ac"]),
    ("lengths in code points", {"maxLength": 1}, ["é", "😀"], ["ab"]),
    ("formats are asserted", {"format": "date-time"}, ["2024-01-01", "12:00:00"], ["2024-01-01 10:00:00"]),
    ("even of numbers", {"format": "date-time"}, [True, None, []], [5]),
    ("unknown formats are not", {"format": "int32"}, ["x", 1e99], []),
    ("nullable means nothing", {"type": "string", "nullable": True}, ["a"], [None]),
    ("later keywords mean nothing", {"prefixItems": [{"type": "string"}], "minContains": 2}, [[1]], []),
    ("nothing beside a reference", {"properties": {"p": {"$ref": "#", "type": "string"}}}, [{"p": {"p": {}}}], []),
    ("contains", {"contains": {"const": 1}}, [[0, 1], "x"], [[], [0]]),
    ("dependencies", {"dependencies": {"a": ["b"], "c": {"maxProperties": 1}}}, [{"a": 1, "b": 1}, {"c": 1}],
     [{"a": 1}, {"c": 1, "d": 1}]),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "yes", "no"), [case[1:] for case in HYBRID], ids=[case[0] for case in HYBRID])
def test_hybrid_draft(schema: Any, yes: list[Any], no: list[Any]) -> None:
    assert [value for value in yes if not is_instance(schema, value, profile=LITERAL)] == []
    assert [value for value in no if is_instance(schema, value, profile=LITERAL)] == []


STAND_INS: list[Any] = [
    "{{ a }}", "${{ a }}", " {{ a }} x {{ b }}\n", "{{ }}", "{{}}", "x {{ a }}", "{{ a }} x", "{{ a", "{{\n}}",
    "\v{{ a }}",
    {"$bubuStorageRef": "a"}, {"$bubuStorageRef": "a", "$bubuStoragePath": "b"}, {"$bubuStorageRef": 1},
    {"$bubuStorageRef": "a", "x": "b"}, {"$bubuStoragePath": "b"}, {"$bubuSecretRef": "n:k"}, {"$bubuSecretRef": 1},
    {"$bubuSecretRef": {"name": "n", "key": "k", "format": "json"}},
    {"$bubuSecretRef": {"name": "n", "key": "k", "x": ""}},
    {"$bubuSecretRef": {"name": "n", "key": "k", "format": "yaml"}}, {"$bubuConfigMapRef": {"name": "n"}},
    {"$bubuConfigMapRef": {"name": "n", "key": "k", "namespace": 1}},
    {"$bubuConfigMapRef": "a", "$bubuSecretRef": "b"},
    {}, [], None, 1,
]  # fmt: skip


@pytest.mark.parametrize("value", STAND_INS, ids=json.dumps)
def test_stand_ins_are_what_the_normalised_schema_says(value: Any) -> None:
    assert is_template(value) is is_instance(TEMPLATE, value, profile=LITERAL)
    assert is_reference(value) is is_instance({"anyOf": [*REFERENCES]}, value, profile=LITERAL)
