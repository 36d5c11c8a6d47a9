"""What a consumer looks at of what it is given: the rest of a producer's schema decides nothing.

Inputs of steps are full of constants that no schema speaks of, so that hardly two are alike; without them most are, and
what is alike is compared once.
"""

from __future__ import annotations

from validator.findings import Json

_PLAIN = frozenset({"type", "properties", "required", "title", "description", "default", "example", "examples"})
"""Keywords that look at a value's type and at fields that they name, and at nothing else."""
_CLOSED = frozenset({"type", "properties", "required", "additionalProperties"})


def relevant(producer: Json, consumer: Json) -> Json:
    """A schema that is accepted by the consumer only where `producer` is, too; often a much plainer one."""
    if not isinstance(producer, dict) or not isinstance(consumer, dict) or not consumer.keys() <= _PLAIN:
        return producer
    if producer.keys() == {"const"}:
        return _type_of(producer["const"]) or producer
    declared, required = consumer.get("properties", {}), consumer.get("required", [])
    fields = producer.get("properties")
    if not isinstance(declared, dict) or not isinstance(required, list) or not isinstance(fields, dict):
        return producer
    if producer.keys() != _CLOSED or producer["additionalProperties"] is not False:
        return producer
    properties = {
        name: relevant(part, declared.get(name, True))
        for name, part in fields.items()
        if name in {*declared, *required}
    }
    always = producer["required"]
    return {
        "type": producer["type"],
        "properties": properties,
        "required": [name for name in always if name in properties] if isinstance(always, list) else always,
        "additionalProperties": False,
    }


def _type_of(value: Json) -> Json:
    """The schema of all values that are of the type of a scalar; None for others."""
    match value:
        case bool():
            return {"type": "boolean"}
        case str():
            return {"type": "string"}
        case int():
            return {"type": "integer"}
        case None:
            return {"type": "null"}
        case _:
            return None
