"""Runs of stories, case by case; each is played, held against its case, and looked through for gaps of the platform."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from validator.checks.stories.judging import Judge
from validator.engine.stories.memory import Memory
from validator.findings import Finding, Subject
from validator.rules import stories as rules
from validator.sources.manifests import Story
from validator.stories.engine.definition import DefinitionError
from validator.stories.engine.profile import DOCUMENTED, PROFILES, Profile
from validator.stories.runs.definitions import definition_of
from validator.stories.runs.gaps import Gap, gaps
from validator.stories.runs.performers import Performer
from validator.stories.runs.running import Asked, run_story
from validator.stories.runs.traces import StoryTrace
from validator.stories.schemas import SchemaReader
from validator.suite.story_cases import StoryCase
from validator.suite.story_results import StoryRan
from validator.templates.errors import UnsupportedError


@dataclass(frozen=True, slots=True)
class StoryTask:
    """One run that is wanted."""

    story: Story
    asked: Asked
    case: StoryCase | None = None


def task_of(story: Story, case: StoryCase, profile: str = "") -> StoryTask:
    """The run that a case asks for; `profile` is for cases that name none."""
    chosen = PROFILES[case.profile or profile or DOCUMENTED.name]
    return StoryTask(story, Asked(story, case.inputs, case.script, case.name, chosen), case)


@dataclass(frozen=True, slots=True)
class StoryRunner:
    """Runs stories of one workspace."""

    schemas: SchemaReader
    performers: tuple[Performer, ...] = ()
    """Who is asked before a sample is taken."""

    def run(self, task: StoryTask) -> StoryRan:
        """Run and judge. What is wrong with the definition of the story is a finding."""
        began = time.monotonic()
        name = task.case.name if task.case is not None else ""
        try:
            trace, found = self._played(task)
        except (UnsupportedError, DefinitionError) as error:
            reason = error.reason if isinstance(error, UnsupportedError) else str(error)
            told = self._not_known(task, reason)
            return StoryRan(task.story.name, name, None, (told,), time.monotonic() - began, told.message)
        return StoryRan(task.story.name, name, trace, tuple(found), time.monotonic() - began)

    def _played(self, task: StoryTask) -> tuple[StoryTrace, Iterator[Finding]]:
        memory = Memory(self.performers)
        trace = run_story(task.asked, self.schemas, (memory,))
        met: tuple[Gap, ...] = ()
        if task.asked.profile is DOCUMENTED:
            recall = memory.recall()

            def play(profile: Profile) -> StoryTrace:
                return run_story(replace(task.asked, profile=profile), self.schemas, (recall,))

            met = tuple(gaps(trace, play))
        judge = Judge(task.story, definition_of(task.story, self.schemas), task.case)
        return trace, judge.findings(trace, met)

    def _not_known(self, task: StoryTask, reason: str) -> Finding:
        subject = Subject("story", task.story.name, case=task.case.name if task.case is not None else "")
        location = task.case.location if task.case is not None else task.story.node.location
        return rules.NOT_KNOWN.at(location, subject, reason=reason)
