"""What engrams have sent once, kept to stand for them: for each packet that a step was given, what came of it."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from validator.findings import Json
from validator.stories.hub.mocks import Answer
from validator.stories.hub.outcomes import Delivery, Emission
from validator.stories.hub.packets import Frame, Packet
from validator.stories.hub.play import Event, Played
from validator.suite.realtime.judging import view


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step."""

    given: tuple[Json, ...] = ()
    """The packets that it was given, as expectations see them."""
    answers: tuple[Answer, ...] = ()
    own: tuple[Event, ...] = ()
    """What it sent before it was given anything."""


Recording = Mapping[str, StepRecord]
"""By step."""
NONE: Recording = {}


@dataclass(slots=True)
class _Traffic:
    given: list[Json] = field(default_factory=list)
    sent: list[dict[str, Json]] = field(default_factory=list)


def document(played: Played, steps: Collection[str]) -> dict[str, Json]:
    """What these steps were given and have sent, as JSON. All of it has to be kept (`accounts.EVERYTHING`)."""
    traffic = {step: _Traffic() for step in steps}
    numbers: dict[tuple[str, str], int] = {}
    given: dict[str, list[Delivery]] = {step: [] for step in steps}
    for one in played.deliveries:
        if one.target in traffic:
            given[one.target].append(one)
            traffic[one.target].given.append(view(one.packet))
            numbers[one.target, one.packet.id] = len(traffic[one.target].given)
    for sent in played.emissions:
        if sent.source in traffic:
            number = numbers.get((sent.source, sent.parent)) or _last_before(given[sent.source], sent)
            traffic[sent.source].sent.append({"packet": number, "at": sent.at, **_written(sent.packet)})
    return {step: {"given": one.given, "sent": list(one.sent)} for step, one in traffic.items()}


def recording(steps: Mapping[str, Any]) -> Recording:
    """A recording from its document. Raises KeyError, TypeError and ValueError for what is none."""
    return {step: _record(step, entry) for step, entry in steps.items()}


def differences(record: Recording, played: Played) -> Iterator[tuple[str, str]]:
    """The steps that were given other packets than when they were recorded, each with the first that differs."""
    for step, one in record.items():
        now = [view(each.packet) for each in played.deliveries if each.target == step]
        if len(now) != len(one.given):
            yield step, f"{len(now)} packets, and there were {len(one.given)}"
            continue
        pairs = enumerate(zip(now, one.given, strict=True), 1)
        number = next((number for number, (new, old) in pairs if new != old), 0)
        if number:
            yield step, f"packet {number} is another one"


def _last_before(given: list[Delivery], sent: Emission) -> int:
    """The number of the last packet that had come by then; 0 for none."""
    return sum(1 for one in given if one.at <= sent.at)


def _written(packet: Packet) -> dict[str, Json]:
    written: dict[str, Json] = {"id": packet.id, "metadata": dict(packet.metadata)}
    for name, value in (("payload", packet.payload), ("inputs", packet.inputs)):
        if value is not None:
            written[name] = dict(value)
    if packet.frame is not None:
        data = base64.b64encode(packet.frame.data).decode()
        written["frame"] = {"kind": packet.frame.kind, "base64": data, "mime": packet.frame.mime}
    return written


def _record(step: str, entry: Mapping[str, Any]) -> StepRecord:
    sent = [(int(one["packet"]), float(one["at"]), _packet(one)) for one in entry["sent"]]
    return StepRecord(
        tuple(entry["given"]),
        tuple(Answer(packets=frozenset({number}), recorded=packet) for number, _, packet in sent if number),
        tuple(Event(at, "send", step, packet) for number, at, packet in sent if not number),
    )


def _packet(one: Mapping[str, Any]) -> Packet:
    frame = one.get("frame")
    content = None
    if frame is not None:
        data = base64.b64decode(frame["base64"])
        content = Frame(frame["kind"], len(data), data, frame["mime"])
    return Packet(str(one["id"]), one.get("payload"), one.get("inputs"), dict(one["metadata"]), content)
