"""The answer of `story simulate` to a question of kind packets: where each packet of a realtime story went, and why.

Docs: `docs/packets.md`.
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.findings import Json
from validator.stories.hub.engrams import HubEngram
from validator.stories.hub.ledger import final
from validator.stories.hub.mocks import Answer
from validator.stories.hub.outcomes import Delivery, Outcome
from validator.stories.hub.packets import Frame, Kind, Packet
from validator.stories.hub.play import Ends, Event, connected, play
from validator.stories.hub.primitives import Ended
from validator.stories.hub.profile import PROFILES
from validator.stories.hub.run import Run
from validator.stories.simulation import MalformedError, Question

_ACTIONS = ("connect", "disconnect")
_KINDS: dict[str, Kind] = {"audio": "audio", "video": "video", "binary": "binary"}


def answer(question: Question) -> dict[str, Json]:
    """Play the events of a question. Raises MalformedError when it has not the shape of its kind."""
    run = _run(question)
    names = {step.name for step in run.steps if step.is_engram}
    events = [*connected(run, _texts(question, "absent")), *_events(question, names)]
    answers = {name: [_answer(one) for one in _objects(value)] for name, value in _object(question, "answers").items()}
    ends = {name: _end(value) for name, value in _object(question, "ends").items()}
    played = play(run, events, answers, Ends(ends))
    return {
        "final": {
            "packets": [_outcome(one) for one in final(played.outcomes).values()],
            "seconds": played.seconds,
            **({"problems": list(played.problems)} if played.problems else {}),
        },
        "deliveries": [_delivery(one) for one in played.deliveries],
    }


def _run(question: Question) -> Run:
    story = question.get("story")
    profile = question.get("profile", "implemented")
    if not isinstance(story, dict):
        raise MalformedError("`story` is an object: a Story's spec")
    if not isinstance(profile, str) or profile not in PROFILES:
        raise MalformedError(f"`profile` is one of {', '.join(PROFILES)}")
    engrams = {name: _engram(name, value) for name, value in _object(question, "engrams").items()}
    transports = {name: spec for name, spec in _object(question, "transports").items() if isinstance(spec, dict)}
    return Run(story, engrams, transports, _object(question, "inputs"), profile=PROFILES[profile])


def _engram(name: str, value: Json) -> HubEngram:
    fields = value if isinstance(value, dict) else {}
    return HubEngram(name, fields.get("mode") == "job", fields.get("inputSchema"), fields.get("outputSchema"))


def _events(question: Question, names: set[str]) -> Iterator[Event]:
    for number, entry in enumerate(_objects(question.get("events"))):
        step, at = entry.get("step"), _number(entry, "at")
        if not isinstance(step, str) or step not in names:
            raise MalformedError(f"`events[{number}].step` is no engram of the story: {step!r}")
        sent, action = entry.get("send"), next((one for one in _ACTIONS if entry.get(one) is True), None)
        if isinstance(sent, dict):
            yield Event(at, "send", step, _packet(sent, f"p{number + 1}"))
        elif action == "connect":
            yield Event(at, "connect", step)
        elif action == "disconnect":
            yield Event(at, "disconnect", step)
        else:
            raise MalformedError(f"`events[{number}]` has none of send, connect and disconnect")


def _packet(entry: dict[str, Json], name: str) -> Packet:
    payload, inputs = entry.get("payload"), entry.get("inputs")
    return Packet(
        str(entry.get("id") or name),
        payload if isinstance(payload, dict) else None,
        inputs if isinstance(inputs, dict) else None,
        {key: str(value) for key, value in _object(entry, "metadata").items()},
        _frame(entry),
    )


def _frame(entry: dict[str, Json]) -> Frame | None:
    frame = entry.get("frame")
    if frame is None:
        return None
    kind = _KINDS.get(str(frame.get("kind"))) if isinstance(frame, dict) else None
    if not isinstance(frame, dict) or kind is None:
        raise MalformedError("a `frame` has a `kind`, audio, video or binary, and a `size` in bytes")
    return Frame(kind, int(_number(frame, "size")))


def _answer(entry: dict[str, Json]) -> Answer:
    payload = entry.get("payload")
    metadata = {key: str(value) for key, value in _object(entry, "metadata").items()}
    return Answer(_number(entry, "after"), payload if isinstance(payload, dict) else None, metadata, _frame(entry))


def _end(value: Json) -> Ended:
    fields = value if isinstance(value, dict) else {}
    output = fields.get("output")
    problem = fields.get("problem")
    return Ended(
        _number(fields, "seconds"),
        problem if isinstance(problem, str) else "",
        output if isinstance(output, dict) else None,
    )


def _object(holder: dict[str, Json], key: str) -> dict[str, Json]:
    value = holder.get(key, {})
    if not isinstance(value, dict):
        raise MalformedError(f"`{key}` is an object")
    return value


def _objects(value: Json) -> list[dict[str, Json]]:
    listed = value if isinstance(value, list) else []
    return [entry for entry in listed if isinstance(entry, dict)]


def _texts(holder: dict[str, Json], key: str) -> list[str]:
    value = holder.get(key)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _number(holder: dict[str, Json], key: str) -> float:
    value = holder.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise MalformedError(f"`{key}` is a number of at least 0")
    return float(value)


def _outcome(one: Outcome) -> dict[str, Json]:
    entry: dict[str, Json] = {
        "packet": one.packet,
        "from": one.source,
        "to": one.target or None,
        "fate": one.status.value,
    }
    entry["at"] = one.at
    if one.cause is not None:
        entry |= {"cause": one.cause.text, "row": one.cause.row or None, "inferred": one.cause.is_inferred}
    if one.detail:
        entry["detail"] = one.detail
    return entry


def _delivery(one: Delivery) -> dict[str, Json]:
    packet = one.packet
    entry: dict[str, Json] = {"to": one.target, "packet": packet.id, "at": one.at}
    if packet.payload is not None:
        entry["payload"] = dict(packet.payload)
    if packet.inputs is not None:
        entry["inputs"] = dict(packet.inputs)
    if packet.frame is not None:
        entry["frame"] = {"kind": packet.frame.kind, "size": packet.frame.size}
    return entry
