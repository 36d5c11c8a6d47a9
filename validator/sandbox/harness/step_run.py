"""What a real API server refuses of a StepRun's status, in its words.

`step_run.json` is what the definition of StepRun says (scripts/step_run_definition.py makes it); the words are those of
field errors in apimachinery and of its OpenAPI validator.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from validator.sandbox.harness.shapes import TYPES

STATUS: Mapping[str, Any] = json.loads(Path(__file__).with_name("step_run.json").read_text(encoding="utf-8"))["status"]
MOST = 20
"""Problems that are told of one status."""
NAME = 64
"""Characters of a name or a value that are shown."""
_DATE_TIME = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
    r"([Zz]|[+-]\d{2}:\d{2})"
)
FORMATS: Mapping[str, Callable[[Any], bool]] = {
    "date-time": lambda value: bool(_DATE_TIME.fullmatch(value)) and _is_date(value[:10]),
    "int32": lambda value: -(1 << 31) <= value < 1 << 31,
    "int64": lambda value: -(1 << 63) <= value < 1 << 63,
}


def _is_date(text: str) -> bool:
    """Whether a calendar has this day: the server parses it."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def problems(status: Any) -> list[str]:
    """Why a real API server refuses this status, `MEMBER: REASON` each; empty when it takes it."""
    found: list[str] = []
    for problem in _problems(STATUS, status, "status"):
        if len(found) == MOST:
            break
        found.append(problem)
    return found


def mistyped(path: str, kind: str, value: Any) -> str:
    """What is said of a value that is of another type."""
    return f'{path}: Invalid value: "{_kind(value)}": {path} in body must be of type {kind}: "{_kind(value)}"'


def _problems(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    if value is None and schema.get("nullable"):
        return
    kind = schema.get("type", "object")
    if not TYPES[kind](value):
        yield mistyped(path, kind, value)
        return
    if isinstance(value, dict):
        yield from _members(schema, value, path)
    elif isinstance(value, list):
        yield from _items(schema, value, path)
    else:
        yield from _scalar(schema, value, path)


def _scalar(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    invalid = f"{path}: Invalid value: {_shown(value)}: {path} in body"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: Unsupported value: {_shown(value)}: supported values: {', '.join(map(_shown, schema['enum']))}"
    elif schema.get("format") in FORMATS and not FORMATS[schema["format"]](value):
        yield f"{invalid} must be of type {schema['format']}: {_shown(value)}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{invalid} should be greater than or equal to {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{invalid} should be less than or equal to {schema['maximum']}"
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield f"{invalid} should be at least {schema['minLength']} chars long"
        if len(value) > schema.get("maxLength", len(value)):
            yield f"{path}: Too long: may not be more than {schema['maxLength']} characters"
        elif "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{invalid} should match '{schema['pattern']}'"


def _members(schema: Mapping[str, Any], value: Mapping[str, Any], path: str) -> Iterator[str]:
    declared = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value and "default" not in declared.get(name, {}):
            yield f"{path}.{name}: Required value"
    others = schema.get("additionalProperties")
    takes_empty = others is not None and others.get("type", "object") == "object" and "required" not in others
    for name, member in value.items():
        # What no definition declares is dropped, not refused. An empty object has no members to judge, and an engram
        # may send a million of them.
        each = declared.get(name, others)
        if each is not None and not (takes_empty and each is others and member == {}):
            yield from _problems(each, member, f"{path}.{name[:NAME]}")


def _items(schema: Mapping[str, Any], value: list[Any], path: str) -> Iterator[str]:
    if len(value) > schema.get("maxItems", len(value)):
        yield f"{path}: Too many: {len(value)}: must have at most {schema['maxItems']} items"
        return
    keys: list[Any] = []
    for index, item in enumerate(value):
        yield from _problems(schema.get("items", {}), item, f"{path}[{index}]")
        if "x-kubernetes-list-map-keys" in schema and isinstance(item, dict):
            key = {name: item.get(name) for name in schema["x-kubernetes-list-map-keys"]}
            if key in keys:
                named = ",".join(f"{_shown(name)}:{_shown(member)}" for name, member in sorted(key.items()))
                yield f"{path}[{index}]: Duplicate value: map[string]interface {{}}{{{named}}}"
            keys.append(key)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= NAME else f"{text[:NAME]}…"


def _kind(value: Any) -> str:
    kinds = ("null", "boolean", "integer", "number", "string", "array", "object")
    return next(kind for kind in kinds if TYPES[kind](value))
