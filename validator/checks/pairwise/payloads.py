"""Payloads of realtime stories: what a step emits reaches the next one whole, which reads fields by the same name.

Only fields that both sides declare are compared: whatever else a payload holds passes by. Nothing is said of a step
whose `runtime` maps packets, which is where it looks then, nor of audio, video and binary, which travel beside JSON.
Source: hub.md, "What `packet` and `steps` hold"; runtime.md 2.10.
"""

from __future__ import annotations

from collections.abc import Mapping

from validator.checks.pairwise.concessions import at
from validator.findings import Json

MEDIA = frozenset({"audio", "video", "binary"})
"""Parts of a packet that are frames of their own."""
_ENCODED = frozenset({"binary", "byte"})


def is_media(name: str, schema: Json) -> bool:
    """Whether a field stands for something that travels outside JSON."""
    if name in MEDIA:
        return True
    if not isinstance(schema, dict):
        return False
    kind = schema.get("contentMediaType")
    other = isinstance(kind, str) and not kind.startswith("application/json")
    return other or "contentEncoding" in schema or schema.get("format") in _ENCODED


def without_media(consumer: Json) -> Json:
    """What a consumer asks of the JSON that it gets."""
    fields = _fields(consumer)
    media = {name for name, schema in fields.items() if is_media(name, schema)}
    if not media or not isinstance(consumer, dict):
        return consumer
    listed = consumer.get("required")
    required = [name for name in listed if name not in media] if isinstance(listed, list) else []
    made = {**consumer, "properties": {name: {} if name in media else schema for name, schema in fields.items()}}
    return {**made, "required": required} if "required" in consumer else made


def shared(producer: Json, consumer: Json, given: frozenset[str]) -> Json | None:
    """The consumer's schema of the fields that both declare and nobody maps; None when there are none."""
    theirs = _fields(producer)
    fields: dict[str, Json] = {}
    for name, schema in _fields(consumer).items():
        if name in theirs and name not in given and not is_media(name, schema) and not is_media(name, theirs[name]):
            fields[name] = {**schema, "required": False} if _flagged(schema) else schema  # type: ignore[dict-item]
    return {"type": "object", "properties": fields} if fields else None


def _flagged(schema: Json) -> bool:
    return isinstance(schema, dict) and schema.get("required") is True


def _fields(schema: Json) -> Mapping[str, Json]:
    fields = at(schema, ("properties",))
    return fields if isinstance(fields, dict) else {}
