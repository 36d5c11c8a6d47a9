"""What a person reads: the whole text of each kind of violation, with both paths."""

from typing import Any

import pytest

from validator.schemas.validation import validate

CLOSED = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}
TWO = {"oneOf": [{"properties": {"k": {"const": 1}, "n": {"type": "integer"}}, "required": ["k"]}, {"type": "null"}]}

CASES: list[tuple[Any, Any, list[str]]] = [
    ({"type": "string"}, 1, ["|type|expected a string, found the integer 1"]),
    ({"type": ["string", "null"]}, {}, ["|type|expected null or a string, found an empty object"]),
    ({"type": "integer"}, 1.5, ["|type|expected an integer, found the number 1.5"]),
    ({"const": 1}, 2, ["|const|expected 1, found the integer 2"]),
    ({"enum": ["fast", "slow"]}, "slwo",
     ['|enum|expected "fast" or "slow", found the string "slwo" (did you mean `slow`?)']),
    ({"properties": {"a": False}}, {"a": 1}, ["a|properties.a|nothing is allowed here, found the integer 1"]),
    ({"minimum": 1}, 0, ["|minimum|expected at least 1, found 0"]),
    ({"maximum": 1, "exclusiveMaximum": True}, 1, ["|exclusiveMaximum|expected less than 1, found 1"]),
    ({"multipleOf": 3}, 4, ["|multipleOf|expected a multiple of 3, found 4"]),
    ({"minLength": 2}, "a", ['|minLength|expected at least 2 characters, found 1: "a"']),
    ({"pattern": "^a"}, "b", ['|pattern|expected text that matches `^a`, found the string "b"']),
    ({"format": "email"}, "b", ['|format|expected a valid email, found the string "b"']),
    ({"format": "email"}, 5, ["|format|expected a valid email, which only text can be, found the integer 5"]),
    ({"required": ["name"]}, {"nam": 1}, ["|required.0|`name` is required, found `nam` (is it `nam`?)"]),
    ({"properties": {"a": {"required": True}}}, {}, ["|properties.a.required|`a` is required, found nothing"]),
    (CLOSED, {"nmae": "x"},
     ["nmae|additionalProperties|`nmae` is not declared here, only `name` (did you mean `name`?)"]),
    ({"minProperties": 1}, {}, ["|minProperties|expected at least 1 field, found 0"]),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 1},
     ['ab|propertyNames|the name `ab` is not allowed: expected at most 1 character, found 2: "ab"']),
    ({"dependencies": {"a": ["b"]}}, {"a": 1}, ["|dependencies.a|`b` is required where `a` is present"]),
    ({"items": {"type": "string"}}, ["a", 1], ["1|items.type|expected a string, found the integer 1"]),
    ({"items": [True], "additionalItems": False}, [1, 2],
     ["1|additionalItems|expected at most 1 items, found one more: the integer 2"]),
    ({"uniqueItems": True}, [1, 2, 1.0],
     ["2|uniqueItems|expected items that differ, item 3 is the same as item 1: 1.0"]),
    ({"contains": {"const": 1}}, [2], ["|contains|expected at least one item that matches `contains`, found none"]),
    ({"not": {"type": "integer"}}, 1, ["|not|expected anything but what `not` describes, found the integer 1"]),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1},
     ["|then.required.0|`b` is required, found `a`"]),
    ({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, {},
     ["|allOf.0.required.0|`a` is required, found nothing", "|allOf.1.required.0|`b` is required, found nothing"]),
    ({"anyOf": [{"type": "integer"}]}, "a", ['|anyOf.0.type|expected an integer, found the string "a"']),
    (TWO, {"k": 1, "n": "x"},
     ['|oneOf|expected one of 2 alternatives to match, found the object {"k": 1, "n": "x"}; closest is alternative 1: '
      'at `n` expected an integer, found the string "x"']),
    ({"oneOf": [{}, {"type": "integer"}, True]}, 1,
     ["|oneOf|expected exactly one of 3 alternatives to match, 1 and 2 and 3 do"]),
    ({"oneOf": [{"properties": {"k": {"const": 1}}}, {"properties": {"k": {"const": 2}}}]}, {"k": "{{ inputs.k }}"},
     ["|oneOf|expected exactly one of 2 alternatives to match, 1 and 2 do; a template or reference inside fits every "
      "alternative, write it in place of the whole value"]),
    ({"type": "integer"}, "x {{ inputs.a }}",
     ['|type|expected an integer, found the string "x {{ inputs.a }}"; a template may stand for any value, but only as '
      "the whole string, from `{{` to `}}`"]),
    ({"type": "integer"}, {"$bubuTemplate": "{{ a }}"},
     ['|type|expected an integer, found the object {"$bubuTemplate": "{{ a }}"}; `$bubuTemplate` objects are not '
      "accepted in place of a value, a whole-string template is"]),
    ({"type": "integer"}, {"$bubuSecretRef": {"name": "n"}},
     ['|type|expected an integer, found the object {"$bubuSecretRef": {"name": "n"}}; a `$bubuSecretRef` object stands '
      "for a value only with its own fields, all of them strings"]),
    ({"pattern": "(?=x)"}, "x",
     ["|pattern|the platform refuses the schema: the pattern `(?=x)` is not in the RE2 dialect of the platform: "
      "invalid perl operator: (?="]),
]  # fmt: skip


def dotted(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path))


@pytest.mark.parametrize(("schema", "value", "expected"), CASES)
def test_text(schema: Any, value: Any, expected: list[str]) -> None:
    found = validate(schema, value)
    assert [f"{dotted(each.instance_path)}|{dotted(each.schema_path)}|{each.message}" for each in found] == expected


def test_the_closest_alternative_tells_its_reasons() -> None:
    (violation,) = validate(TWO, {"k": 1, "n": "x"})
    (cause,) = violation.causes
    assert cause.instance_path == ("n",)
    assert cause.schema_path == ("oneOf", 0, "properties", "n", "type")


TURN = {"properties": {"turn": {"type": "string"}, "seconds": {"type": "number"}}, "required": ["turn", "seconds"]}
TEXT = {"properties": {"text": {"type": "string"}}, "required": ["text"]}
EVENTS = [
    {"properties": {"type": {"const": "text"}, "text": {"type": "string"}}, "required": ["type"]},
    {"properties": {"type": {"const": "turn"}, "seconds": {"type": "number"}}, "required": ["type", "seconds", "id"]},
]


@pytest.mark.parametrize(
    ("alternatives", "value", "closest"),
    [
        # It lacks one member of the first alternative, and more is wrong with the second, whose members it has.
        ([TEXT, TURN], {"turn": 1, "seconds": "2"}, 2),
        ([TURN, TEXT], {"turn": 1, "seconds": "2"}, 1),
        ([TEXT, {"allOf": [TURN]}], {"turn": 1, "seconds": "2"}, 2),
        ([{"type": "string"}, TEXT, TURN], {"turn": "a"}, 3),
        (EVENTS, {"type": "turn", "text": "a", "seconds": "2"}, 2),
        (EVENTS[::-1], {"type": "text", "text": 1, "seconds": 2}, 2),
        ([TEXT, TURN], {}, 1),
    ],
)
def test_the_closest_alternative_is_the_one_whose_members_are_there(
    alternatives: list[Any], value: Any, closest: int
) -> None:
    for keyword in ("anyOf", "oneOf"):
        (violation,) = validate({keyword: alternatives}, value)
        assert f"closest is alternative {closest}:" in violation.message


def test_facts_for_a_finding() -> None:
    (violation,) = validate({"properties": {"a": {"maximum": 3}}}, {"a": 5})
    assert (violation.keyword, violation.expected, violation.found) == ("maximum", 3, 5)


def test_references_are_told_where_they_lead() -> None:
    schema: Any = {"definitions": {"n": {"type": "integer"}}, "items": {"$ref": "#/definitions/n"}}
    (violation,) = validate(schema, ["a"], profile="sdk")
    assert violation.schema_path == ("definitions", "n", "type")


def test_an_endless_schema_is_told_and_not_followed() -> None:
    (violation,) = validate({"allOf": [{"$ref": "#"}]}, 1)
    assert violation.message == "the platform refuses the schema: the schema refers to itself without end"


def test_there_is_an_end_to_the_list() -> None:
    assert len(validate({"items": {"type": "string"}}, [1] * 1000)) == 100
