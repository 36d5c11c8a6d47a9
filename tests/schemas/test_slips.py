"""Keywords and formats with a slip, and those that only look like one."""

from __future__ import annotations

from typing import Any

import pytest

from validator.schemas.compiler import Compiler
from validator.schemas.keywords import HYBRID
from validator.schemas.nodes import Node
from validator.schemas.profile import WEBHOOK
from validator.schemas.sanity import sanity
from validator.schemas.slips import KEYWORDS, slips


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
        ({"nulable": True}, "nullable"),
        ({"additionalProperty": False}, "additionalProperties"),
        ({"additionalProps": False}, "additionalProperties"),
        ({"patternProperty": {}}, "patternProperties"),
        ({"property": {}}, "properties"),
        ({"constant": 1}, "const"),
        ({"enumeration": [1]}, "enum"),
        ({"descripton": "a"}, "description"),
        ({"tilte": "a"}, "title"),
        ({"requried": ["a"]}, "required"),
        ({"exclusiveMin": 1}, "exclusiveMinimum"),
        ({"readonly": True}, "readOnly"),
        ({"preffixItems": []}, "prefixItems"),
        ({"ref": "#/definitions/a"}, "$ref"),
        ({"if": {"proprties": {}}}, "properties"),
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
        {"x-nulable": True, "X-requried": 1},
        {"when": "a", "them": "a", "ids": [], "unit": "m", "priority": 1, "sensitive": True, "secret": True},
        {"requires": "a", "extends": {}, "disallow": "a", "divisibleBy": 2, "optional": True, "$anchor": "a"},
        {"enumNames": [], "propertyOrder": 1, "errorMessage": "a", "placeholder": "a", "markdownDescription": "a"},
        {"allRequired": True, "formatMinimum": "a", "uniqueItemProperties": ["a"], "examples": [1], "value": 1},
        {"$dynamicRef": "#a", "$vocabulary": {}, "contentSchema": {}, "minContains": 1, "dependentRequired": {}},
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


def test_what_the_engine_reads_is_known() -> None:
    """The list is that of the dialect: a keyword that the engine comes to read has to be in it."""
    asked: set[str] = set()

    class Asked(dict[str, Any]):
        def __contains__(self, key: object) -> bool:
            asked.add(str(key))
            return super().__contains__(key)

        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return super().get(key, default)

    Compiler({}).build(Node(), Asked({"type": "object", "if": {}}), (), HYBRID)

    assert {"type", "properties", "contains", "multipleOf"} <= asked
    assert asked <= KEYWORDS
