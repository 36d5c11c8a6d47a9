"""All cases that are wanted, with a sandbox where an image is named for one of their steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from validator.checks.stories.coverage import Coverage, coverage
from validator.engine.grading import standard
from validator.engine.masking import Masker, masker
from validator.engine.outcomes import ReportGrader
from validator.engine.preparation import Prepared
from validator.engine.stories.cases import StoryRunner, StoryTask
from validator.engine.stories.images import images, unit_of, units_by_key
from validator.engine.stories.partial import ALL, Part
from validator.sandbox.model import SandboxError
from validator.sources.manifests import Story
from validator.stories.schemas import SchemaReader
from validator.suite.results import Outcome
from validator.suite.scheduler import LEFT_OUT
from validator.suite.story_results import StoryRan


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the cases are run."""

    record: Path | None = None
    replay: Path | None = None
    part: Part = ALL
    exit_first: bool = False
    """Whether no case begins after one has failed."""


NO_WISHES = Wishes()


def ran(
    prepared: Prepared, tasks: Sequence[StoryTask], wishes: Wishes = NO_WISHES, *, with_images: bool = True
) -> tuple[list[StoryRan], str]:
    """Run the cases one after another; with the line that says where images ran, empty when none did."""
    schemas = SchemaReader(prepared.workspace)
    if not (with_images and tasks and _need_images(prepared, tasks)):
        runner = StoryRunner(schemas, None, wishes.record, wishes.replay, wishes.part)
        return _each(runner, tasks, _ends(prepared, wishes)), ""
    try:
        with images(prepared, wishes.part.runs(tasks[0].story, schemas)) as real:
            runner = StoryRunner(schemas, real, wishes.record, wishes.replay, wishes.part, real.trigger)
            return _each(runner, tasks, _ends(prepared, wishes)), real.sandbox.reason
    except SandboxError as error:
        return [_without_sandbox(task, error) for task in tasks], error.message


def _each(runner: StoryRunner, tasks: Sequence[StoryTask], ends: Callable[[StoryRan], bool]) -> list[StoryRan]:
    results: list[StoryRan] = []
    ended = False
    for task in tasks:
        if ended:
            results.append(StoryRan(task.story.name, task.subject.case, None, reason=LEFT_OUT))
        else:
            results.append(runner.run(task))
            ended = ends(results[-1])
    return results


def _ends(prepared: Prepared, wishes: Wishes) -> Callable[[StoryRan], bool]:
    """Whether no other case begins after this one. Raises UsageError when the baseline cannot be read."""
    if not wishes.exit_first:
        return lambda one: False
    grader = ReportGrader(standard(prepared.workspace, prepared.config, prepared.baseline))

    def ends(one: StoryRan) -> bool:
        (row,) = grader.rows([one.row()], one.findings)
        return row.outcome in {Outcome.FAILED, Outcome.ERROR}

    return ends


def covered(tasks: Sequence[StoryTask], results: Sequence[StoryRan]) -> Coverage:
    """How much of the stories the runs go through."""
    stories = {task.story.name: task.story for task in tasks}
    return coverage(stories.values(), [one.trace for one in results if one.trace is not None])


def mask_of(prepared: Prepared) -> Masker:
    """What hides the secrets of all engrams that are run."""
    of_units = (value for unit in units_by_key(prepared).values() for value in masker(unit).values)
    triggers = (case.trigger for cases in prepared.config.stories.values() for case in cases)
    given = (keys for one in triggers if one is not None for keys in one.secrets.values())
    return Masker.of((*of_units, *(value for keys in given for value in keys.values())))


def _without_sandbox(task: StoryTask, error: SandboxError) -> StoryRan:
    location = task.case.location if task.case is not None else task.story.node.location
    finding = error.finding(location, task.subject)
    return StoryRan(task.story.name, task.subject.case, None, (finding,), reason=error.message, broken=True)


def _need_images(prepared: Prepared, tasks: Sequence[StoryTask]) -> bool:
    """Whether an image is named for an impulse, or any step of the stories, and of those that they execute."""
    if any(task.case is not None and task.case.trigger is not None for task in tasks):
        return True
    by_key = units_by_key(prepared)
    stories = {id(one): one for task in tasks for one in _with_children(prepared, task.story, frozenset())}
    return bool(by_key) and any(
        unit_of(prepared, by_key, story, step) is not None for story in stories.values() for step in story.every_step()
    )


def _with_children(prepared: Prepared, story: Story, parents: frozenset[str]) -> Iterator[Story]:
    yield story
    for step in story.every_step():
        name = step.node.find(("with", "storyRef", "name"))
        child = prepared.workspace.find(Story, name.text, story.namespace) if name is not None and name.text else None
        if child is not None and child.name not in parents:
            yield from _with_children(prepared, child, parents | {story.name})
