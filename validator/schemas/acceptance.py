"""Yes or no, fast: does a compiled schema accept a value?

The rules and their order are those of the platform's engine (contract `templating.md` 13.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from validator.findings import Json
from validator.schemas.nodes import Node
from validator.schemas.normalisation import CONFIG_MAP, SECRET, STORAGE, STORAGE_METADATA, STORAGE_PATH
from validator.schemas.values import identity, is_integer, is_multiple

_TEMPLATE = re.compile(r"[\t\n\f\r ]*\$?\{\{[\s\S]+\}\}[\t\n\f\r ]*")
_STORAGE_FIELDS = frozenset({STORAGE, STORAGE_PATH, *STORAGE_METADATA})
_SELECTOR_FIELDS = frozenset({"name", "key", "namespace", "format"})
_SELECTOR_FORMATS = frozenset({"auto", "json", "raw"})


def is_template(value: Json) -> bool:
    """Whether the value is a string that the platform takes for a template as a whole (13.2)."""
    return isinstance(value, str) and "{{" in value and _TEMPLATE.fullmatch(value) is not None


def is_reference(value: Json) -> bool:
    """Whether the value is an object that stands for one kept elsewhere (13.2)."""
    if not isinstance(value, dict):
        return False
    if STORAGE in value:
        return value.keys() <= _STORAGE_FIELDS and all(isinstance(member, str) for member in value.values())
    if len(value) != 1:
        return False
    selector = value.get(CONFIG_MAP, value.get(SECRET))
    if isinstance(selector, dict):
        return (
            {"name", "key"} <= selector.keys() <= _SELECTOR_FIELDS
            and all(isinstance(member, str) for member in selector.values())
            and selector.get("format", "auto") in _SELECTOR_FORMATS
        )
    return isinstance(selector, str)


def accepts(node: Node, value: Json) -> bool:
    """Whether the schema accepts the value."""
    if node.verdict is not None:
        return node.verdict
    if type(value) is str:
        if node.takes_templates and is_template(value):
            return True
    elif type(value) is dict and node.takes_references and is_reference(value):
        return True
    return accepts_literally(node, value)


def accepts_literally(node: Node, value: Json) -> bool:
    """As `accepts`, without what the platform lets stand in for a value at this node."""
    if node.reference is not None:
        return accepts(node.reference, value)
    if node.types and not has_type(node.types, value):
        return False
    if node.constant and identity(value) != node.constant[0]:
        return False
    if node.enum and identity(value) not in node.enum:
        return False
    if node.combines and not _combined(node, value):
        return False
    kind = type(value)
    if kind is dict:
        assert isinstance(value, dict)
        return not node.judges_objects or _accepts_object(node, value)
    if kind is list:
        assert isinstance(value, list)
        return not node.judges_arrays or _accepts_array(node, value)
    if kind is str:
        assert isinstance(value, str)
        return not node.judges_strings or _accepts_string(node, value)
    if kind is int or kind is float:
        assert isinstance(value, int | float)
        return not node.judges_numbers or _accepts_number(node, value)
    return True


_NAMES: Mapping[type, str] = {
    str: "string",
    dict: "object",
    list: "array",
    bool: "boolean",
    type(None): "null",
}


def has_type(types: frozenset[str], value: Json) -> bool:
    """Whether the value has one of the types; `1.0` is an integer."""
    name = _NAMES.get(type(value))
    if name is not None:
        return name in types
    assert isinstance(value, int | float)
    return "number" in types or ("integer" in types and is_integer(value))


def any_of(node: Node, value: Json) -> bool:
    """Whether the value satisfies `anyOf`, the platform's own members included."""
    return (
        (node.any_takes_templates and is_template(value))
        or (node.any_takes_references and is_reference(value))
        or any(accepts(member, value) for member in node.any_of)
    )


def _combined(node: Node, value: Json) -> bool:
    if (node.any_of or node.any_takes_templates or node.any_takes_references) and not any_of(node, value):
        return False
    if node.one_of and sum(accepts(member, value) for member in node.one_of) != 1:
        return False
    if not all(accepts(member, value) for member in node.all_of):
        return False
    if node.negated is not None and accepts(node.negated, value):
        return False
    if isinstance(value, dict) and not _has_dependents(node, value):
        return False
    if node.condition is not None:
        branch = node.then if accepts(node.condition, value) else node.otherwise
        return branch is None or accepts(branch, value)
    return True


def _has_dependents(node: Node, value: dict[str, Json]) -> bool:
    """By `dependencies`, `dependentRequired` and `dependentSchemas`."""
    for name, needed in node.needed_with.items():
        if name in value and not all(other in value for other in needed):
            return False
    return all(accepts(applied, value) for name, applied in node.applied_with.items() if name in value)


def _accepts_object(node: Node, value: dict[str, Json]) -> bool:
    if node.min_properties is not None and len(value) < node.min_properties:
        return False
    if node.max_properties is not None and len(value) > node.max_properties:
        return False
    if any(name not in value for name in node.required):
        return False
    if not all(_accepts_member(node, name, member) for name, member in value.items()):
        return False
    return node.names is None or all(accepts(node.names, name) for name in value)


def _accepts_member(node: Node, name: str, member: Json) -> bool:
    """By `properties` and `patternProperties`, or else by `additionalProperties`."""
    declared = node.properties.get(name)
    if declared is not None and not accepts(declared, member):
        return False
    applied = declared is not None
    for _, search, schema in node.patterns:
        if search(name):
            applied = True
            if not accepts(schema, member):
                return False
    return applied or _accepts_additional(node.additional, (member,))


def _accepts_additional(additional: Node | bool, members: Sequence[Json]) -> bool:
    if isinstance(additional, bool):
        return additional or not members
    return all(accepts(additional, member) for member in members)


def _accepts_array(node: Node, value: list[Json]) -> bool:
    if node.min_items is not None and len(value) < node.min_items:
        return False
    if node.max_items is not None and len(value) > node.max_items:
        return False
    if node.items is not None:
        if not all(accepts(node.items, item) for item in value):
            return False
    elif node.tuple_items:
        if not all(map(accepts, node.tuple_items, value)):
            return False
        if not _accepts_additional(node.additional_items, value[len(node.tuple_items) :]):
            return False
    if node.unique_items and len({identity(item) for item in value}) < len(value):
        return False
    return node.contains is None or any(accepts(node.contains, item) for item in value)


def _accepts_string(node: Node, value: str) -> bool:
    if node.min_length is not None and len(value) < node.min_length:
        return False
    if node.max_length is not None and len(value) > node.max_length:
        return False
    if node.pattern is not None and not node.pattern(value):
        return False
    return node.format is None or node.format(value)


def _accepts_number(node: Node, value: float) -> bool:
    if node.multiple_of is not None and not is_multiple(value, node.multiple_of):
        return False
    if node.maximum is not None and value > node.maximum:
        return False
    if node.exclusive_maximum is not None and value >= node.exclusive_maximum:
        return False
    if node.minimum is not None and value < node.minimum:
        return False
    if node.exclusive_minimum is not None and value <= node.exclusive_minimum:
        return False
    # An asserted format is about strings, and its checker says no to a number.
    return node.format is None
