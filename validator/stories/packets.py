"""What `packet` holds in a realtime story: the payload of the step before, with the metadata of the transport.

The payload may be of several forms (`anyOf`, `oneOf`, `if`); the transport's metadata replaces the payload's in each.
Source: hub.md, "What `packet` and `steps` hold"; templating.md, section 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from validator.findings import Json

ENVELOPE_FIELDS = ("kind", "identity")
"""What the platform's documentation puts beside every payload."""
HOOK_FIELDS = ("type", "text", "history", "hook")
"""Names that lifecycle hooks have; a packet of data has one only where its payload does."""
UNVERIFIED_FIELDS = ("payload", "inputs", "transports", "audio", "video", "binary", "message_id", "envelope")
"""Parts of a packet on the wire that no source shows in `packet`."""
METADATA: Json = {"type": "object", "additionalProperties": {"type": "string"}}
"""Flat: a name with a dot is one key, which only `index` reaches."""

HOOK_PREFIXES = ("storyrun.", "steprun.")
"""How the names of lifecycle hooks begin."""
_CHOICES = ("anyOf", "oneOf", "allOf")
_SHAPING = ("properties", "patternProperties", "required", "additionalProperties", "$ref", *_CHOICES, "if")


def packet_schema(payloads: Iterable[Json], *, hooks: bool = False) -> Json:
    """`packet`: any of the payloads, beside the metadata, with `hooks` also a lifecycle hook."""
    known = list(payloads)
    if not known or any(not isinstance(payload, dict) or not _is_described(payload) for payload in known):
        return unknown_packet()
    beside = _named(*ENVELOPE_FIELDS, *UNVERIFIED_FIELDS, *(HOOK_FIELDS if hooks else ()))
    alternatives = [_received(payload, beside) for payload in known]
    return alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}


def takes_hooks(condition: str | None) -> bool:
    """Whether hooks come to a step: they do where the raw text of its `if` has the name of one."""
    return condition is not None and any(prefix in condition.lower() for prefix in HOOK_PREFIXES)


def unknown_packet() -> Json:
    """`packet` where nobody says which payload comes: its metadata is known anyway."""
    return {"type": "object", "properties": {}, "patternProperties": {"^metadata$": METADATA, "": {}}}


def _is_described(payload: Mapping[str, Json]) -> bool:
    """Whether a payload's schema says anything of its fields."""
    return any(
        payload.get(keyword) not in (None, {}, [], True) or payload.get(keyword) is False for keyword in _SHAPING
    )


def _named(*names: str) -> str:
    return "^(" + "|".join(names) + ")$"


def _received(payload: Json, beside: str) -> Json:
    """A payload as the next step has it."""
    if not isinstance(payload, dict) or "$ref" in payload:
        return payload
    received = type(payload)(payload)
    for keyword in _CHOICES:
        members = payload.get(keyword)
        if isinstance(members, list):
            received[keyword] = [_received(member, beside) for member in members]
    for keyword in ("then", "else"):
        if keyword in payload:
            received[keyword] = _received(payload[keyword], beside)
    if not any(keyword in payload for keyword in ("properties", "patternProperties", "additionalProperties")):
        return received
    properties, patterns = payload.get("properties"), payload.get("patternProperties")
    own = dict(properties) if isinstance(properties, dict) else {}
    own.pop("metadata", None)
    received["properties"] = own
    received["patternProperties"] = {
        **(patterns if isinstance(patterns, dict) else {}),
        beside: {},
        "^metadata$": METADATA,
    }
    return received
