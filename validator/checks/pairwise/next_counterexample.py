"""Where a witness breaks the consumer's schema, and how to go on from there to what else breaks.

A concession adds to the producer's schema just what the consumer missed, so that the next comparison finds the next
disagreement. Conceding only ever narrows the producer: a witness found after it is one for the original, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from validator.findings import Json, Path
from validator.schemas.containment import explain
from validator.schemas.containment.dialect import Dialect
from validator.schemas.defaults import apply_defaults
from validator.schemas.validation import Violation, validate

_SAYS_NOTHING = frozenset(
    {"title", "description", "default", "examples", "$comment", "deprecated", "readOnly", "nullable"}
)
_REFERENCE = "$bubu"
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_DESCRIBES_MEMBERS = ("properties", "patternProperties", "const", "enum", "$ref", "allOf", "anyOf", "oneOf", "if")
_DESCRIBES_ITEMS = ("items", "prefixItems", "const", "enum", "$ref", "allOf", "anyOf", "oneOf", "if")
_OF_NAMES = frozenset({"additionalProperties", "propertyNames"})
_OF_MEMBERS = frozenset({"required", "minProperties", "maxProperties", "dependencies", "patternProperties"})
_OF_ITEMS = frozenset({"contains", "minItems", "maxItems", "uniqueItems", "additionalItems"})


def first_violation(schema: Json, witness: Json, dialect: Dialect) -> Violation | None:
    """The consumer's first objection to a document, inside a choice that of the closest alternative."""
    profile = dialect.profile
    assert profile is not None
    filled = apply_defaults(schema, witness) if profile.schemas.applies_defaults else witness
    violations = validate(schema, filled, profile=profile)
    return violations[0] if violations else None


def objection(schema: Json, witness: Json, violation: Violation, dialect: Dialect) -> str:
    """An objection in words about the document as it was emitted and the schema as it was written.

    What the consumer's defaults fill in was not found in it, and what was conceded to the producer is not declared.
    """
    profile = dialect.profile
    assert profile is not None
    filled = [apply_defaults(schema, witness)] if profile.schemas.applies_defaults else []
    for document in (witness, *filled):
        for each in _with_causes(validate(schema, document, profile=profile)):
            if _gist(each) == _gist(violation):
                return each.message
    return violation.message


def _with_causes(violations: Iterable[Violation]) -> Iterator[Violation]:
    for violation in violations:
        yield violation
        yield from _with_causes(violation.causes)


def _gist(violation: Violation) -> tuple[Path, str, str]:
    return violation.instance_path, violation.keyword, missing_name(violation)


def innermost(violation: Violation) -> Violation:
    """The objection behind a choice, when every alternative that comes close objects to one thing only."""
    while len(violation.causes) == 1:
        violation = violation.causes[0]
    return violation


def missing_name(violation: Violation) -> str:
    """The name of a missing field; empty when something else is wrong."""
    return violation.expected if violation.keyword == "required" and isinstance(violation.expected, str) else ""


def governing(schema: Json, path: Path, dialect: Dialect) -> Path:
    """The part of a schema that speaks of a place in its documents."""
    return explain.governing(schema, path, dialect) if isinstance(schema, bool | dict) else ()


def undescribed(schema: Json, path: Path, keyword: str, dialect: Dialect) -> Path | None:
    """The part of a producer's document, around an objection, of which its schema says nothing; None when it does.

    Nothing is concluded from `{}`, from fields that are preserved unknown, or from members of an object that lists
    none.
    """
    before: Path = ()
    if keyword in _OF_ITEMS and path and isinstance(path[-1], int):
        path = path[:-1]  # it is about the list, though it stands at an element
    for length in range(1, len(path) + 1):
        here = governing(schema, path[:length], dialect)
        if here == before:
            keywords = _DESCRIBES_ITEMS if isinstance(path[length - 1], int) else _DESCRIBES_MEMBERS
            return None if _lists(at(schema, before), keywords) else path[: length - 1]
        before = here
    node = at(schema, before)
    if keyword in _OF_NAMES:
        known = True  # it is about the name, and the name is declared
    elif keyword in _OF_MEMBERS:
        known = _lists(node, (*_DESCRIBES_MEMBERS, "required"))
    elif keyword in _OF_ITEMS:
        known = _lists(node, (*_DESCRIBES_ITEMS, "minItems", "maxItems"))
    else:
        known = not _says_nothing(node)
    return None if known else path


def _lists(node: Json, keywords: tuple[str, ...]) -> bool:
    return isinstance(node, dict) and node.get(_PRESERVE) is not True and any(key in node for key in keywords)


def _says_nothing(node: Json) -> bool:
    if not isinstance(node, dict):
        return node is not False
    fields = node.get("properties")
    if node.get(_PRESERVE) is True and fields is None:
        return True
    if isinstance(fields, dict) and any(name.startswith(_REFERENCE) for name in fields):
        return True  # a reference, in place of which the engram gets what it refers to
    return all(key in _SAYS_NOTHING or key.startswith("x-") for key in node)


def at(schema: Json, path: Path) -> Json:
    """The part of a schema at a path; None where there is none."""
    node = schema
    for step in path:
        try:
            node = node[step]  # type: ignore[index]  # a walk along a path that may not be there
        except (KeyError, IndexError, TypeError):
            return None
    return node


def narrow_producer(producer: Json, consumer: Json, violation: Violation) -> Json | None:
    """The producer's schema, narrowed so that it no longer breaks this keyword; None where that cannot be told."""
    name = missing_name(violation)
    path: Path = violation.instance_path
    part: dict[str, Any]
    if name:
        part = {"required": [name]}
    elif violation.keyword in ("propertyNames", "false") and path:
        part, path = {"properties": {str(path[-1]): False}}, path[:-1]
    else:
        node = at(consumer, violation.schema_path[:-1])
        if not isinstance(node, dict) or violation.keyword not in node:
            return None
        part = {violation.keyword: node[violation.keyword]}
        if "$ref" in json.dumps(part):
            return None
    wrapped: Any = part
    for step in reversed(path):
        wrapped = {"properties": {step: wrapped}} if isinstance(step, str) else {"items": wrapped}
    parts = producer.get("allOf") if isinstance(producer, dict) else None
    return {
        **(producer if isinstance(producer, dict) else {}),
        "allOf": [*(parts if isinstance(parts, list) else []), wrapped],
    }


def relax_consumer(consumer: Json, violation: Violation) -> Json | None:
    """The consumer's schema without the requirement that is broken; None where it cannot be taken out."""
    relaxed = _copied(consumer)
    name = missing_name(violation)
    if name:
        node: Any = at(relaxed, required_by(violation))
        listed, child = node.get("required"), at(node, ("properties", name))
        if isinstance(listed, list):
            node["required"] = [other for other in listed if other != name]
        if isinstance(child, dict) and child.get("required") is True:
            child["required"] = False
        return relaxed
    holder: Any = at(relaxed, violation.schema_path[:-1])
    if not isinstance(holder, dict) or violation.keyword not in holder:
        return None
    if violation.keyword == "additionalProperties":
        holder.setdefault("properties", {})[str(violation.instance_path[-1])] = {}
    else:
        del holder[violation.keyword]
    return relaxed


def _copied(value: Json) -> Json:
    """A copy in which nothing is shared: what YAML repeats by an alias is one object in several places."""
    if isinstance(value, dict):
        return {key: _copied(member) for key, member in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def required_by(violation: Violation) -> Path:
    """The part of the consumer's schema that requires the missing field."""
    path = violation.schema_path
    return path[:-2] if isinstance(path[-1], int) else path[:-3]


def requirement(consumer: Json, violation: Violation) -> Path:
    """Where the author requires the missing field, in a schema that was not relaxed."""
    owner, name = required_by(violation), missing_name(violation)
    listed = at(consumer, (*owner, "required"))
    if isinstance(listed, list) and name in listed:
        return (*owner, "required", listed.index(name))
    return (*owner, "properties", name, "required")
