"""A new version against the released one: which changes break whom."""

from __future__ import annotations

import json
from typing import Any

import pytest

from validator.checks.manifests.crds import RESOURCES
from validator.checks.manifests.shapes import Entries, Fields
from validator.checks.pairwise import field_changes
from validator.checks.pairwise.evolution import SCHEMAS, Evolution
from validator.checks.pairwise.field_changes import FIELDS, SECRET_FIELDS
from validator.checks.pairwise.versions import announces_break
from validator.findings import Finding, Suggestion, Unchecked
from validator.sources.manifests import EngramTemplate
from validator.sources.reader import read
from validator.sources.text import SourceText

TEXT, NUMBER, WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer"}


def fields(*required: str, closed: bool = False, **properties: Any) -> dict[str, Any]:
    made = {"type": "object", "properties": properties, "required": list(required)}
    return {**made, "additionalProperties": False} if closed else made


def version(number: str, **schemas: Any) -> EngramTemplate:
    manifest = {"kind": "EngramTemplate", "metadata": {"name": "chat"}, "spec": {"version": number, **schemas}}
    return EngramTemplate.of(read(SourceText(f"{number}.json", json.dumps(manifest))).documents[0].root)


def told(field: str, old: Any, new: Any, number: str = "1.0.1") -> list[str]:
    before = version("1.0.0", **({field: old} if old is not None else {}))
    after = version(number, **({field: new} if new is not None else {}))
    return [
        f"{one.severity} {one.rule.code} {one.anchor[2:] and '.'.join(map(str, one.anchor[2:]))}"
        if isinstance(one, Finding)
        else f"unchecked {one.reason}"
        for one in Evolution().verdicts(before, after)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (fields(a=TEXT), fields(a=TEXT), []),
        (fields(a=TEXT), fields(a=TEXT, b=TEXT), []),
        (fields(a=TEXT), fields("b", a=TEXT, b=TEXT), ["error EV311 b.required"]),
        (fields(a=TEXT), fields("b", a=TEXT, b={"type": "string", "default": "x"}), []),
        (fields(a=TEXT), fields(a=TEXT, b={"type": "string", "required": True}), ["error EV311 b.required"]),
        (fields("a", a=TEXT), fields(a=TEXT), []),
        (fields(a=NUMBER), fields(a=WHOLE), ["error EV311 a.type"]),
        (fields(a=WHOLE), fields(a=NUMBER), []),
        (fields(a={"enum": ["x", "y"]}), fields(a={"enum": ["x"]}), ["error EV311 a.enum"]),
        (fields(a=TEXT, b=TEXT), fields(a=TEXT), ["warning EV314 properties.b"]),
        (fields(a=TEXT, b=TEXT), fields(a=TEXT, closed=True), ["error EV311 b.additionalProperties"]),
        (fields(a=fields(b=TEXT, c=TEXT)), fields(a=fields(b=TEXT)), ["warning EV314 properties.a.properties.c"]),
        (fields("a", a={"type": "string", "default": "x"}), fields("a", a=TEXT), ["error EV311 a.required"]),
        (fields(a={}), fields(a=TEXT), ["error EV311 a.type"]),
        (fields(a=TEXT), {"type": "object"}, []),
        (fields(a=TEXT), fields(a=TEXT, b=TEXT, closed=True), ["warning EV318 additionalProperties"]),
        (fields(a=fields()), fields(a=fields(closed=True)), ["error EV311 a.extra.additionalProperties"]),
        (fields(a=fields(b=TEXT)), fields(a=fields(b=TEXT, closed=True)),
         ["warning EV318 properties.a.additionalProperties"]),
        # A schema that appears refuses what was accepted for want of one; one that vanishes checks nothing any more.
        (None, fields("a", a=TEXT), ["error EV311 a.required"]),
        ({}, fields("a", a=TEXT), ["error EV311 a.required"]),
        (None, fields("a", a={"type": "string", "default": "x"}), []),
        (None, fields(a=TEXT), []),
        (None, fields(a=TEXT, closed=True), ["warning EV318 additionalProperties"]),
        (fields("a", a=TEXT), None, ["warning EV319 ()"]),
        (fields("a", a=TEXT), {}, ["warning EV319 ()"]),
        (None, None, []),
    ],
)  # fmt: skip
def test_inputs_stay_backward_compatible(old: Any, new: Any, expected: list[str]) -> None:
    assert told("inputSchema", old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (fields(a=TEXT), fields(a=TEXT, b=TEXT), []),
        (fields(a=TEXT, b=TEXT), fields(a=TEXT), ["error EV313 properties.b"]),
        (fields("a", "b", a=TEXT, b=TEXT), fields("a", a=TEXT), ["error EV313 properties.b"]),
        (fields("a", a=TEXT), fields(a=TEXT), ["error EV312 a.required"]),
        (fields(a=TEXT), fields("a", a=TEXT), []),
        (fields(a=WHOLE), fields(a=NUMBER), ["error EV312 a.type"]),
        (fields(a=NUMBER), fields(a=WHOLE), []),
        (fields(a=TEXT), fields(a={"type": ["string", "null"]}), ["error EV312 a.type"]),
        (fields(a=TEXT, closed=True), fields(a=TEXT, b=TEXT), ["error EV312 b.additionalProperties"]),
        (fields(a=TEXT), fields(a={}), ["unchecked the producer's schema does not describe `a`"]),
        (None, fields(a=TEXT), []),
        (fields(a=TEXT), None, ["error EV319 ()"]),
        (fields(a=TEXT), {}, ["error EV319 ()"]),
    ],
)  # fmt: skip
def test_outputs_stay_forward_compatible(old: Any, new: Any, expected: list[str]) -> None:
    assert told("outputSchema", old, new) == expected


def changed(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    before, after = (version(spec.pop("version", number), **spec) for spec, number in ((old, "1.0.0"), (new, "1.0.1")))
    return [
        f"{one.severity} {one.rule.code} {one.message}" if isinstance(one, Finding) else f"unchecked {one.reason}"
        for one in Evolution().verdicts(before, after)
    ]


def secret(**entry: Any) -> dict[str, Any]:
    return {"secretSchema": {"api": entry}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"supportedModes": ["job", "deployment"]}, {"supportedModes": ["deployment"]}, "error EV315"),
        ({"supportedModes": ["job"]}, {"supportedModes": ["job", "deployment"]}, ""),
        (secret(required=False), secret(required=True), "error EV316"),
        (secret(required=True), secret(required=False), ""),
        ({}, secret(required=True), "error EV316"),
        ({}, secret(required=False), ""),
        (secret(), {}, "error EV316"),
        (secret(expectedKeys=["a"]), secret(expectedKeys=["a", "b"]), "error EV316"),
        (secret(expectedKeys=["a", "b"]), secret(expectedKeys=["a"]), ""),
        (secret(mountType="env", envPrefix="A_"), secret(mountType="file", mountPath="/a", description="x"), ""),
        (secret(required=False), {**secret(required=True), "version": "2.0.0"}, "warning EV316"),
        ({"version": "1.1.0"}, {"version": "1.0.9"}, "warning EV317"),
        ({"version": "1.9.0"}, {"version": "1.10.0"}, ""),
        ({"version": "1.0.0-rc.1"}, {"version": "1.0.0"}, ""),
        ({"version": "1.0.0"}, {"version": "1.0.0", "supportedModes": ["job"]}, "warning EV317"),
        ({"version": "1.0.0"}, {"version": "1.0.0", "description": "x"}, ""),
        ({"version": "latest"}, {"version": "1.0.0"}, ""),
        ({"image": "a:1"}, {"image": "a:2"}, ""),
        ({"image": "a:1"}, {}, "error EV320"),
        ({"declaredOutputKeys": ["a"]}, {"declaredOutputKeys": ["b"], "execution": {"timeout": "1m"}}, ""),
    ],
)
def test_other_fields(old: dict[str, Any], new: dict[str, Any], expected: str) -> None:
    assert [" ".join(one.split()[:2]) for one in changed(dict(old), dict(new))] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("old", "new", "said", "advice"),
    [
        ("1.1.0", "1.0.9", "has version 1.0.9, lower than the released 1.1.0", "give it a version above 1.1.0"),
        (
            "1.1.0",
            "1.1.0",
            "differs from the released one, but has the same version, 1.1.0",
            "give it a version above 1.1.0",
        ),
        ("", "", "differs from the released one, but neither has a version", "give it a version"),
    ],
)
def test_what_is_said_of_versions(old: str, new: str, said: str, advice: str) -> None:
    before, after = version(old, supportedModes=["job"]), version(new, supportedModes=["job"], image="chat:2")
    [found] = field_changes.version(before, after)
    assert found.message == f"the new `chat` {said}"
    assert found.suggestion == Suggestion(advice)


def test_every_field_of_the_definition_has_its_rule_of_change() -> None:
    spec = RESOURCES["EngramTemplate"].fields["spec"]
    assert isinstance(spec, Fields)
    assert {*spec.fields} == {*SCHEMAS, *FIELDS}
    entries = spec.fields["secretSchema"]
    assert isinstance(entries, Entries)
    assert isinstance(entries.of, Fields)
    assert {*entries.of.fields} == {*SECRET_FIELDS}


def test_the_configuration_is_an_input_too() -> None:
    assert told("configSchema", fields(a=TEXT), fields("b", a=TEXT, b=TEXT)) == ["error EV311 b.required"]


def test_a_version_that_announces_the_break_makes_it_a_warning() -> None:
    assert told("inputSchema", fields(a=TEXT), fields("a", a=TEXT), "2.0.0") == ["warning EV311 a.required"]
    assert told("inputSchema", fields(a=TEXT), fields("a", a=TEXT), "1.9.0") == ["error EV311 a.required"]


@pytest.mark.parametrize(
    ("old", "new", "announced"),
    [
        ("1.2.3", "2.0.0", True),
        ("1.2.3", "1.3.0", False),
        ("0.1.2", "0.2.0", True),
        ("0.1.2", "0.1.3", False),
        ("0.9", "1.0", True),
        ("2.0.0", "1.0.0", False),
        ("v1", "v2", True),
        ("latest", "2.0.0", False),
    ],
)
def test_semantic_versions(old: str, new: str, announced: bool) -> None:
    assert announces_break(old, new) is announced


def test_a_finding_names_both_lines_and_a_document() -> None:
    before, after = version("1.0.0", inputSchema=fields(a=NUMBER)), version("1.0.1", inputSchema=fields(a=WHOLE))
    (found,) = Evolution().verdicts(before, after)
    assert not isinstance(found, Unchecked)
    assert found.location.file == "1.0.1.json"
    assert [related.location.file for related in found.related] == ["1.0.0.json"]
    assert found.evidence["witness"] == {"a": 0.5}
