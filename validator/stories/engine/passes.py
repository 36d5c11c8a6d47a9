"""One pass of the StoryRun controller over a run: what it reads once, and what it keeps when it is done.

A pass works on a copy of the stored states. What it changed is stored at its end; a pass that fails stores nothing,
but the StepRuns and child runs that it created stay (story-run.md, A3 and A6.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from validator.stories.engine import messages
from validator.stories.engine.context import Outputs, outputs_of
from validator.stories.engine.definition import Step, Story
from validator.stories.engine.dependencies import Dependencies
from validator.stories.engine.durations import stored
from validator.stories.engine.phases import ACTIVE, COMPLETED, PENDING, RUNNING, TERMINAL
from validator.stories.engine.profile import Profile
from validator.stories.engine.state import ABSENT, Run, StepState
from validator.templates.errors import TemplateError
from validator.templates.values import Value


class StalledError(Exception):
    """The pass cannot go on; the platform tries it again, forever if nothing changes."""

    def __init__(self, message: str, step: str = "", cause: TemplateError | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.step = step
        """The step that could not be launched; empty for the story's output."""
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a step did not start in a pass."""

    kind: str
    """`dependency`, `condition`, `output`, `blocked` (its template waits for a step), `launch` or `queue`."""
    detail: str
    """The name of a step, or the error."""
    cause: TemplateError | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Steps by what the controller makes of their states."""

    completed: set[str]
    running: set[str]
    failed: set[str]


@dataclass(slots=True)
class Pass:
    """A pass at work."""

    run: Run
    story: Story
    edges: Dependencies
    profile: Profile
    inputs: Value
    """For templates, defaults filled in."""
    now: int
    states: dict[str, StepState] = field(init=False)
    timers: dict[str, int] = field(init=False)
    branches: dict[str, tuple[str, ...]] = field(init=False)
    outputs: Outputs = field(init=False)
    changed: bool = False
    """Whether there is something to store."""
    active: bool = True
    """Whether the pass still takes the run for a running one: `stop` ends that."""
    poll: int | None = None
    """When it wants to look again for a timer or a condition, in nanoseconds from now."""
    allowed: tuple[str, ...] = ()
    obstacles: dict[str, Obstacle] = field(default_factory=dict)
    launched: list[str] = field(default_factory=list)
    """Names of the StepRuns and child runs that it created."""
    error: StalledError | None = None
    _read: int = -1
    """The version of the run whose StepRuns were read; they are read again after a step was marked."""
    stopped: str = ""
    """The `stop` that was executed in this pass."""

    def __post_init__(self) -> None:
        self.states = dict(self.run.states)
        self.timers = dict(self.run.timers)
        self.branches = {} if self.profile.parallel_forgets_branches else dict(self.run.branches)
        self.outputs = {}

    @property
    def variables(self) -> dict[str, Value]:
        """What the templates of steps see."""
        return {"inputs": self.inputs, "steps": self.outputs}

    def state(self, name: str) -> StepState:
        """A step's state, an empty one when it has none."""
        return self.states.get(name, ABSENT)

    def mark(self, name: str, phase: str, message: str) -> None:
        """Put a step into a phase."""
        self.states[name] = self.state(name).entered(phase, message, self.now)
        self._read = -1

    def ask(self, delay: int) -> None:
        """Ask for another pass after a delay."""
        if delay > 0 and (self.poll is None or delay < self.poll):
            self.poll = delay

    def read_step_runs(self) -> None:
        """Take over the phases of the StepRuns, then the outputs."""
        if self._read == self.run.version:
            return
        self._read = self.run.version
        for step_run in self.run.step_runs.values():
            if not step_run.phase:
                continue
            name = step_run.step.name
            known = self.states.get(name)
            current = known or ABSENT
            if (
                known is None
                or current.phase != step_run.phase
                or (current.started is None and step_run.started is not None)
                or (current.finished is None and step_run.finished is not None)
                or (step_run.message and step_run.message != current.message)
            ):
                newer = StepState(step_run.phase, step_run.message, step_run.started, step_run.finished)
                self.states[name] = current.merged(newer)
                self.changed = True
        self.read_outputs()

    def read_outputs(self) -> None:
        """Build the entries of `steps` anew."""
        self.outputs = outputs_of(self.run, self.states, self.story, self.profile)

    def count(self, steps: Iterable[Step], *, queued: bool = False) -> Counts:
        """Sort steps by their states; queued ones count as running only if `queued`."""
        counts = Counts(set(), set(), set())
        states = self.states
        for step in steps:
            name = step.name
            state = states.get(name)
            if state is None:
                continue
            phase = state.phase
            if phase in COMPLETED:
                counts.completed.add(name)
            elif phase in ACTIVE:
                if queued or phase != PENDING or not is_queued(state):
                    counts.running.add(name)
            elif phase in TERMINAL:
                (counts.completed if step.allow_failure else counts.failed).add(name)
        return counts

    def store(self) -> None:
        """Keep what the pass changed. A step that is over in the store is not made unfinished again."""
        run = self.run
        if self.changed:
            for name, state in self.states.items():
                existing = run.states.get(name, ABSENT)
                if existing.terminal and not state.terminal:
                    continue
                run.states[name] = existing.merged(state)
        run.timers = {name: stored(until) for name, until in self.timers.items() if not self.state(name).terminal}
        if not self.profile.parallel_forgets_branches:
            run.branches = dict(self.branches)

    def finish(self, phase: str, reason: str, message: str) -> None:
        """End the run."""
        run = self.run
        run.phase, run.reason, run.message = phase, reason, message


def is_queued(state: StepState) -> bool:
    """Whether a step waits for a free place."""
    return state.phase == PENDING and state.message.startswith(messages.QUEUED)


def running_step_runs(run: Run, profile: Profile) -> int:
    """How many StepRuns count for the limit of concurrency."""
    if profile.concurrency_counts_late:
        return sum(step_run.phase == RUNNING for step_run in run.step_runs.values())
    return sum(not step_run.terminal for step_run in run.step_runs.values())
