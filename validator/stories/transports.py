"""The settings that hold for one transport of a realtime story, merged as the controller does.

Source: story-run.md, sections B2.1 and B9.1, and `pkg/transport` of bobrapet. Four layers, the later one wins
key by key: `defaultSettings` and `streaming` of the Transport, `settings` and `streaming` of the story. The defaults of
`streaming` are filled in on both sides, so that those of the story cover what the Transport says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from validator.findings import Json

_LANES = ("audio", "video", "binary", "payload")
_LANE_LIMITS: Mapping[str, Json] = {"maxMessages": 100, "maxBytes": 1024 * 1024, "direction": "bidirectional"}
_MAX_DOWNSTREAMS = 32
_ACK_EVERY: Mapping[str, Json] = {"messages": 10, "maxDelay": "250ms"}
_THRESHOLDS: Mapping[str, Json] = {"pauseThreshold": {"bufferPct": 90}, "resumeThreshold": {"bufferPct": 50}}


@dataclass(frozen=True, slots=True)
class StoryTransport:
    """A transport that a story declares, and the Transport behind it."""

    name: str
    """What steps call it."""
    reference: str
    """The name of the Transport."""
    settings: Mapping[str, Json]
    """What the connector and the hub get."""
    found: bool
    """Whether the Transport is known; without it the settings are only those of the story."""

    @property
    def routing_mode(self) -> str:
        """`hub`, `p2p`, or empty where the topology decides: nothing, `auto`, or text that means nothing."""
        routing = self.settings.get("routing")
        mode = routing.get("mode") if isinstance(routing, dict) else None
        word = mode.strip().lower() if isinstance(mode, str) else ""
        return word if word in ("hub", "p2p") else ""


def declared_transports(
    spec: Mapping[str, Json], transports: Mapping[str, Mapping[str, Json]]
) -> tuple[StoryTransport, ...]:
    """The transports of a story's spec that name a Transport, in its order; `transports` holds their specs by name."""
    entries = spec.get("transports")
    found = []
    for entry in entries if isinstance(entries, list) else ():
        reference = str(entry.get("transportRef") or "").strip() if isinstance(entry, dict) else ""
        if isinstance(entry, dict) and reference:
            target = transports.get(reference)
            settings = merged(_layer(target or {}, "defaultSettings"), _layer(entry, "settings"))
            found.append(StoryTransport(str(entry.get("name") or ""), reference, settings, target is not None))
    return tuple(found)


def transport_for(name: str, declared: tuple[StoryTransport, ...]) -> StoryTransport | None:
    """The transport that a step uses: the one that it names, else the first; None where there is none."""
    wanted = name.strip()
    return next((transport for transport in declared if not wanted or transport.name == wanted), None)


def merged(below: Mapping[str, Json], above: Mapping[str, Json]) -> dict[str, Json]:
    """Two objects as one: objects below the same key are merged, any other value of `above` wins, also null."""
    result = dict(below)
    for key, value in above.items():
        before = result.get(key)
        result[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result


def _layer(holder: Mapping[str, Json], settings: str) -> dict[str, Json]:
    raw, streaming = holder.get(settings), holder.get("streaming")
    typed = _without_zeros(streaming) if isinstance(streaming, dict) else {}
    return merged(raw if isinstance(raw, dict) else {}, _with_defaults(typed))


def _without_zeros(value: dict[str, Json]) -> dict[str, Json]:
    """What is left of a typed object when Go has written it: no nulls, no empty text."""
    return {
        key: _without_zeros(member) if isinstance(member, dict) else member
        for key, member in value.items()
        if member is not None and member != ""
    }


def _with_defaults(streaming: dict[str, Json]) -> dict[str, Json]:
    routing = streaming.get("routing")
    return {
        **streaming,
        "flowControl": _flow_control(streaming.get("flowControl")),
        "routing": {"maxDownstreams": _MAX_DOWNSTREAMS, **(routing if isinstance(routing, dict) else {})},
        "lanes": _lanes(streaming.get("lanes")),
    }


def _flow_control(value: Json) -> dict[str, Json]:
    settings = value if isinstance(value, dict) else {}
    if not any(key in settings for key in ("mode", "initialCredits", "ackEvery", *_THRESHOLDS)):
        return {**settings, "mode": "credits", "ackEvery": dict(_ACK_EVERY), **_THRESHOLDS}
    if settings.get("mode") in ("credits", "window"):
        return {"ackEvery": dict(_ACK_EVERY), **_THRESHOLDS, **settings}
    return settings


def _lanes(value: Json) -> list[Json]:
    lanes = value if isinstance(value, list) else []
    return [{**_LANE_LIMITS, **lane} if isinstance(lane, dict) else lane for lane in lanes] or [
        {"name": name, "kind": name, **_LANE_LIMITS} for name in _LANES
    ]
