"""What a run is made of while it goes on: the states of its steps, its StepRuns, its child runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from validator.findings import Json
from validator.stories.engine.definition import Engram, RetryPolicy, Step
from validator.stories.engine.durations import stored
from validator.stories.engine.phases import PENDING, TERMINAL
from validator.templates.values import Value


@dataclass(frozen=True, slots=True)
class StepState:
    """What a StoryRun's status says of one step. Times are nanoseconds since the run was created."""

    phase: str = ""
    message: str = ""
    started: int | None = None
    finished: int | None = None
    child: str = ""
    """The child run of an executeStory step."""

    @property
    def terminal(self) -> bool:
        """Whether it will not change any more."""
        return self.phase in TERMINAL

    def entered(self, phase: str, message: str, now: int) -> StepState:
        """The state in another phase, with the times that belong to it."""
        return replace(self, phase=phase, message=message).timed(now)

    def timed(self, now: int) -> StepState:
        """The state with times where they are missing."""
        started = now if self.phase and self.started is None else self.started
        finished = now if self.terminal and self.finished is None else self.finished
        if started == self.started and finished == self.finished:
            return self
        return replace(self, started=started, finished=finished)

    def merged(self, newer: StepState) -> StepState:
        """What is stored when a newer state is written over this one: what the newer one lacks stays."""
        return StepState(
            phase=newer.phase or self.phase,
            message=newer.message if newer.phase else newer.message or self.message,
            started=self.started if newer.started is None else stored(newer.started),
            finished=self.finished if newer.finished is None else stored(newer.finished),
            child=newer.child or self.child,
        )


ABSENT = StepState()


@dataclass(slots=True)
class StepRun:
    """One StepRun, with the Job that runs for it."""

    name: str
    step: Step
    engram: Engram | None
    """None when there is no such engram."""
    input: Json
    key: str
    ban: str
    """Why its input is never evaluated; empty when it is."""
    retry: RetryPolicy | None
    parent: str = ""
    """The parallel step of a branch."""
    phase: str = ""
    message: str = ""
    """The last failure's."""
    why: str = ""
    """Of the Ready condition, or what stops it while it is pending."""
    exit_class: str = ""
    retries: int = 0
    retry_at: int | None = None
    output: Json = None
    has_output: bool = False
    value: Value = None
    """The output for templates; an empty object when it is no object."""
    signals: dict[str, Json] = field(default_factory=dict)
    started: int | None = None
    finished: int | None = None
    job: str = ""
    """`running`, `succeeded`, `failed`; empty when there is none."""
    exit_code: int = -1
    reported: bool = False
    """Whether the engram itself reported how it ended."""
    jobs: list[int] = field(default_factory=list)
    """When each of its Jobs was created."""
    resolved: Json = None

    @property
    def terminal(self) -> bool:
        """Whether it will not change any more."""
        return self.phase in TERMINAL

    @property
    def branch_name(self) -> str:
        """`parent/branch` for a branch, else the step's name."""
        return f"{self.parent}/{self.step.name}" if self.parent else self.step.name

    def enter(self, phase: str, now: int, why: str = "") -> None:
        """Go into a phase."""
        self.phase = phase
        self.why = why
        if phase == PENDING and self.started is None:
            self.started = stored(now)
        if phase in TERMINAL and self.finished is None:
            self.finished = stored(now)


@dataclass(slots=True)
class ChildRun:
    """The run of another story that a step started."""

    name: str
    step: str
    story: str
    inputs: Json
    phase: str = ""
    message: str = ""
    output: Json = None
    has_output: bool = False
    value: Value = None


@dataclass(frozen=True, slots=True)
class GateDecision:
    """What somebody decided at a gate."""

    approved: bool
    message: str = ""


@dataclass(slots=True)
class Run:
    """A StoryRun as it is stored, and what belongs to it."""

    inputs: Json
    """As submitted."""
    phase: str = ""
    message: str = ""
    reason: str = ""
    output: Json = None
    started: int = 0
    states: dict[str, StepState] = field(default_factory=dict)
    timers: dict[str, int] = field(default_factory=dict)
    """When each sleep, wait or gate is over."""
    gates: dict[str, GateDecision] = field(default_factory=dict)
    step_runs: dict[str, StepRun] = field(default_factory=dict)
    """By their names."""
    children: dict[str, ChildRun] = field(default_factory=dict)
    branches: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """StepRuns of each parallel step; the implemented platform forgets them."""

    version: int = 0
    """Goes up when a StepRun or a child run changes."""
    known_outputs: tuple[object, Value] = (None, None)
    """The entries of `steps`, and what they were made of."""
    cancel_by: int | None = None
    """When the steps of a cancelled run are ended that have not ended by themselves; None for a run that goes on."""
    earlier: dict[str, int] = field(default_factory=dict)
    """Attempts of StepRuns that a redrive deleted, by name."""
    overdue: str = ""
    """Where the platform does as documented: that the story's timeout has passed."""

    @property
    def terminal(self) -> bool:
        """Whether the run is over."""
        return self.phase in TERMINAL
