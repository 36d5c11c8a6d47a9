"""What the platform makes of a schema before it validates with it.

Source: contract `templating.md` 13.2. `normalise` yields the very document that the platform compiles; its wrappers
are marked (`Widened`) so that a verdict can be told in terms of the author's own nodes.
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.findings import Json
from validator.schemas.profile import Profile, Where

STORAGE = "$bubuStorageRef"
STORAGE_METADATA = ("$bubuStorageContentType", "$bubuStorageSchema", "$bubuStorageSchemaVersion")
STORAGE_PATH = "$bubuStoragePath"
CONFIG_MAP = "$bubuConfigMapRef"
SECRET = "$bubuSecretRef"  # noqa: S105  # the name of a keyword, not a secret
TEMPLATE_PATTERN = r"^\s*\$?\{\{[\s\S]+\}\}\s*$"

ONE = (
    *("additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not"),
    *("propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"),
)
"""Keywords that hold one schema (`items` may hold a list of them)."""
MANY: tuple[str, ...] = ("allOf", "anyOf", "items", "oneOf", "prefixItems")
"""Keywords that hold a list of schemas."""
NAMED = ("$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties")
"""Keywords that hold schemas by name (`dependencies` may hold lists of names too)."""


class Widened(dict[str, Json]):
    """A node that the platform put around the author's: `anyOf[0]` is the author's, the others are alternatives."""


def _closed(required: list[str], properties: dict[str, Json]) -> dict[str, Json]:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def _selector(name: str) -> dict[str, Json]:
    text: dict[str, Json] = {"type": "string"}
    fields: dict[str, Json] = {"name": text, "key": text, "namespace": text}
    fields["format"] = {"type": "string", "enum": ["auto", "json", "raw"]}
    return _closed([name], {name: {"anyOf": [text, _closed(["name", "key"], fields)]}})


REFERENCES: tuple[dict[str, Json], ...] = (
    _closed([STORAGE], {name: {"type": "string"} for name in (STORAGE, STORAGE_PATH, *STORAGE_METADATA)}),
    _selector(CONFIG_MAP),
    _selector(SECRET),
)
"""Objects that stand for a value kept elsewhere."""
TEMPLATE: dict[str, Json] = {"type": "string", "pattern": TEMPLATE_PATTERN}
"""A string that is a template as a whole."""


def is_alternative(node: object) -> bool:
    """Whether this very node was put there by `normalise` (an author's equal node is not)."""
    return node is TEMPLATE or any(node is reference for reference in REFERENCES)


def subschemas(node: dict[str, Json]) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """The places directly below a node where the platform looks for schemas, each with its path from the node."""
    for keyword in ONE:
        if isinstance(node.get(keyword), dict):
            yield (keyword,), node[keyword]
    for keyword in MANY:
        members = node.get(keyword)
        if isinstance(members, list):
            yield from (((keyword, index), member) for index, member in enumerate(members))
    for keyword in NAMED:
        members = node.get(keyword)
        if isinstance(members, dict):
            yield from (((keyword, name), member) for name, member in members.items())


def normalise(schema: Json, profile: Profile) -> Json:
    """The schema as the platform compiles it under this profile; the argument is left untouched.

    Source: contract `templating.md` 13.2, `hub.md` (the SDK widens only below its flags).
    """
    facts = profile.schemas
    return _normalise(schema, profile, facts.references is Where.EVERYWHERE, facts.templates is Where.EVERYWHERE)


def _normalise(node: Json, profile: Profile, references: bool, templates: bool) -> Json:
    if not isinstance(node, dict) or not node:
        return node
    facts = profile.schemas
    references = references or (facts.references is Where.FLAGGED and node.get(facts.references_flag) is True)
    templates = templates or (facts.templates is Where.FLAGGED and node.get(facts.templates_flag) is True)
    lifted = _lift_required(node) if facts.lifts_required else dict(node)

    def below(member: Json) -> Json:
        return _normalise(member, profile, references, templates)

    for keyword, value in lifted.items():
        if keyword in ONE and isinstance(value, dict):
            lifted[keyword] = below(value)
        elif keyword in MANY and isinstance(value, list):
            lifted[keyword] = list(map(below, value))
        elif keyword in NAMED and isinstance(value, dict):
            lifted[keyword] = {name: below(member) for name, member in value.items()}
    return _widen(lifted, ([*REFERENCES] if references else []) + ([TEMPLATE] if templates else []))


def _lift_required(node: dict[str, Json]) -> dict[str, Json]:
    """Move the boolean `required` of each property into the node's own list (13.2 rule 1)."""
    lifted = dict(node)
    properties = node.get("properties")
    if not isinstance(properties, dict):
        return lifted
    flagged = []
    children: dict[str, Json] = {}
    for name, child in properties.items():
        if isinstance(child, dict) and isinstance(child.get("required"), bool):
            if child["required"]:
                flagged.append(name)
            children[name] = {keyword: value for keyword, value in child.items() if keyword != "required"}
        else:
            children[name] = child
    lifted["properties"] = children
    listed = node.get("required", [])
    if flagged and isinstance(listed, list):
        lifted["required"] = [*listed, *(name for name in sorted(flagged) if name not in listed)]
    return lifted


def _widen(node: dict[str, Json], alternatives: list[dict[str, Json]]) -> Json:
    if not alternatives or _is_reference_shape(node):
        return node
    own = node.get("anyOf")
    if isinstance(own, list):
        node["anyOf"] = [*own, *(extra for extra in alternatives if extra not in own)]
        return node
    wrapper = Widened(anyOf=[node, *alternatives])
    for keyword in ("title", "description"):
        if keyword in node:
            wrapper[keyword] = node[keyword]
    return wrapper


def _is_reference_shape(node: dict[str, Json]) -> bool:
    properties, required = node.get("properties"), node.get("required")
    return (
        isinstance(properties, dict)
        and isinstance(required, list)
        and any(name in properties and name in required for name in (STORAGE, CONFIG_MAP, SECRET))
    )
