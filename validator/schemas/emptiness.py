"""Which types of value a schema can ever accept, by simple reasoning that is never wrong, only incomplete.

A type is struck off only where a contradiction is certain; a schema whose types are all struck off accepts nothing but
what the platform lets stand in for a value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from validator.schemas.acceptance import accepts_literally
from validator.schemas.keywords import TYPES
from validator.schemas.nodes import Node

ALL = frozenset(TYPES)
DEPTH = 12
"""How far a schema is followed; beyond it everything is possible."""


def _takes_no_literal(node: Node) -> bool:
    """Whether the node names its values, and takes none of them."""
    members = node.source.get("enum") if node.enum else None
    if isinstance(members, list) and not any(accepts_literally(node, member) for member in members):
        return True
    return bool(node.constant) and not accepts_literally(node, node.source["const"])


def possible_types(node: Node, depth: int = 0) -> frozenset[str]:
    """The types of which the schema may accept some value; `number` stands for numbers with a fraction too."""
    if node.verdict is not None:
        return ALL if node.verdict else frozenset()
    if depth > DEPTH:
        return ALL
    if node.reference is not None:
        return possible_types(node.reference, depth + 1)
    if _takes_no_literal(node):
        return frozenset()
    types = declared_types(node)
    for member in node.all_of:
        types &= possible_types(member, depth + 1)
    for alternatives in (node.any_of, node.one_of):
        if alternatives:
            types &= _union(possible_types(member, depth + 1) for member in alternatives)
    return frozenset(name for name in types if not _contradicts(node, name, depth))


def declared_types(node: Node) -> frozenset[str]:
    """The types that `type` names, all of them where it is absent."""
    if not node.types:
        return ALL
    return node.types | {"integer"} if "number" in node.types else node.types


def _union(choices: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*choices)


def _contradicts(node: Node, name: str, depth: int) -> bool:
    if name in {"integer", "number"}:
        return no_number(node, integer=name == "integer")
    if name == "string":
        return (node.min_length or 0) > (math.inf if node.max_length is None else node.max_length)
    if name == "array":
        return _no_array(node, depth)
    return name == "object" and missing_field(node, depth) is not None


def no_number(node: Node, *, integer: bool) -> bool:
    """Whether the limits leave no number (or no integer) between them."""
    low = max((limit for limit in (node.minimum, node.exclusive_minimum) if limit is not None), default=-math.inf)
    high = min((limit for limit in (node.maximum, node.exclusive_maximum) if limit is not None), default=math.inf)
    if low > high:
        return True
    excluded = low == node.exclusive_minimum or high == node.exclusive_maximum
    if low == high:
        return excluded
    if not integer or math.isinf(low) or math.isinf(high):
        return False
    first = math.floor(low) + 1 if low == node.exclusive_minimum else math.ceil(low)
    last = math.ceil(high) - 1 if high == node.exclusive_maximum else math.floor(high)
    return first > last


def _no_array(node: Node, depth: int) -> bool:
    if node.min_items and node.max_items is not None and node.min_items > node.max_items:
        return True
    return bool(node.min_items) and node.items is not None and not possible_types(node.items, depth + 1)


def missing_field(node: Node, depth: int = 0) -> str | None:
    """A required field that no object of this schema can have, or None."""
    if node.max_properties is not None and len(set(node.required)) > node.max_properties:
        return node.required[-1]
    for name in node.required:
        schemas = [schema for _, search, schema in node.patterns if search(name)]
        if name in node.properties:
            schemas.append(node.properties[name])
        if not schemas:
            if node.additional is False:
                return name
            if isinstance(node.additional, Node):
                schemas.append(node.additional)
        if any(not possible_types(schema, depth + 1) for schema in schemas):
            return name
    return None
