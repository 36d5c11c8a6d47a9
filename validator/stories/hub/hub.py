"""The hub of one run: what happens when steps connect, send, acknowledge and go away (story-run.md, section B).

It has state and no clock: every event comes with its time, in seconds, and times never go back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from validator.stories.hub.chunks import Assembler, ChunkError
from validator.stories.hub.dependents import dependents
from validator.stories.hub.engrams import output_problem
from validator.stories.hub.evaluation import EvaluationError, Variables, holds, is_static
from validator.stories.hub.hooks import STEP_READY, STORY_READY, all_connected
from validator.stories.hub.joins import Branch, Joins
from validator.stories.hub.lifecycle import emit, never_sent
from validator.stories.hub.outcomes import Cause, Delivery, HopStatus, Outcome, Pause, Reaction
from validator.stories.hub.packets import Packet
from validator.stories.hub.places import Place
from validator.stories.hub.primitives import Outside
from validator.stories.hub.run import Run
from validator.stories.hub.steps import HubStep
from validator.stories.hub.streams import BufferEntry, Offer, Stream
from validator.stories.hub.walk import ClosedError, Walk, given_up
from validator.templates.errors import UnsupportedError


class Hub:
    """One run."""

    def __init__(self, run: Run, outside: Outside) -> None:
        self.run = run
        self._outside = outside
        self._steps: Mapping[str, HubStep] = {step.name: step for step in run.steps}
        self._ids: Mapping[str, HubStep] = {step.id: step for step in reversed(run.steps)}
        self._streams = {step.name: Stream(step.name) for step in run.steps if step.is_engram}
        self._assemblers = {step.name: Assembler(run.profile) for step in run.steps}
        self._joins = Joins(run.profile)
        self._busy: dict[str, float] = {}
        self._hooks: set[str] = set()
        self._hooks_ever: set[str] = set()
        self._had_streams = False
        self._flushed = 0.0
        self._deliveries: list[Delivery] = []
        self._pauses: list[Pause] = []

    # what the hub looks like

    @property
    def connected(self) -> frozenset[str]:
        """The steps whose connectors have a stream."""
        return frozenset(name for name, stream in self._streams.items() if stream.connected)

    @property
    def is_terminated(self) -> bool:
        """Whether the last stream has gone: the run fails then, whatever it has done (B11.1)."""
        streaming = any(step.is_engram and step.transport for step in self.run.steps)
        return streaming and self._had_streams and not self.connected

    def buffered(self, step: str) -> int:
        """How many packets wait for a step."""
        return len(self._streams[step].buffer)

    # events

    def connect(self, step: str, at: float) -> Reaction:
        """The connector of a step registers: it gets what waits for it, and the hooks are sent.

        A step that sends directly has its stream elsewhere, and never registers (B2.5).
        """
        if self._sends_directly(step):
            return Reaction()
        stream = self._streams[step]
        stream.connected = self._had_streams = True
        outcomes: list[Outcome] = []
        for entry in stream.replay():
            self._deliveries.append(Delivery(step, entry.packet, at, entry.source))
        outcomes += self._flush(stream, at)
        outcomes += self._hook(STEP_READY, f"{STEP_READY}:{step}", step, at)
        if all_connected(self.run.steps, self.connected):
            outcomes += self._hook(STORY_READY, STORY_READY, step, at)
        return self._reaction(outcomes)

    def disconnect(self, step: str, at: float) -> Reaction:
        """The stream of a step ends. Hooks are sent again after any stream has gone (B8.4)."""
        return self._reaction(self._end_stream(step, at))

    def send(self, step: str, packet: Packet, at: float) -> Reaction:
        """An engram has sent a packet; those of one step are processed one after another (B4.2)."""
        source = self._steps[step]
        if self._sends_directly(step):
            return self._reaction(self._relay(source, packet, at))
        if not self._streams[step].connected:
            return Reaction((Outcome(packet.id, step, "", HopStatus.DROPPED, at, Cause.NO_STREAM),))
        start = max(at, self._busy.get(step, 0.0))
        try:
            outcomes = [*self._expired_chunks(step, start)]
            whole = self._assemblers[step].add(packet, start)
        except ChunkError as error:
            return self._close(step, packet, ClosedError(Cause.CHUNK, "INTERNAL", str(error)), outcomes, start)
        if whole is None:
            return self._reaction(outcomes)
        return self._process(source, whole, outcomes, start)

    def acknowledge(self, step: str, at: float, sequence: int = 0, partition: str = "", more: int = 0) -> Reaction:
        """The connector of a step has handed packets to its engram: receipts, and credits for `more` (B9.4)."""
        stream = self._streams[step]
        stream.acknowledge(sequence, partition)
        if stream.credits is not None:
            stream.credits += more
        return self._reaction(())

    def advance(self, at: float) -> Reaction:
        """Time goes on: buffers are flushed once a minute, and what is too old is given up (B9.1)."""
        outcomes: list[Outcome] = []
        profile = self.run.profile
        flushes = at - self._flushed >= profile.buffer_flush_seconds
        for name, stream in self._streams.items():
            gone = stream.expire(at, self.run.terms[name], profile.buffer_idle_seconds)
            outcomes += [_of(entry, name, HopStatus.DROPPED, at, Cause.EVICTED) for entry in gone]
            outcomes += self._flush(stream, at) if flushes else []
        if flushes:
            self._flushed = at
        return self._reaction(outcomes)

    def finish(self, at: float) -> Reaction:
        """The end of a run: what was given up without anybody noticing, and hooks that never came.

        What is still in a buffer or in a join keeps the outcome that it has.
        """
        outcomes = [outcome for join in self._joins.expired(at) for outcome in given_up(join, at)]
        for name, assembler in self._assemblers.items():
            for assembly in assembler.pending:
                missing = f"part {', '.join(map(str, assembly.missing))} of {assembly.count} never came"
                outcomes += [
                    Outcome(one, name, "", HopStatus.DROPPED, at, Cause.CHUNK, missing) for one in assembly.packets
                ]
        outcomes += never_sent(self.run, self._hooks_ever, self.connected, at)
        return self._reaction(outcomes)

    # one packet

    def _process(self, source: HubStep, packet: Packet, outcomes: list[Outcome], at: float) -> Reaction:
        if self._ids.get(source.name) is None:
            detail = f"the id of {source.name} is {source.id}"
            return self._reaction([*outcomes, *self._for_all(source, packet, at, Cause.ID_IS_NOT_NAME, detail)])
        if packet.is_heartbeat:
            self._heartbeat(source, packet, at)
            return self._reaction(outcomes)
        engram = self.run.engrams.get(source.engram)
        problem = output_problem(engram, packet.outputs) if engram is not None else None
        if problem is not None:
            place = Place(source.name, (), "outputSchema", problem.schema_path)
            error = ClosedError(Cause.OUTPUT_SCHEMA, "INVALID_ARGUMENT", f"{source.name}{problem.text}", place)
            return self._close(source.name, packet, error, outcomes, at)
        if not packet.outputs and packet.frame is None:
            return self._reaction([*outcomes, *self._for_all(source, packet, at, Cause.EMPTY)])
        walk = Walk(self.run, self._joins, self._outside, self, at)
        walk.go(source, packet)
        self._busy[source.name] = walk.at
        outcomes += walk.outcomes
        if walk.closed is not None:
            return self._closed(source.name, walk.closed, outcomes, walk.at)
        return self._reaction(outcomes)

    def hand_over(
        self, step: HubStep, packet: Packet, source: str, companions: Sequence[Branch], at: float
    ) -> tuple[Outcome, ...]:
        """Send a packet to a step, or keep it for later (B6.11). Raises ClosedError when the buffer refuses it."""
        stream, terms = self._streams[step.name], self.run.terms[step.name]
        outcomes = self._flush(stream, at)
        before = stream.paused
        others = tuple((one.packet, one.source) for one in companions)
        offer, sent, lost = stream.offer(BufferEntry(packet, source, at, others), terms, keeps=step.keeps)
        outcomes += [
            _of(entry, step.name, HopStatus.DROPPED, at, Cause.BUFFER_FULL, "the oldest goes first") for entry in lost
        ]
        self._note_pause(stream, before, at)
        if offer is Offer.REFUSED:
            detail = f"{step.name}: {len(stream.buffer)} packets, {stream.bytes} bytes wait"
            raise ClosedError(Cause.BUFFER_FULL, "RESOURCE_EXHAUSTED", detail)
        entry = BufferEntry(sent, source, at, others)
        if packet.is_heartbeat:
            self._deliveries += [Delivery(step.name, sent, at, source)] if offer is Offer.SENT else []
            return ()
        if offer is Offer.SENT:
            self._deliveries.append(Delivery(step.name, sent, at, source))
            return (*outcomes, *_of_all(entry, step.name, HopStatus.DELIVERED, at))
        detail = "no credits, or paused" if stream.connected else "no stream yet"
        return (*outcomes, *_of_all(entry, step.name, HopStatus.BUFFERED, at, detail))

    def _relay(self, source: HubStep, packet: Packet, at: float) -> list[Outcome]:
        """Straight to the connector of the next step: no template, no schema (B2.4)."""
        peer = self._steps[self.run.topology.routes[source.name].peer or ""]
        if not peer.is_engram:
            detail = f"{peer.name} is a {peer.type}"
            return [
                Outcome(packet.id, source.name, peer.name, HopStatus.DROPPED, at, Cause.PEER_WITHOUT_ADDRESS, detail)
            ]
        self._deliveries.append(Delivery(peer.name, packet, at, source.name))
        return [Outcome(packet.id, source.name, peer.name, HopStatus.DELIVERED, at, Cause.PEER_TO_PEER)]

    def _heartbeat(self, source: HubStep, packet: Packet, at: float) -> None:
        """Heartbeats go to every dependent engram whose `if` does not forbid it once and for all (B4.5)."""
        for dependent in dependents(self.run.steps, source):
            step = dependent.step
            if dependent.obstacle is not None or not step.is_engram:
                continue
            try:
                if is_static(step.condition) and not holds(step.condition, Variables(self.run.inputs)):
                    continue
                self.hand_over(step, packet.forwarded(step.id, self.run.name, self.run.namespace), source.name, (), at)
            except (EvaluationError, UnsupportedError):
                return
            except ClosedError:
                continue

    # streams

    def _flush(self, stream: Stream, at: float) -> list[Outcome]:
        before, outcomes = stream.paused, []
        for entry in stream.flush(self.run.terms[stream.step]):
            self._deliveries.append(Delivery(stream.step, entry.packet, at, entry.source))
            if not entry.packet.is_heartbeat:
                outcomes += _of_all(entry, stream.step, HopStatus.DELIVERED, at)
        self._note_pause(stream, before, at)
        return outcomes

    def _note_pause(self, stream: Stream, before: bool, at: float) -> None:
        if stream.paused != before and stream.connected:
            self._pauses.append(Pause(stream.step, stream.paused, at))

    def _expired_chunks(self, step: str, at: float) -> Iterable[Outcome]:
        for assembly in self._assemblers[step].expired(at):
            missing = f"part {', '.join(map(str, assembly.missing))} of {assembly.count} never came"
            for packet in assembly.packets:
                yield Outcome(packet, step, "", HopStatus.DROPPED, at, Cause.CHUNK, missing)

    def _hook(self, event: str, key: str, origin: str, at: float) -> list[Outcome]:
        if key in self._hooks:
            return []
        outcomes, sent = emit(self.run, event, origin, self, at)
        if sent:
            self._hooks.add(key)
        self._hooks_ever.add(event)
        return outcomes

    def _sends_directly(self, step: str) -> bool:
        return self.run.topology.routes[step].peer is not None

    # ends

    def _for_all(self, source: HubStep, packet: Packet, at: float, cause: Cause, detail: str = "") -> list[Outcome]:
        """One outcome for each receiver; one for nobody where there is none."""
        reached = [one.step.name for one in dependents(self.run.steps, source) if one.step.is_engram]
        targets = [name for name in reached if name != source.name] or [""]
        return [Outcome(packet.id, source.name, target, HopStatus.DROPPED, at, cause, detail) for target in targets]

    def _close(self, step: str, packet: Packet, error: ClosedError, outcomes: list[Outcome], at: float) -> Reaction:
        lost = self._for_all(self._steps[step], packet, at, error.cause, error.detail)
        return self._closed(
            step,
            error,
            [*outcomes, *(replace(one, status=HopStatus.STREAM_CLOSED, place=error.place) for one in lost)],
            at,
        )

    def _closed(self, step: str, error: ClosedError, outcomes: list[Outcome], at: float) -> Reaction:
        return self._reaction([*outcomes, *self._end_stream(step, at)], step, error.status)

    def _end_stream(self, step: str, at: float) -> list[Outcome]:
        stream = self._streams[step]
        stream.connected = False
        outcomes: list[Outcome] = []
        if self.run.profile.hooks_again_after_disconnect:
            self._hooks.clear()
        if not (self.run.profile.replay_survives_disconnect or self.run.terms[step].durable):
            outcomes = [
                _of(entry, step, HopStatus.DELIVERED, at, Cause.NO_RECEIPT) for entry in stream.unacked.values()
            ]
            stream.unacked.clear()
        return outcomes

    def _reaction(self, outcomes: Iterable[Outcome], closed: str = "", status: str = "") -> Reaction:
        reaction = Reaction(tuple(outcomes), tuple(self._deliveries), tuple(self._pauses), closed, status)
        self._deliveries, self._pauses = [], []
        return reaction


def _of(
    entry: BufferEntry, target: str, status: HopStatus, at: float, cause: Cause | None = None, detail: str = ""
) -> Outcome:
    return Outcome(entry.packet.id, entry.source, target, status, at, cause, detail)


def _of_all(entry: BufferEntry, target: str, status: HopStatus, at: float, detail: str = "") -> list[Outcome]:
    """For a packet, and for those that it was joined with."""
    ways = ((entry.packet.id, entry.source), *entry.companions)
    return [
        Outcome(packet, source, target, status, at, None, detail or (f"joined with {entry.packet.id}" if index else ""))
        for index, (packet, source) in enumerate(ways)
    ]
