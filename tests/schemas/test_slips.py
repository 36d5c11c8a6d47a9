"""Keywords and formats with a slip, and those that only look like one."""

from __future__ import annotations

from typing import Any

import pytest

from validator.schemas.profile import WEBHOOK
from validator.schemas.sanity import sanity
from validator.schemas.slips import slips


@pytest.mark.parametrize(
    ("schema", "meant"),
    [
        ({"maxLenght": 5}, "maxLength"),
        ({"maxlength": 5}, "maxLength"),
        ({"max_length": 5}, "maxLength"),
        ({"formt": "uri"}, "format"),
        ({"typ": "string"}, "type"),
        ({"enums": ["a"]}, "enum"),
        ({"requird": ["a"]}, "required"),
        ({"propertis": {}}, "properties"),
        ({"format": "emial"}, "email"),
        ({"format": "date_time"}, "date-time"),
        ({"properties": {"a": {"items": {"minimun": 1}}}}, "minimum"),
        ({"anyOf": [{"patern": "a"}]}, "pattern"),
    ],
)
def test_slips(schema: Any, meant: str) -> None:
    assert [f"`{meant}`" in problem.message for problem in slips(schema, WEBHOOK)] == [True]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"typ": {}, "formt": {}, "maxLenght": {}}},
        {"x-typ": 1, "x-kubernetes-preserve-unknown-fields": True},
        {"format": "int64"},
        {"format": "datetime"},
        {"format": "url"},
        {"enum": [{"typ": 1}], "default": {"formt": 1}, "const": {"maxLenght": 1}},
        {"example": 1, "examples": [1], "title": "T", "$comment": "c", "note": "n", "label": "l", "order": 3},
        {"nullable": True, "discriminator": {}, "deprecated": True, "tags": ["a"], "widget": "text", "unit": "kg"},
    ],
)
def test_what_is_no_slip(schema: Any) -> None:
    assert not [*slips(schema, WEBHOOK)]


@pytest.mark.parametrize("value", [False, {"type": "string"}])
@pytest.mark.parametrize("keyword", ["unevaluatedProperties", "unevaluatedItems"])
def test_unevaluated_keywords_are_ignored(keyword: str, value: Any) -> None:
    assert [problem.kind for problem in sanity({keyword: value})] == ["ignored-keyword"]
    assert not [*sanity({keyword: True})]
