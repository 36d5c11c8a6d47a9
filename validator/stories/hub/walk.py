"""One packet on its way over the steps that depend on its source (story-run.md, B5 and B6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from validator.findings import Json
from validator.stories.hub.dependents import Dependent, Obstacle, dependents
from validator.stories.hub.engrams import HubEngram, completed_inputs
from validator.stories.hub.evaluation import BlockedError, EvaluationError, Variables, holds, runtime, static
from validator.stories.hub.joins import Branch, Join, Joins
from validator.stories.hub.outcomes import Cause, HopStatus, Outcome
from validator.stories.hub.packets import Packet
from validator.stories.hub.places import Place
from validator.stories.hub.primitives import Outside, PrimitiveError, StopError, execute
from validator.stories.hub.run import Run
from validator.stories.hub.steps import HubStep
from validator.templates.errors import UnsupportedError

_OBSTACLES = {Obstacle.LISTED_EARLIER: Cause.LISTED_EARLIER, Obstacle.OTHER_TRANSPORT: Cause.OTHER_TRANSPORT}


class ClosedError(Exception):
    """The hub closes the stream of the sender."""

    def __init__(self, cause: Cause, status: str, detail: str, place: Place | None = None) -> None:
        super().__init__(detail)
        self.cause = cause
        self.status = status
        self.detail = detail
        self.place = place


class _SkippedError(Exception):
    """This receiver does not get the packet; the walk goes on."""

    def __init__(self, status: HopStatus, cause: Cause | None, detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.cause = cause
        self.detail = detail


class Sender(Protocol):
    """Hands a packet to the stream of a step."""

    def hand_over(
        self, step: HubStep, packet: Packet, source: str, companions: Sequence[Branch], at: float
    ) -> tuple[Outcome, ...]:
        """What became of it. Raises ClosedError when the buffer refuses it."""
        ...


@dataclass(slots=True)
class _State:
    """What primitives on the way have changed."""

    payload: Mapping[str, Json]
    steps: Mapping[str, Mapping[str, Json]]


class Walk:
    """The walk of one packet. `at` is the time at its end."""

    def __init__(self, run: Run, joins: Joins, outside: Outside, sender: Sender, at: float) -> None:
        self.at = at
        self.outcomes: list[Outcome] = []
        self.closed: ClosedError | None = None
        self._run = run
        self._joins = joins
        self._outside = outside
        self._sender = sender
        self._receivers = 0
        self._primitive = False
        self._snapshot: _State | None = None

    def go(self, source: HubStep, packet: Packet) -> None:
        """Hand the packet to each dependent. A job's output begins a walk of its own from that job (B7)."""
        self._source, self._packet = source, packet
        outputs = packet.outputs
        self._state = _State(packet.payload or {}, {source.id: outputs} if outputs else {})
        self._is_media = packet.frame is not None and not outputs
        waiting = list(dependents(self._run.steps, source))
        while waiting and self.closed is None:
            dependent = waiting.pop(0)
            if dependent.obstacle is not None:
                self._pass_over(dependent, dependent.obstacle)
                continue
            try:
                self._visit(dependent.step)
            except BlockedError as error:
                place = Place(dependent.step.name, error.path)
                self._end(HopStatus.BLOCKED, Cause.MISSING_STEP, str(error), dependent, waiting, place)
            except StopError as stop:
                self._end(HopStatus.DROPPED, Cause.STOP, str(stop), None, waiting, Place(stop.step))
            except UnsupportedError as error:
                self._end(HopStatus.UNKNOWN, None, error.reason, dependent, waiting)
            except ClosedError as error:
                self.closed = error
                self._end(HopStatus.STREAM_CLOSED, error.cause, error.detail, dependent, waiting, error.place)

    def _pass_over(self, dependent: Dependent, obstacle: Obstacle) -> None:
        if dependent.step.is_engram and self._source.name in dependent.step.needs:
            self._tell(dependent.step, HopStatus.DROPPED, _OBSTACLES[obstacle], obstacle.value)

    def _visit(self, step: HubStep) -> None:
        try:
            if step.is_engram:
                self._engram(step)
            else:
                self._execute(step)
                self._unreachable(step)
        except _SkippedError as skipped:
            if step.is_engram:
                self._tell(step, skipped.status, skipped.cause, skipped.detail)
        except EvaluationError as error:
            place = Place(step.name, error.path)
            raise ClosedError(Cause.EVALUATION, "INTERNAL", f"{step.name}: {error}", place) from error
        except PrimitiveError as error:
            place = Place(step.name, ("with",))
            raise ClosedError(Cause.PRIMITIVE_FAILED, "INTERNAL", f"{step.name}: {error}", place) from error

    def _end(
        self,
        status: HopStatus,
        cause: Cause | None,
        detail: str,
        here: Dependent | None,
        rest: list[Dependent],
        place: Place | None = None,
    ) -> None:
        """Nobody else gets the packet."""
        closed = status is HopStatus.STREAM_CLOSED
        if here is not None and (here.step.is_engram or closed):
            self._tell(here.step, status, cause, detail, place)
        for one in rest:
            if one.obstacle is not None:
                self._pass_over(one, one.obstacle)
            elif one.step.is_engram:
                self._tell(one.step, status, cause, detail, place)
        rest.clear()

    def _tell(
        self, step: HubStep, status: HopStatus, cause: Cause | None = None, detail: str = "", place: Place | None = None
    ) -> None:
        way = self._packet.id, self._source.name, step.name
        self.outcomes.append(Outcome(*way, status, self.at, cause, detail, place))

    # primitives

    def _execute(self, step: HubStep) -> None:
        state = self._snapshot or self._state
        variables = self._variables(state.payload, state.steps)
        if not holds(step.condition, variables):
            raise _SkippedError(HopStatus.FILTERED, Cause.CONDITION)
        try:
            self.at += execute(step, variables, self._outside)
        except BlockedError as error:
            raise EvaluationError(str(error), error.path) from error  # only conditions and inputs give a packet up
        if step.type != "parallel":
            self._primitive = True
        if self._snapshot is None:
            recorded = {step.id: state.payload} if state.payload else {}
            self._state = _State(state.payload, {**state.steps, **recorded})
            if step.type == "parallel":
                self._snapshot = self._state

    def _unreachable(self, primitive: HubStep) -> None:
        """The steps behind a primitive that need nothing else: it sends nothing on (B5.3)."""
        types = {step.name: step.type for step in self._run.steps}
        for step in self._run.steps:
            if step.is_engram and primitive.name in step.needs and all(types.get(need) for need in step.needs):
                self._tell(step, HopStatus.DROPPED, Cause.NEEDS_PRIMITIVE, primitive.name)

    # engrams

    def _engram(self, step: HubStep) -> None:
        state = self._snapshot or self._state
        variables = self._variables(state.payload, state.steps)
        if not holds(step.condition, variables):
            raise _SkippedError(HopStatus.FILTERED, Cause.CONDITION, step.condition)
        companions: tuple[Branch, ...] = ()
        joins = len(step.needs) > 1
        if joins and self._packet.join_id:
            join = self._join(step, state)
            companions = tuple(one for name, one in join.branches.items() if name != self._source.name)
            variables = self._variables(state.payload, {name: one.outputs for name, one in join.branches.items()})
        refusal = self._run.routing[self._source.name].refusal(step.id, variables)
        if refusal is not None:
            raise _SkippedError(HopStatus.DROPPED, Cause.ROUTING_RULE, refusal)
        packet = self._prepared(step, variables)
        if packet is not None:
            outcomes = self._sender.hand_over(step, packet, self._source.name, companions, self.at)
            self.outcomes += _marked(outcomes, Cause.NO_JOIN_KEY if joins and not self._packet.join_id else None)
        self._receivers += 1

    def _join(self, step: HubStep, state: _State) -> Join:
        outputs = state.steps.get(self._source.id) or {**(self._packet.inputs or {}), **state.payload}
        branch = Branch(self._packet.id, self._source.name, outputs)
        fan_in = self._run.fan_in[step.name]
        record = self._joins.record(step.name, self._packet.join_id, branch, step.needs, fan_in, self.at)
        for join in record.evicted:
            self.outcomes += given_up(join, self.at)
        if record.replaced is not None and record.replaced.packet != self._packet.id:
            detail = f"a later packet of {self._source.name} took its place"
            lost = record.replaced
            self.outcomes.append(
                Outcome(lost.packet, lost.source, step.name, HopStatus.DROPPED, self.at, Cause.JOIN_INCOMPLETE, detail)
            )
        if record.complete is None:
            missing = record.pending.missing if record.pending is not None else ()
            raise _SkippedError(HopStatus.JOINING, None, f"waits for {', '.join(missing)}")
        return record.complete

    def _prepared(self, step: HubStep, variables: Variables) -> Packet | None:
        """The packet for a step; None where a job has taken it."""
        run, bare = self._run, step.runtime is None and step.with_ is None
        most = run.routing[self._source.name].most
        inputs: Mapping[str, Json] | None = None
        hot = bool(self._source.transport) and bare and not self._primitive
        if step.runtime is not None:
            inputs = runtime(step.runtime, variables)
        elif step.with_ is not None:
            inputs = static(step.with_, run.inputs)
        if most and self._receivers >= most:
            raise _SkippedError(HopStatus.DROPPED, Cause.MAX_DOWNSTREAMS, f"no more than {most}")
        if hot:
            return self._packet.forwarded(step.id, run.name, run.namespace)
        engram = run.engrams.get(step.engram)
        if engram is None:
            raise ClosedError(Cause.ENGRAM_UNKNOWN, "NOT_FOUND", step.engram)
        if not self._is_media:
            inputs, problem = completed_inputs(engram, inputs)
            if problem is not None:
                block = "runtime" if step.runtime is not None else "with"
                place = Place(step.name, (block, *problem.instance_path), "inputSchema", problem.schema_path)
                detail = f"{step.name}{problem.text}"
                raise ClosedError(Cause.INPUT_SCHEMA, "INVALID_ARGUMENT", detail, place)
        if engram.is_job:
            self._job(step, engram, inputs)
            return None
        payload = variables.payload if variables.payload or self._packet.payload is not None else None
        return self._packet.forwarded(step.id, run.name, run.namespace, payload=payload, inputs=inputs)

    def _job(self, step: HubStep, engram: HubEngram, inputs: Mapping[str, Json] | None) -> None:
        ended = self._outside.run_job(step.name, engram.name, inputs)
        self.at += ended.seconds
        if ended.problem:
            raise ClosedError(Cause.STEP_FAILED, "INTERNAL", f"{step.name}: {ended.problem}")
        self._tell(step, HopStatus.DELIVERED)
        if ended.output:
            inner = Walk(self._run, self._joins, self._outside, self._sender, self.at)
            inner.go(step, Packet(self._packet.id, ended.output))
            self.at, self.outcomes = inner.at, self.outcomes + inner.outcomes
            if inner.closed is not None:
                raise inner.closed

    def _variables(self, payload: Mapping[str, Json], steps: Mapping[str, Mapping[str, Json]]) -> Variables:
        return Variables(self._run.inputs, payload, self._packet.metadata, steps)


def given_up(join: Join, at: float) -> list[Outcome]:
    """The packets of a join that never came about."""
    missing = f"{', '.join(join.missing)} did not come within {at - join.since:g} s"
    return [
        Outcome(one.packet, one.source, join.step, HopStatus.DROPPED, at, Cause.JOIN_INCOMPLETE, missing)
        for one in join.branches.values()
    ]


def _marked(outcomes: Sequence[Outcome], cause: Cause | None) -> list[Outcome]:
    """Outcomes with what is strange about a delivery."""
    return [replace(one, cause=one.cause or cause) for one in outcomes]
