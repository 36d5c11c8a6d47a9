"""The limits of every message field that the real connector enforces (contract/transport-wire.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FRAME = 10_485_760
ASSEMBLY = 67_108_864


@dataclass(frozen=True, slots=True)
class Limit:
    """What a field may hold. A bound of None does not hold."""

    unit: str
    """`bytes`, `characters`, `items`, `pairs`, or empty for a number."""
    high: int | None = None
    low: int | None = None

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.low is None:
            return f"at most {self.high}{unit}"
        return f"at least {self.low}{unit}" if self.high is None else f"{self.low} to {self.high}{unit}"

    def allows(self, value: int) -> bool:
        """Whether a size or number is within the limit."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


PAIRS = Limit("pairs", 100)
KEY = Limit("characters", 128, 1)
VALUE = Limit("characters", 1024)

_CONTEXT = {"transports": Limit("items", 10)}

LIMITS: Mapping[str, Mapping[str, Limit]] = {
    "AudioFrame": {
        "pcm": Limit("bytes", FRAME),
        "sample_rate_hz": Limit("", 192_000, 8_000),
        "channels": Limit("", 8, 1),
        "codec": Limit("characters", 32),
    },
    "VideoFrame": {
        "payload": Limit("bytes", FRAME),
        "codec": Limit("characters", 32),
        "width": Limit("", 16_384),
        "height": Limit("", 16_384),
    },
    "BinaryFrame": {"payload": Limit("bytes", FRAME), "mime_type": Limit("characters", 255)},
    "TransportDescriptor": {
        "name": Limit("characters", 128),
        "kind": Limit("characters", 128),
        "mode": Limit("characters", 128),
    },
    "TransportConfig": {"transport_ref": Limit("characters", 253), "mode_reason": Limit("characters", 512)},
    "PublishRequest": _CONTEXT,
    "DataRequest": _CONTEXT,
    "DataResponse": _CONTEXT,
    "HubPushRequest": _CONTEXT,
    "HubPushResponse": _CONTEXT,
    "ControlRequest": {"custom_action": Limit("characters", 128)},
    "ControlResponse": {"custom_action": Limit("characters", 128)},
    "ControlError": {"code": Limit("", None, 0), "message": Limit("characters", 2048), "details": Limit("pairs", 50)},
    "PartitionAck": {"partition": Limit("characters", 128)},
    "FlowControl": {"partition_acks": Limit("items", 256)},
    "StreamEnvelope": {
        "stream_id": Limit("characters", 128),
        "partition": Limit("characters", 128),
        "chunk_id": Limit("characters", 128),
        "chunk_count": Limit("", 256),
        "chunk_bytes": Limit("", FRAME),
        "total_bytes": Limit("", ASSEMBLY),
    },
}
"""By message and field. Maps of strings share `PAIRS`, `KEY` and `VALUE` unless a row says otherwise."""

SHOWN = 64
"""How much of a name is shown in a path: hostile keys are long."""


def violations(message: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """Every field of a protobuf message that is beyond its limit: `field`, `limit` and `found`.

    A frame counts as present when its oneof is set; scalar fields of a present message are checked also when zero,
    as the real validator does.
    """
    name = message.DESCRIPTOR.name
    rows = LIMITS.get(name, {})
    for descriptor in message.DESCRIPTOR.fields:
        field = descriptor.name
        where = f"{path}.{field}" if path else field
        kind = descriptor.message_type
        if kind is not None and kind.GetOptions().map_entry:
            yield from _map(getattr(message, field), where, rows.get(field, PAIRS))
        elif kind is not None and descriptor.is_repeated:
            items = getattr(message, field)
            yield from _sized(rows.get(field), len(items), where)
            for index, item in enumerate(items):
                yield from violations(item, f"{where}[{index}]")
        elif kind is not None:
            if message.HasField(field) and kind.full_name.startswith("transport."):
                yield from violations(getattr(message, field), where)
        elif field in rows:
            value = getattr(message, field)
            yield from _sized(rows[field], len(value) if isinstance(value, str | bytes) else value, where)


def _sized(limit: Limit | None, value: int, where: str) -> Iterator[dict[str, Any]]:
    if limit is not None and not limit.allows(value):
        yield {"field": where, "limit": str(limit), "found": value}


def _map(values: Mapping[str, str], where: str, pairs: Limit) -> Iterator[dict[str, Any]]:
    yield from _sized(pairs, len(values), where)
    shown = 0
    for key in sorted(values):
        name = key if len(key) <= SHOWN else f"{key[:SHOWN]}…"
        for limit, size, what in ((KEY, len(key), "key of "), (VALUE, len(values[key]), "")):
            if not limit.allows(size) and shown < 16:
                shown += 1
                yield {"field": f'{what}{where}["{name}"]', "limit": str(limit), "found": size}
