"""Payloads of realtime stories: what a step emits reaches the next one whole, which reads fields by the same name.

Only fields that both sides declare are compared: whatever else a payload holds passes by. Nothing is said of a step
whose `runtime` maps packets, which is where it looks then, nor of the frames of audio, video and binary, which travel
beside JSON.
Source: hub.md, "What `packet` and `steps` hold"; runtime.md 2.10.
"""

from __future__ import annotations

from collections.abc import Mapping

from validator.checks.pairwise.next_counterexample import at
from validator.findings import Json
from validator.sources.manifests import EngramTemplate

FRAMES = frozenset({"audio", "video", "binary"})
"""Parts of a packet that travel beside its JSON, each under its name (transport-wire.md, message DataResponse)."""
_BYTES = frozenset({"binary", "byte"})
_SHAPES = frozenset({"object", "string"})


def is_frame(name: str, emitted: Json, taken: Json) -> bool:
    """Whether a member at the top of a packet travels as a frame: by its name, and by the types of both sides.

    A frame is declared as an object (its fields), or as text that stands for bytes. Who emits plain text, a number or
    a list under such a name emits JSON. Where the producer declares nothing (None), the consumer's word counts.
    """
    if name not in FRAMES or not _may_be(taken, _SHAPES):
        return False
    return _is_bytes(taken if emitted is None else emitted)


def _is_bytes(schema: Json) -> bool:
    if not isinstance(schema, dict):
        return schema is True
    kind = schema.get("contentMediaType")
    encoded = "contentEncoding" in schema or schema.get("format") in _BYTES
    foreign = isinstance(kind, str) and not kind.startswith("application/json")
    return _may_be(schema, _SHAPES if encoded or foreign else frozenset({"object"}))


def _may_be(schema: Json, types: frozenset[str]) -> bool:
    if not isinstance(schema, dict):
        return schema is True
    declared = schema.get("type")
    listed = declared if isinstance(declared, list) else [declared]
    return declared is None or any(kind in types for kind in listed if isinstance(kind, str))


def streamed(producer: EngramTemplate, consumer: EngramTemplate) -> bool:
    """Whether the one can only meet the other in a stream: both can run in one, and one of them in nothing else."""
    modes = [frozenset(template.supported_modes) for template in (producer, consumer)]
    return all(each - {"job"} for each in modes) and any("job" not in each for each in modes)


def without_frames(producer: Json, consumer: Json) -> Json:
    """What a consumer asks of the JSON that it gets, where frames travel beside it."""
    emitted, fields = _fields(producer), _fields(consumer)
    frames = {name for name, schema in fields.items() if is_frame(name, emitted.get(name), schema)}
    if not frames or not isinstance(consumer, dict):
        return consumer
    listed = consumer.get("required")
    required = [name for name in listed if name not in frames] if isinstance(listed, list) else []
    relaxed = {**consumer, "properties": {name: {} if name in frames else schema for name, schema in fields.items()}}
    return {**relaxed, "required": required} if "required" in consumer else relaxed


def shared(producer: Json, consumer: Json, given: frozenset[str]) -> Json | None:
    """The consumer's schema of the fields that both declare and nobody maps; None when there are none."""
    theirs = _declared(producer)
    fields: dict[str, Json] = {}
    for name, schemas in _declared(consumer).items():
        if name not in theirs or name in given:
            continue
        schema = _any_of([{**one, "required": False} if _flagged(one) else one for one in schemas])  # type: ignore[dict-item]
        if not is_frame(name, _any_of(theirs[name]), schema):
            fields[name] = schema
    return {"type": "object", "properties": fields} if fields else None


def _declared(schema: Json) -> dict[str, list[Json]]:
    """The fields of each form that a root of alternatives allows, with what the forms say of them."""
    found: dict[str, list[Json]] = {}
    pending = [schema]
    while pending:
        part = pending.pop(0)
        if not isinstance(part, dict):
            continue
        for name, field in _fields(part).items():
            found.setdefault(name, []).append(field)
        for keyword in ("allOf", "anyOf", "oneOf"):
            members = part.get(keyword)
            pending += members if isinstance(members, list) else []
        pending += [part[keyword] for keyword in ("then", "else") if keyword in part]
    return found


def _any_of(schemas: list[Json]) -> Json:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _flagged(schema: Json) -> bool:
    return isinstance(schema, dict) and schema.get("required") is True


def _fields(schema: Json) -> Mapping[str, Json]:
    fields = at(schema, ("properties",))
    return fields if isinstance(fields, dict) else {}
