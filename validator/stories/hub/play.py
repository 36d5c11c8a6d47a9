"""A whole conversation in virtual time: packets that are sent, steps that answer, connectors that come back.

The engrams are mocks that answer each packet by a script; what really runs takes their place elsewhere.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from validator.findings import Json
from validator.stories.hub.accounts import EVERYTHING, Account, Book, Keep
from validator.stories.hub.connectors import Outbox
from validator.stories.hub.evaluation import EvaluationError
from validator.stories.hub.faults import Fault, Faults
from validator.stories.hub.hub import Hub
from validator.stories.hub.live import Live, LiveEvent, Nobody
from validator.stories.hub.mocks import Answer, Mock, sent
from validator.stories.hub.outcomes import Cause, Delivery, Emission, HopStatus, Outcome, Reaction
from validator.stories.hub.packets import Packet
from validator.stories.hub.primitives import Ended, Outside
from validator.stories.hub.run import Run

RECONNECT_SECONDS = 1.0
RECONNECT_MOST = 30.0
MOST_EVENTS = 100_000
MOST_FOR_EACH = 100
"""Answers that answer each other would go on forever: so many events, and more for each packet of the script."""
MOST_OPEN = 1_000
"""Packets that engrams are not done with; above it the script waits for them, as a connector would."""

Action = Literal["connect", "disconnect", "send", "give", "deliver", "acknowledge", "kill", "restart"]
"""`give` hands a packet to an engram from outside the story; `deliver` is a delivery of the hub whose time has come."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a step."""

    at: float
    """Seconds of virtual time."""
    action: Action
    step: str
    packet: Packet | None = None
    sequence: int = 0
    partition: str = ""
    source: str = ""
    """Of a delivery its sender, of an answer the id of the packet that it answers."""
    times: int = 1
    """How often it happens; each packet then has a number behind its id."""
    number: int = 0
    """Which of these times it is, from 1; 0 where there is one alone."""


@dataclass(frozen=True, slots=True)
class Played:
    """All that has happened."""

    account: Account
    problems: tuple[str, ...] = ()
    """What was wrong with the script itself."""
    seconds: float = 0.0

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of packets, as far as it is kept: the last outcome of each way."""
        return self.account.outcomes

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What reached connectors, as far as it is kept."""
        return self.account.deliveries

    @property
    def emissions(self) -> tuple[Emission, ...]:
        """What steps have put out, as far as it is kept."""
        return self.account.emissions


@dataclass(frozen=True, slots=True)
class Ends:
    """Child stories and jobs that end as a script says; a step without one succeeds at once, with nothing."""

    by_step: Mapping[str, Ended] = field(default_factory=dict)

    def execute_story(self, step: str, story: str, inputs: Mapping[str, Json]) -> Ended:
        """Start a StoryRun."""
        return self.by_step.get(step, Ended())

    def run_job(self, step: str, engram: str, inputs: Mapping[str, Json] | None) -> Ended:
        """Create a StepRun, and wait for its end."""
        return self.by_step.get(step, Ended())


def play(
    run: Run,
    events: Iterable[Event],
    answers: Mapping[str, Sequence[Answer]],
    outside: Outside,
    *,
    live: Live | None = None,
    faults: Iterable[Fault] = (),
    keep: Keep = EVERYTHING,
    mark: Callable[[Packet], Packet] = lambda packet: packet,
) -> Played:
    """Play events in the order of their times; of equal times the earlier in the list comes first.

    Virtual time goes on whenever all engrams that really run are at rest. `mark` is what is done to each packet of the
    script before it is sent.
    """
    player = _Player(run, answers, outside, live or Nobody(), Faults(faults), Book(keep), mark)
    return player.play(events)


class _Player:
    def __init__(
        self,
        run: Run,
        answers: Mapping[str, Sequence[Answer]],
        outside: Outside,
        live: Live,
        faults: Faults,
        book: Book,
        mark: Callable[[Packet], Packet],
    ) -> None:
        self._run = run
        self._hub = Hub(run, outside)
        self._boxes = {step.name: Outbox(run.profile) for step in run.steps}
        self._mocks = {step: Mock(each) for step, each in answers.items()}
        self._live = live
        self._faults = faults
        self._open: dict[str, dict[str, Delivery]] = {step: {} for step in live.steps}
        """What engrams that really run have been given and are not done with."""
        self._gone: dict[str, str] = {}
        """How engrams ended, by step."""
        self._queue: list[tuple[float, int, Event]] = []
        self._order = itertools.count()
        self._waits: dict[str, float] = {}
        self._book = book
        self._mark = mark
        self._problems: dict[str, None] = {}

    def play(self, events: Iterable[Event]) -> Played:
        most = MOST_EVENTS
        for event in events:
            self._schedule(event)
            most += MOST_FOR_EACH * event.times
        at, count = 0.0, 0
        while count < most:
            if not self._is_due(at) or self._is_full:
                # Time goes on only when nothing happens any more.
                live_event = self._live.happened()
                if live_event is not None:
                    self._take(self._reaction_to(live_event, at), at)
                    continue
                if not self._queue:
                    if not self._released(at):
                        break
                    continue
            at = self._next()
            count += 1
        if self._queue:
            self._problems[f"stopped after {most} events"] = None
        self._take(Reaction(tuple(self._never_done(at))), at)
        self._take(self._hub.finish(at), at)
        return Played(self._book.account(), tuple(self._problems), at)

    def _next(self) -> float:
        """Let the next event happen; its time."""
        at, order, event = heapq.heappop(self._queue)
        if event.times > 1:
            event = self._first(event, order)
        self._take(self._hub.advance(at), at)
        self._take(self._happen(event), at)
        return at

    def _released(self, at: float) -> bool:
        """Deliver what faults have held back to the end; whether there was anything."""
        delayed = self._faults.rest()
        for delivery in delayed:
            self._deliver(delivery, at)
        return bool(delayed)

    def _is_due(self, at: float) -> bool:
        return bool(self._queue) and self._queue[0][0] <= at

    @property
    def _is_full(self) -> bool:
        return sum(map(len, self._open.values())) >= MOST_OPEN

    def _schedule(self, event: Event) -> None:
        heapq.heappush(self._queue, (event.at, next(self._order), event))

    def _first(self, event: Event, order: int) -> Event:
        """The first of several times; the others keep their place in the queue, so that only one is there at a time.

        Where much is due already, that goes first: else all answers would wait for the last packet.
        """
        number = event.number or 1
        order = order if len(self._queue) < MOST_OPEN else next(self._order)
        heapq.heappush(self._queue, (event.at, order, replace(event, times=event.times - 1, number=number + 1)))
        return replace(event, times=1, number=number)

    def _happen(self, event: Event) -> Reaction:
        match event.action:
            case "connect":
                reaction = self._hub.connect(event.step, event.at)
                for packet in self._boxes[event.step].drain() if event.step in self._hub.connected else ():
                    reaction += self._hub.send(event.step, packet, event.at)
                return reaction
            case "disconnect":
                return self._hub.disconnect(event.step, event.at)
            case "acknowledge":
                return self._hub.acknowledge(event.step, event.at, event.sequence, event.partition, more=1)
            case "kill":
                self._live.kill(event.step)
                return Reaction()
            case "restart":
                self._gone.pop(event.step, None)
                self._live.restart(event.step)
                return Reaction()
            case "send":
                packet = self._mark(_numbered(event))
                self._book.emission(Emission(event.step, packet, event.at, event.source))
                return self._send(event.step, packet, event.at)
            case "give" | "deliver":
                self._hand_on(Delivery(event.step, self._mark(_numbered(event)), event.at, event.source))
                return Reaction()

    def _send(self, step: str, packet: Packet, at: float) -> Reaction:
        """By way of the connector, which keeps packets while it has no stream, and drops them while it is paused."""
        box = self._boxes[step]
        dropped = box.add(packet)
        reaction = Reaction(tuple(Outcome(one.id, step, "", HopStatus.DROPPED, at, Cause.CONNECTOR) for one in dropped))
        route = self._run.topology.routes[step]
        for one in box.drain() if step in self._hub.connected or route.peer is not None else ():
            reaction += self._hub.send(step, one, at)
        return reaction

    def _take(self, reaction: Reaction, at: float) -> None:
        self._book.outcomes(reaction.outcomes)
        for pause in reaction.pauses:
            self._boxes[pause.step].open = not pause.paused
        for delivery in reaction.deliveries:
            passage = self._faults.passage(delivery)
            if passage.dropped:
                self._lost(delivery, Cause.FAULT, delivery.at)
            for one in passage.deliveries:
                self._deliver(one, at)
            if passage.closes:
                self._book.outcomes(self._hub.disconnect(delivery.source, at).outcomes)
                self._schedule(Event(at + RECONNECT_SECONDS, "connect", delivery.source))
        if reaction.closed:
            wait = self._waits.get(reaction.closed, RECONNECT_SECONDS)
            self._waits[reaction.closed] = min(RECONNECT_MOST, wait * 2)
            self._schedule(Event(at + wait, "connect", reaction.closed))

    def _deliver(self, delivery: Delivery, at: float) -> None:
        if delivery.at > at and delivery.target in self._open:
            later = Event(delivery.at, "deliver", delivery.target, delivery.packet, source=delivery.source)
            self._schedule(later)
        else:
            self._hand_on(delivery)

    def _lost(self, delivery: Delivery, cause: Cause, at: float, detail: str = "") -> None:
        way = delivery.packet.id, delivery.source, delivery.target
        self._book.outcomes((Outcome(*way, HopStatus.DROPPED, at, cause, detail),))

    # engrams that really run

    def _hand_on(self, delivery: Delivery) -> None:
        """To the engram; a mock sends its answers. A packet without a number has its receipt at once (B3.5)."""
        step = delivery.target
        self._book.delivery(delivery)
        if step not in self._open:
            self._answer(delivery)
        elif step in self._gone:
            self._lost(delivery, Cause.ENGRAM_ENDED, delivery.at, self._gone[step])
        else:
            self._open[step][delivery.packet.id] = delivery
            self._live.deliver(step, delivery.packet)
            if not delivery.packet.sequence:
                self._take(self._hub.acknowledge(step, delivery.at, more=1), delivery.at)

    def _reaction_to(self, event: LiveEvent, at: float) -> Reaction:
        step, packet = event.step, event.packet
        match event.action:
            case "sent":
                assert packet is not None
                self._book.emission(Emission(step, packet, at, event.parent, event.clock))
                return self._send(step, packet, at)
            case "done":
                finished = self._open[step].pop(event.parent, None)
                envelope = finished.packet.envelope if finished is not None else None
                if envelope is None or not envelope.sequence:
                    return Reaction()
                return self._hub.acknowledge(step, at, envelope.sequence, envelope.partition, more=1)
            case "gone":
                self._gone[step] = event.detail
                for delivery in self._open[step].values():
                    self._lost(delivery, Cause.ENGRAM_ENDED, at, event.detail)
                self._open[step].clear()
                return Reaction()

    def _never_done(self, at: float) -> Iterable[Outcome]:
        for step, deliveries in self._open.items():
            for one in deliveries.values():
                yield Outcome(one.packet.id, one.source, step, HopStatus.DROPPED, at, Cause.NOT_DONE)

    # mocks

    def _answer(self, delivery: Delivery) -> None:
        """The mock sends its answers. A packet with a number has its receipt after them, any other at once (B3.5)."""
        packet, step = delivery.packet, delivery.target
        try:
            answers = self._mocks[step].answers(packet) if step in self._mocks else []
        except EvaluationError as error:
            self._problems[f"the `if` of an answer of {step}: {error}"] = None
            answers = []
        for answer, one in sent(answers, packet):
            if isinstance(one, EvaluationError):
                self._problems[f"the answer of {step}: {one}"] = None
            else:
                self._schedule(Event(delivery.at + answer.after, "send", step, one, source=packet.id))
        envelope = packet.envelope
        after = max((answer.after for answer in answers), default=0.0) if packet.sequence else 0.0
        numbers = (envelope.sequence, envelope.partition) if envelope is not None else (0, "")
        self._schedule(Event(delivery.at + after, "acknowledge", step, None, *numbers))


def _numbered(event: Event) -> Packet:
    """The packet of an event; of several each has a number behind its id."""
    assert event.packet is not None
    if not event.number:
        return event.packet
    return replace(event.packet, id=f"{event.packet.id}.{event.number}")


def connected(run: Run, absent: Iterable[str] = ()) -> tuple[Event, ...]:
    """Every engram connects at the start, in the order of the story, but for some."""
    away = set(absent)
    return tuple(Event(0.0, "connect", step.name) for step in run.steps if step.is_engram and step.name not in away)
