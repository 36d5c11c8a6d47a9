"""Defaults as the platform fills them in: objects only, top down, on the author's schema.

Source: contract `templating.md` 13.4.
"""

from __future__ import annotations

import copy

from validator.findings import Json

DEPTH = 32
"""How many levels of objects are filled in."""


def apply_defaults(schema: Json, instance: Json) -> Json:
    """The instance with the defaults of the schema filled in; both arguments are left untouched."""
    return _fill(schema, copy.deepcopy(instance), 0)


def has_defaults(schema: Json) -> bool:
    """Whether the schema may fill in anything."""
    return _has_defaults(schema, 0)


def _fill(schema: Json, instance: Json, depth: int) -> Json:
    if depth > DEPTH or not isinstance(schema, dict) or not isinstance(instance, dict):
        return instance
    members = schema.get("allOf")
    if isinstance(members, list):
        for member in members:
            _fill(member, instance, depth + 1)
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return instance
    for name, child in properties.items():
        if not isinstance(child, dict):
            continue
        if name in instance:
            _fill(child, instance[name], depth + 1)
        elif "default" in child:
            instance[name] = copy.deepcopy(child["default"])
        elif child.get("type", "object") == "object" and _has_defaults(child, depth + 1):
            instance[name] = _fill(child, {}, depth + 1)
    return instance


def _has_defaults(schema: Json, depth: int) -> bool:
    if depth > DEPTH or not isinstance(schema, dict):
        return False
    properties = schema.get("properties")
    members = schema.get("allOf")
    children = list(properties.values()) if isinstance(properties, dict) else []
    return any(
        isinstance(child, dict) and ("default" in child or _has_defaults(child, depth + 1)) for child in children
    ) or (isinstance(members, list) and any(_has_defaults(member, depth + 1) for member in members))
