"""Runs of stories, case by case; each is played, held against its case, and looked through for gaps of the platform."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from validator.checks.stories.deliveries import differing_deliveries
from validator.checks.stories.judging import Judge
from validator.engine.stories import records
from validator.engine.stories.ahead import Ahead, Starter
from validator.engine.stories.impulses import Triggered
from validator.engine.stories.memory import Memory
from validator.engine.stories.partial import ALL, Part
from validator.engine.stories.records import Record
from validator.findings import Finding, Subject
from validator.rules import stories as rules
from validator.sandbox.model import SandboxError
from validator.sources.manifests import Story
from validator.stories.engine.definition import MAIN, DefinitionError
from validator.stories.engine.profile import DOCUMENTED, PROFILES, Profile
from validator.stories.runs.definitions import definition_of
from validator.stories.runs.gaps import Gap, gaps
from validator.stories.runs.performers import Performer
from validator.stories.runs.running import RunRequest, run_story
from validator.stories.runs.traces import StoryTrace
from validator.stories.schemas import SchemaReader
from validator.suite.story_cases import ImpulseTrigger, StoryCase
from validator.suite.story_results import StoryRan
from validator.templates.errors import UnsupportedError


@dataclass(frozen=True, slots=True)
class StoryTask:
    """One run that is wanted."""

    story: Story
    request: RunRequest
    case: StoryCase | None = None

    @property
    def subject(self) -> Subject:
        """How reports name it."""
        return Subject("story", self.story.name, case=self.case.name if self.case is not None else "")


def task_of(story: Story, case: StoryCase, profile: str = "") -> StoryTask:
    """The run that a case asks for; `profile` is for cases that name none."""
    chosen = PROFILES[case.profile or profile or DOCUMENTED.name]
    return StoryTask(story, RunRequest(story, case.inputs, case.script, case.name, chosen), case)


Trigger = Callable[[Story, ImpulseTrigger, int], Triggered]


@dataclass(frozen=True, slots=True)
class StoryRunner:
    """Runs stories of one workspace."""

    schemas: SchemaReader
    images: Starter | None = None
    """None where every step has a stand-in."""
    record: Path | None = None
    """The folder to keep results of steps in."""
    replay: Path | None = None
    """The folder to take results from."""
    part: Part = ALL
    trigger: Trigger | None = None
    """Runs an impulse until it has made so many StoryTriggers; None where no images run."""

    def run(self, task: StoryTask) -> StoryRan:
        """Run and judge. Raises UsageError when a record cannot be read or written."""
        began = time.monotonic()
        name = task.case.name if task.case is not None else ""
        location = task.case.location if task.case is not None else task.story.node.location
        trigger = task.case.trigger if task.case is not None else None
        if trigger is not None and self.trigger is None:
            return StoryRan(task.story.name, name, None, reason=f"impulse `{trigger.impulse}` runs only with images")
        try:
            differing, task = self._triggered(task)
            if trigger is not None and task.request.inputs is None:
                reason = differing[0].message if differing else ""
                return StoryRan(
                    task.story.name, name, None, differing, time.monotonic() - began, reason, not_begun=True
                )
            trace, found = self._played(task)
        except (UnsupportedError, DefinitionError) as error:
            reason = error.reason if isinstance(error, UnsupportedError) else str(error)
            finding = rules.NOT_KNOWN.at(location, task.subject, reason=reason)
            return StoryRan(task.story.name, name, None, (finding,), time.monotonic() - began, finding.message)
        except SandboxError as error:
            finding = error.finding(location, task.subject)
            spent = time.monotonic() - began
            return StoryRan(task.story.name, name, None, (finding,), spent, error.message, broken=True)
        return StoryRan(task.story.name, name, trace, (*differing, *found), time.monotonic() - began)

    def _triggered(self, task: StoryTask) -> tuple[tuple[Finding, ...], StoryTask]:
        """The run with the inputs that its impulse gives it, where it has one; and what differs from its case."""
        case = task.case
        if case is None or case.trigger is None or self.trigger is None:
            return (), task
        wanted = case.expect.deliveries
        count = len(case.trigger.requests) if wanted is None else len(wanted)
        found = self.trigger(task.story, case.trigger, count)
        differing = tuple(differing_deliveries(case, task.subject, found.deliveries, found.problem))
        return differing, replace(task, request=replace(task.request, inputs=found.inputs))

    def _played(self, task: StoryTask) -> tuple[StoryTrace, tuple[Finding, ...]]:
        record = self._record_of(task)
        request = task.request
        if record is not None and request.inputs is None and self.part.begins:
            request = replace(request, inputs=record.inputs)
        memory, trace = self._remembered(request, record)
        if self.record is not None:
            records.write(self.record, task.story.name, request.case, trace.given, memory)
        gaps_met: tuple[Gap, ...] = ()
        if request.profile is DOCUMENTED:
            recall = memory.recall()

            def play(profile: Profile) -> StoryTrace:
                return run_story(replace(request, profile=profile), self.schemas, (recall,))

            gaps_met = tuple(gaps(trace, play))
        judge = Judge(task.story, definition_of(task.story, self.schemas), task.case)
        return trace, (*judge.findings(trace, gaps_met), *_of_others(task, trace, record))

    def _remembered(self, request: RunRequest, record: Record | None) -> tuple[Memory, StoryTrace]:
        recorded: tuple[Performer, ...] = () if record is None else (record,)
        if self.images is None:
            memory = Memory(recorded)
            return memory, run_story(request, self.schemas, (memory,))

        self.images.heed_signals()

        def play(performer: Performer) -> StoryTrace:
            return run_story(request, self.schemas, (*recorded, performer))

        late = frozenset(step.name for step in request.story.every_step() if step.home != MAIN)
        with closing(Ahead(self.images, play, late)) as ahead:
            memory = Memory((*recorded, ahead))
            return memory, run_story(request, self.schemas, (memory,))

    def _record_of(self, task: StoryTask) -> Record | None:
        if self.replay is None:
            return None
        replays = self.part.replays(task.story, self.schemas)
        return records.read(self.replay, task.story.name, task.request.case, replays, self.schemas.workspace)


def _of_others(task: StoryTask, trace: StoryTrace, record: Record | None) -> Iterator[Finding]:
    """Steps whose record was made with other inputs."""
    for name, problem in record.others.items() if record is not None else ():
        step = trace.step(name)
        yield rules.OTHER_INPUTS.at(
            step.location if step is not None else trace.location,
            replace(task.subject, step=name),
            anchor=("run", name),
            step=name,
            problem=problem,
        )
