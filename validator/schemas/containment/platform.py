"""The platform's reading of a schema as a plain one, so that the same procedure decides both.

Contract: templating.md 13.2 (normalisation) and 13.4 (defaults), hub.md. The producer's values are finished ones; the
consumer also takes references and whole-string templates, and fills in its defaults before it validates.
"""

from __future__ import annotations

import copy
from typing import Any

from validator.findings import Json
from validator.schemas.containment.documents import Reading, Schema
from validator.schemas.defaults import apply_defaults
from validator.schemas.normalisation import normalise
from validator.schemas.profile import LITERAL, Profile
from validator.schemas.validation import is_instance

_DEPTH = 32
"""How deep defaults are filled in (13.4)."""

_SIMPLE = frozenset({"type", "properties", "required", "additionalProperties", "allOf", "minProperties", "default"})
"""Keywords that a member filled in from its default cannot upset, other than by its own value."""


def producer(schema: Schema) -> Reading:
    """What an engram emits: finished values."""
    return Reading(_plain(normalise(schema, LITERAL)))


def consumer(schema: Schema, profile: Profile) -> Reading:
    """What an engram accepts: the plain schema of the documents that pass once its defaults are filled in."""
    doubt = ""
    if profile.schemas.applies_defaults and isinstance(schema, dict):
        schema = copy.deepcopy(schema)
        doubt = _fill(schema, profile, 0)
    plain = normalise(schema, profile)
    if isinstance(plain, dict) and isinstance(schema, dict):
        for keyword in ("definitions", "$defs"):  # the wrapper is the root now; the references still mean the author's
            if keyword in schema and keyword not in plain:
                plain[keyword] = _inner(plain)[keyword]
    return Reading(_plain(plain), doubt)


def accepts(schema: Schema, profile: Profile, value: Json) -> bool:
    """Does the platform accept a document, defaults filled in?"""
    filled = apply_defaults(schema, value) if profile.schemas.applies_defaults else value
    return is_instance(schema, filled, profile=profile)


def _inner(wrapper: dict[str, Any]) -> dict[str, Any]:
    """The author's node inside the platform's."""
    inner: dict[str, Any] = wrapper["anyOf"][0]
    return inner


def _fill(node: dict[str, Any], profile: Profile, depth: int) -> str:
    """Drop what defaults supply from `required`, in place; the answer is a doubt, if there is one."""
    if depth > _DEPTH:
        return ""
    doubts: list[str] = []
    parts = [part for part in (node, *_members(node.get("allOf"))) if isinstance(part, dict)]
    supplied: set[str] = set()
    children = [(name, child) for part in parts for name, child in _named(part.get("properties")).items()]
    for name, child in children:
        if not isinstance(child, dict):
            continue
        value = _supplied(name, child)
        if value is not None:
            supplied.add(name)
            if not is_instance(_alone(child, node), value[0], profile=profile):
                doubts.append(f"the default of {name} is not accepted by its own schema")
        doubts.append(_fill(child, profile, depth + 1))
    for part in parts:
        _release(part, supplied)
        if any(keyword not in _SIMPLE and _mentions(value, supplied) for keyword, value in part.items()):
            doubts.append("a default plays a part in a condition")
    return next(filter(None, doubts), "")


def _supplied(name: str, child: dict[str, Any]) -> tuple[Json] | None:
    """What the platform puts where the member is missing."""
    filled = apply_defaults({"properties": {name: child}}, {})
    assert isinstance(filled, dict)
    return (filled[name],) if name in filled else None


def _release(part: dict[str, Any], supplied: set[str]) -> None:
    """No longer require what is supplied."""
    if isinstance(part.get("required"), list):
        part["required"] = [name for name in part["required"] if name not in supplied]
    for name, child in _named(part.get("properties")).items():
        if name in supplied and isinstance(child, dict) and child.get("required") is True:
            child["required"] = False


def _alone(child: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """A member's schema with the definitions it may refer to, and without its inline `required`."""
    whole: dict[str, Any] = {keyword: root[keyword] for keyword in ("definitions", "$defs") if keyword in root}
    whole.update(child)
    if isinstance(whole.get("required"), bool):
        del whole["required"]
    return whole


def _mentions(value: Any, names: set[str]) -> bool:
    if isinstance(value, dict):
        return any(key in names or _mentions(each, names) for key, each in value.items())
    if isinstance(value, list):
        return any(_mentions(each, names) for each in value)
    return isinstance(value, str) and value in names


def _named(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _members(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(node: Any) -> Any:
    """Draft 4's boolean `exclusiveMinimum` in today's spelling; nothing else is touched."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: value if key in ("enum", "const", "default") else _plain(value) for key, value in node.items()}
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(plain.get(exclusive), bool) and plain.pop(exclusive) and bound in plain:
            plain[exclusive] = plain.pop(bound)
    return plain
