"""The stream of questions goes on whatever a line holds."""

import json
from typing import Any

import pytest

from validator.schemas.profile import WEBHOOK
from validator.schemas.questions import answer_line

DEEP = "[" * 100_000

LINES: list[tuple[str, dict[str, Any]]] = [
    ('{"id": 1, "op": "validate", "schema": {"type": "integer"}, "instance": 1}', {"id": 1, "valid": True}),
    ('{"id": 1, "schema": {"type": "integer"}, "instance": "1"}', {"id": 1, "valid": False}),
    ('{"id": 1, "op": "definition", "schema": {"type": "no"}}', {"id": 1, "valid": False}),
    ('{"id": 1, "op": "defaults", "schema": {"properties": {"a": {"default": 1}}}, "instance": {}}',
     {"id": 1, "result": {"a": 1}}),
    ('{"id": 1, "op": "inputs", "schema": {"type": "object"}, "instance": {"a": 1}}', {"id": 1, "valid": True}),
    ('{"id": 1, "op": "guess", "schema": {}}',
     {"id": 1, "error": 'op must be one of validate, definition, defaults, inputs, found "guess"'}),
    ('{"id": 1, "op": ["validate"], "schema": {}}',
     {"id": 1, "error": 'op must be one of validate, definition, defaults, inputs, found ["validate"]'}),
    ('{"id": 1, "instance": 1}', {"id": 1, "error": "the question has no `schema`"}),
    ('{"id": 1, "schema": {}}', {"id": 1, "error": "the question has no `instance`"}),
    ("[1]", {"id": None, "error": "a question is a JSON object with `id`, `op` and `schema`"}),
    ('{"id": 1, "schema": {"allOf": [{"$ref": "#"}]}, "instance": 1}', {"id": 1, "valid": False}),
    ('{"id": "\\ud800", "schema": {}, "instance": "\\ud800"}', {"id": "\ud800", "valid": True}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_answer(line: str, expected: dict[str, Any]) -> None:
    assert json.loads(answer_line(line, WEBHOOK)) == expected


@pytest.mark.parametrize("line", ["{", "nonsense", '{"id": 1', DEEP, f'{{"id": 1, "schema": {DEEP}'])
def test_no_question(line: str) -> None:
    answer = json.loads(answer_line(line, WEBHOOK))
    assert answer["id"] is None
    assert {"error", "unsupported"} & answer.keys()


def test_deep_documents_are_not_judged_wrongly() -> None:
    schema: Any = {"items": {"$ref": "#"}}
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    line = json.dumps({"id": 1, "schema": schema, "instance": deep})
    assert json.loads(answer_line(line, WEBHOOK)) in (
        {"id": 1, "valid": True},
        {"id": 1, "unsupported": "it is nested too deeply"},
    )
