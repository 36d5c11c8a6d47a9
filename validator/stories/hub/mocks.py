"""What stands for an engram that does not run: which of its answers a packet is given, and what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from validator.findings import Json
from validator.stories.hub.evaluation import EvaluationError, resolved
from validator.stories.hub.packets import Frame, Packet
from validator.templates.errors import TemplateError
from validator.templates.evaluation import evaluate_condition
from validator.templates.values import Value


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mock sends for a packet that it gets."""

    after: float = 0.0
    payload: Mapping[str, Json] | None = None
    """May have templates: `packet` is the payload that has come, `inputs` what the hub has made of it."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Added to that of the packet."""
    frame: Frame | None = None
    condition: str = ""
    """An `if` over `packet` and `inputs`; empty for every packet."""
    packets: frozenset[int] = frozenset()
    """Which packets of the step it is for, counted from 1; empty for all."""
    recorded: Packet | None = None
    """What an engram has sent once, as it was: in place of payload, metadata and frame."""


class Mock:
    """The answers of one step."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._always = [one for one in answers if not one.packets]
        self._by_number: dict[int, list[Answer]] = defaultdict(list)
        for one in answers:
            for number in one.packets:
                self._by_number[number].append(one)
        self._seen = 0

    def answers(self, packet: Packet) -> list[Answer]:
        """The answers to the next packet. Raises EvaluationError for an `if` that cannot be evaluated."""
        self._seen += 1
        every = (*self._always, *self._by_number.pop(self._seen, ()))
        return [one for one in every if not one.condition or _holds(one.condition, packet)]


def sent(answers: Sequence[Answer], packet: Packet) -> Iterator[tuple[Answer, Packet | EvaluationError]]:
    """What each answer to a packet puts out, or why it cannot be evaluated."""
    for number, answer in enumerate(answers):
        name = packet.id if len(answers) == 1 else f"{packet.id}.{number + 1}"
        if answer.recorded is not None:
            yield answer, answer.recorded
            continue
        try:
            payload = None if answer.payload is None else resolved(answer.payload, _context(packet))
        except EvaluationError as error:
            yield answer, error
            continue
        yield answer, Packet(name, payload, None, {**packet.metadata, **answer.metadata}, answer.frame)


def _context(packet: Packet) -> dict[str, Value]:
    given: dict[str, Json] = {**(packet.payload or {}), "metadata": dict(packet.metadata)}
    return {"packet": given, "inputs": dict(packet.inputs or {}), "steps": {}}


def _holds(condition: str, packet: Packet) -> bool:
    try:
        return evaluate_condition(condition, _context(packet))
    except TemplateError as error:
        raise EvaluationError(error.message, ("if",)) from error
