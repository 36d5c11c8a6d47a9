"""Who does the work of a step: its image, a record of an earlier run, or a sample of its outputSchema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from validator.findings import Json
from validator.schemas.samples import full
from validator.sources.manifests import Step, Story
from validator.stories.engine.profile import DOCUMENTED, Profile
from validator.stories.runs.script import Script
from validator.stories.runs.triggers import Outcome
from validator.stories.schemas import SchemaReader

if TYPE_CHECKING:
    from validator.stories.runs.traces import StoryTrace


class Evidence(StrEnum):
    """What a step's result rests on, the strongest first."""

    REAL = "real"
    RECORDED = "recorded"
    MOCKED = "mocked"
    GENERATED = "generated"

    @property
    def strength(self) -> int:
        """3 for a real run, 0 for what was made up."""
        return 3 - list(Evidence).index(self)


@dataclass(frozen=True, slots=True)
class Task:
    """One attempt of a step that is to be done."""

    story: Story
    step: Step
    attempt: int
    """From 1."""
    inputs: Mapping[str, Json]
    """Resolved, defaults filled in."""
    context: Mapping[str, Json]
    """`inputs` and `steps`, as templates see them."""
    case: str
    """The case's name, and those of the steps that executed the story."""
    root: str
    """The step of the story that was asked for: this one, or that which executed its story."""
    script: Script = field(default_factory=Script)
    """What is said of the stories that it may start."""
    profile: Profile = DOCUMENTED
    depth: int = 0
    """How many stories lead to this one."""


@dataclass(frozen=True, slots=True)
class Started:
    """A story that an engram has started through the API, or wanted to."""

    story: str
    run: str
    """The name of the StoryRun; empty when there is none, or its name is by chance."""
    outcome: Outcome
    reason: str
    message: str
    """Why it was refused."""
    inputs: Json
    began: int = 0
    """Nanoseconds of virtual time since the attempt began."""
    awaited: bool = False
    """Whether the engram has seen its end."""
    deleted: bool = False
    """Whether the engram has deleted the StoryRun."""
    trace: StoryTrace | None = None
    """None for a run that was found, refused or cannot be played."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended."""

    evidence: Evidence
    phase: str = ""
    """What the engram reported; empty when it reported nothing."""
    output: Json = None
    message: str = ""
    exit_class: str = ""
    exit_code: int = 0
    seconds: float = 0.0
    """Of the process, by the clock on the wall."""
    log: str = ""
    """The end of what it wrote."""
    calls: tuple[Json, ...] = ()
    """What it asked of its stub services, and what it was answered, as documents."""
    stories: tuple[Started, ...] = ()
    """The stories that it started, in the order in which it did."""
    waited: int = 0
    """Nanoseconds of virtual time that it waited for them."""


class Performer(Protocol):
    """Does the work of steps. It may refuse one; then the next performer is asked."""

    def begin(self, task: Task) -> Callable[[], Ended] | None:
        """Start an attempt and return what waits for its end; None when this performer cannot do it.

        `pending` stands for an end that never comes.
        """


def pending() -> Ended:
    """The end of an attempt that never ends. It is not called, but recognised."""
    raise AssertionError("an attempt without an end was waited for")


@dataclass(frozen=True, slots=True)
class Samples:
    """Every step succeeds, with a sample of its outputSchema."""

    schemas: SchemaReader

    def begin(self, task: Task) -> Callable[[], Ended]:
        """Success at once."""
        output = self.output(task.story, task.step)
        return lambda: Ended(Evidence.GENERATED, "Succeeded", output, exit_class="success")

    def output(self, story: Story, step: Step) -> Json:
        """A sample; None where no schema is known."""
        described = self.schemas.output(story, step)
        return None if described.reason or not isinstance(described.schema, dict) else full(dict(described.schema))


def begin(performers: tuple[Performer, ...], task: Task) -> Callable[[], Ended]:
    """Let the first performer that can do a task do it. Raises LookupError when none can."""
    for performer in performers:
        wait = performer.begin(task)
        if wait is not None:
            return wait
    raise LookupError(f"nothing stands for step {task.step.name}")
