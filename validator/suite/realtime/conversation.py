"""A case of a realtime story as people look at it: each packet on each of its ways, and the logs, on one time line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from validator.findings import Json
from validator.stories.hub.findings import RULES
from validator.stories.hub.ledger import final
from validator.stories.hub.outcomes import Delivery, HopStatus, Outcome
from validator.stories.hub.steps import HubStep
from validator.suite.realtime.judging import passes, view
from validator.suite.realtime.results import counted
from validator.suite.realtime.running import Ran

MOST_LOG_LINES = 5_000
"""Of one case."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A packet on one way, and what the receiver gets."""

    outcome: Outcome
    delivery: Delivery | None
    root: str
    """The packet that everything began with."""
    template: Mapping[str, Json] | None
    """What the hub has evaluated for the receiver: its `runtime`, else its `with`."""

    @property
    def rule(self) -> str:
        """The code of the rule for its cause; empty where there is none."""
        return RULES[self.outcome.cause].code if self.outcome.cause is not None else ""


@dataclass(frozen=True, slots=True)
class Way:
    """A hop in words, with nothing in it that is secret."""

    packet: str
    root: str
    source: str
    target: str
    """Empty for nobody."""
    status: HopStatus
    at: float
    """Seconds of virtual time."""
    rule: str = ""
    cause: str = ""
    detail: str = ""
    template: Json = None
    """What the hub has evaluated for the receiver."""
    delivered: Json = None
    """`payload`, `inputs`, `metadata` as they arrived; None where they did not."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that an engram has written."""

    step: str
    at: float
    """Seconds of real time since the run began; -1 where that is not known."""
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """All of a case that is shown."""

    story: str
    case: str
    passed: bool
    lanes: tuple[str, ...]
    """The engrams, in the order of the story."""
    rows: tuple[Way | LogLine, ...]
    """On one time line."""
    counts: str
    """How many ways ended how, in a line."""

    @property
    def ways(self) -> tuple[Way, ...]:
        """The rows that are packets."""
        return tuple(row for row in self.rows if isinstance(row, Way))


def hops(ran: Ran) -> tuple[Hop, ...]:
    """All ways of all packets that are kept, in the order in which they began."""
    parents = {one.packet.id: one.parent for one in ran.played.emissions if one.parent and one.parent != one.packet.id}
    steps = {step.name: step for step in ran.run.steps}
    delivered = {(one.packet.id, one.source, one.target): one for one in ran.played.deliveries}
    return tuple(
        Hop(outcome, delivered.get(way), _root(outcome.packet, parents), _template(steps.get(outcome.target)))
        for way, outcome in final(ran.played.outcomes).items()
    )


def conversation(
    story: str, ran: Ran, text: Callable[[str], str] = str, document: Callable[[Json], Json] = lambda value: value
) -> Conversation:
    """A case for people; `text` and `document` take secrets out of what engrams have written and sent."""
    ways = [(hop, _way(hop, text, document)) for hop in hops(ran)]
    written = [LogLine(one.step, one.at, text(one.text)) for one in logs(ran)]
    return Conversation(
        story,
        ran.case.name,
        passes(ran.findings),
        tuple(step.name for step in ran.run.steps if step.is_engram),
        tuple(_merged(ran, ways, written)),
        counted(ran),
    )


def _way(hop: Hop, text: Callable[[str], str], document: Callable[[Json], Json]) -> Way:
    outcome, delivery = hop.outcome, hop.delivery
    return Way(
        text(outcome.packet),
        text(hop.root),
        outcome.source,
        outcome.target,
        outcome.status,
        outcome.at,
        hop.rule,
        outcome.cause.text if outcome.cause is not None else "",
        text(outcome.detail),
        dict(hop.template) if hop.template is not None else None,
        document(view(delivery.packet)) if delivery is not None else None,
    )


def _merged(ran: Ran, ways: list[tuple[Hop, Way]], logs: list[LogLine]) -> Iterator[Way | LogLine]:
    """Packets in their order; each log line before the first packet that was sent later.

    Packets of mocks have no real time: they stand where they stand. Lines without a time come last.
    """
    clocks = {(one.packet.id, one.source): one.clock for one in ran.played.emissions if one.clock}
    waiting = sorted(logs, key=_when)
    next_line = 0
    for hop, way in ways:
        clock = clocks.get((hop.outcome.packet, hop.outcome.source), 0.0)
        while next_line < len(waiting) and _when(waiting[next_line]) < clock:
            yield waiting[next_line]
            next_line += 1
        yield way
    yield from waiting[next_line:]


def _when(line: LogLine) -> float:
    return line.at if line.at >= 0 else math.inf


def logs(ran: Ran) -> Iterator[LogLine]:
    """What engrams have written, the last lines of each; times count from the beginning of the run."""
    each = MOST_LOG_LINES // max(1, len(ran.pods))
    for step, runs in ran.pods.items():
        for began, run in zip(ran.opened.get(step, ()), runs, strict=False):
            for line in run.logs[-each:]:
                yield LogLine(step, began + line.at if line.at >= 0 else -1.0, line.text)


def _root(packet: str, parents: Mapping[str, str]) -> str:
    seen = {packet}
    while (parent := parents.get(packet)) is not None and parent not in seen:
        seen.add(parent)
        packet = parent
    return packet


def _template(step: HubStep | None) -> Mapping[str, Json] | None:
    return None if step is None else step.runtime if step.runtime is not None else step.with_
