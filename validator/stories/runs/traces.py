"""What became of a run: each step with its attempts, times and evidence, and why it never ends where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from validator.findings import Json, Location, Path
from validator.stories.engine.definition import COMPENSATIONS, FINALLY, MAIN, Step
from validator.stories.engine.execution import Execution
from validator.stories.engine.phases import FAILED, SKIPPED, SUCCEEDED, TIMEOUT
from validator.stories.engine.stalled import Cause, causes
from validator.stories.engine.state import StepRun, StepState
from validator.stories.runs.failures import Failure, failure_of, place
from validator.stories.runs.performers import Evidence, Started
from validator.stories.runs.stage import Begun, Stage


@dataclass(frozen=True, slots=True)
class StepTrace:
    """What became of one step."""

    name: str
    kind: str
    """The engram, or the primitive's type."""
    section: str
    """`steps`, `compensations`, `finally` or `branch`."""
    location: Location
    phase: str = ""
    """Empty when it was never reached."""
    message: str = ""
    started: int | None = None
    """Nanoseconds of virtual time since the run began."""
    finished: int | None = None
    attempts: tuple[Begun, ...] = ()
    given: Json = None
    """Its input, resolved; None when it was not."""
    raw: Json = None
    """The same as written, with the engram's own below."""
    output: Json = None
    key: str = ""
    """The idempotency key."""
    child: StoryTrace | None = None
    allowed: bool = False
    """Whether the story goes on when it fails."""
    failure: Failure | None = None
    """Why it failed; None when it did not."""
    after: tuple[str, ...] = ()
    """The steps that it waits for."""

    @property
    def evidence(self) -> Evidence | None:
        """What its result rests on: the last attempt and the weakest step of the stories that it executed."""
        if self.child is not None:
            return self.child.evidence
        ended = self.attempts[-1].ended if self.attempts else None
        if ended is None:
            return None
        below = (one.trace.evidence for one in ended.stories if one.trace is not None)
        known = [ended.evidence, *(one for one in below if one is not None)]
        return min(known, key=lambda one: one.strength)

    @property
    def stories(self) -> tuple[tuple[int, Started], ...]:
        """The stories that its engram started, with the times at which they began."""
        ended = ((one.started, one.ended) for one in self.attempts if one.ended is not None)
        return tuple((began + story.began, story) for began, end in ended for story in end.stories)

    @property
    def below(self) -> tuple[tuple[int, StoryTrace], ...]:
        """All stories that were played below it, with the times at which they began."""
        own = ((self.started or 0, self.child),) if self.child is not None else ()
        return (*own, *((began, one.trace) for began, one in self.stories if one.trace is not None))

    @property
    def failed(self) -> bool:
        """Whether it failed or ran out of time."""
        return self.phase in (FAILED, TIMEOUT)

    @property
    def ran(self) -> bool:
        """Whether it was started."""
        return bool(self.phase) and self.phase != SKIPPED

    @property
    def seconds(self) -> float:
        """Of its processes, by the clock on the wall."""
        own = sum(one.ended.seconds for one in self.attempts if one.ended is not None)
        return own + (self.child.seconds if self.child is not None else 0.0)


@dataclass(frozen=True, slots=True)
class StoryTrace:
    """What became of a story."""

    story: str
    location: Location
    phase: str
    reason: str
    message: str
    inputs: Json
    output: Json
    ended: int
    """Nanoseconds of virtual time."""
    steps: tuple[StepTrace, ...]
    causes: tuple[tuple[Cause, Location], ...] = ()
    """Why it never ends, with places; empty when it ends."""
    broken: dict[str, str] = field(default_factory=dict)
    """Steps whose mocked output breaks the outputSchema."""
    generated_inputs: bool = False
    given: Json = None
    """The inputs as they were submitted."""

    @property
    def succeeded(self) -> bool:
        """Whether the run succeeded."""
        return self.phase == SUCCEEDED

    @property
    def evidence(self) -> Evidence | None:
        """The weakest of all steps; None when no engram ran."""
        known = [one.evidence for one in self.steps if one.evidence is not None]
        return min(known, key=lambda one: one.strength, default=None)

    @property
    def seconds(self) -> float:
        """Of all processes, by the clock on the wall."""
        return sum(one.seconds for one in self.steps)

    def step(self, name: str) -> StepTrace | None:
        """A step by its name."""
        return next((one for one in self.steps if one.name == name), None)

    @property
    def first_failure(self) -> StepTrace | None:
        """The step that failed first, of those that the story does not allow to fail."""
        failed = [one for one in self.steps if one.failed and not one.allowed]
        return min(failed, key=lambda one: one.finished or 0, default=None)


def trace_of(stage: Stage, children: dict[str, StoryTrace], generated_inputs: bool) -> StoryTrace:
    """What became of the story of a stage; `children` are those of its steps."""
    execution = stage.execution
    assert execution is not None
    run, story = execution.run, stage.story
    spec = story.node.find(("spec",))
    found = tuple((cause, place(story, spec, cause.path)) for cause in causes(execution))
    return StoryTrace(
        story=story.name,
        location=story.node.location,
        phase=run.phase,
        reason=run.reason,
        message=run.message,
        inputs=execution.given,
        output=run.output,
        ended=execution.now,
        steps=tuple(_steps(stage, execution, children)),
        causes=found,
        broken=dict(stage.broken),
        generated_inputs=generated_inputs,
        given=execution.inputs,
    )


def _steps(stage: Stage, execution: Execution, children: dict[str, StoryTrace]) -> Iterator[StepTrace]:
    for section in (MAIN, COMPENSATIONS, FINALLY):
        for index, step in enumerate(execution.story.section(section)):
            path: Path = (section, index)
            yield _step(stage, execution, step, path, children)
            for number, branch in enumerate(step.branches):
                yield _step(stage, execution, branch, (*path, "with", "steps", number), children)


def _step(stage: Stage, execution: Execution, step: Step, path: Path, children: dict[str, StoryTrace]) -> StepTrace:
    run = execution.run
    spec = stage.story.node.find(("spec",))
    one = next((one for one in run.step_runs.values() if one.step is step), None)
    state = run.states.get(step.name, StepState())
    child = next((child for child in run.children.values() if child.step == step.name), None)
    output = one.output if one is not None else child.output if child is not None else None
    return StepTrace(
        name=step.name,
        kind=step.ref or step.type,
        section=step.section,
        location=place(stage.story, spec, (*path, "name")),
        phase=state.phase or (one.phase if one is not None else ""),
        message=_message(state, one),
        started=state.started,
        finished=state.finished,
        attempts=tuple(stage.begun.get(step.name, ())),
        given=one.resolved if one is not None else child.inputs if child is not None else None,
        raw=one.input if one is not None else step.input,
        output=output,
        key=one.key if one is not None else "",
        child=children.get(step.name),
        allowed=step.allow_failure,
        failure=failure_of(execution, stage.story, step, one, path) if state.phase in (FAILED, TIMEOUT) else None,
        after=tuple(sorted(execution.edges.all.get(step.name, ()))),
    )


def _message(state: StepState, one: StepRun | None) -> str:
    """What the platform says of a step; of a StepRun that failed, also what only its condition says."""
    return state.message or (one.why or one.message if one is not None else "")
