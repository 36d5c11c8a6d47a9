"""Where the three judges differ."""

from typing import Any

import pytest

from validator.schemas.profile import PROFILES
from validator.schemas.validation import is_instance

TEXT = {"type": "object", "properties": {"a": {"type": "integer"}}}
FLAGGED = {**TEXT, "x-bubu-allow-template-strings": True, "x-bubu-allow-runtime-refs": True}
LOCAL = {"definitions": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/definitions/n"}}}
TEMPLATE = {"a": "{{ inputs.a }}"}
STORED = {"a": {"$bubuStorageRef": "runs/a.json"}}
EITHER = {"oneOf": [{"required": ["a"], "properties": {"a": {"type": kind}}} for kind in ("string", "integer")]}

TABLE: list[tuple[str, Any, Any, dict[str, bool]]] = [
    ("templates", TEXT, TEMPLATE, {"webhook": True, "hub": True, "sdk": False, "literal": False}),
    ("references", TEXT, STORED, {"webhook": True, "hub": True, "sdk": False, "literal": False}),
    ("templates by flag", FLAGGED, TEMPLATE, {"webhook": True, "hub": True, "sdk": True, "literal": False}),
    ("references by flag", FLAGGED, STORED, {"webhook": True, "hub": True, "sdk": True, "literal": False}),
    ("one of two, by value", EITHER, {"a": "x"}, dict.fromkeys(("webhook", "hub", "sdk", "literal"), True)),
    # The reference is appended to every branch, so that both match.
    ("one of two, by reference", EITHER, STORED, dict.fromkeys(("webhook", "hub", "sdk", "literal"), False)),
    ("local definitions", LOCAL, {"a": 1}, {"webhook": False, "hub": False, "sdk": True, "literal": True}),
]


@pytest.mark.parametrize(("schema", "value", "verdicts"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_verdicts(schema: Any, value: Any, verdicts: dict[str, bool]) -> None:
    assert {name: is_instance(schema, value, profile=profile) for name, profile in PROFILES.items()} == verdicts


def test_profiles_are_data() -> None:
    assert len({hash(profile) for profile in PROFILES.values()}) == len(PROFILES)
    assert PROFILES["hub"].steps.flattened
    assert not PROFILES["webhook"].steps.flattened
