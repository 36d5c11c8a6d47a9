"""Which stories and cases are run."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from validator.engine.options import UsageError
from validator.engine.stories.cases import StoryTask, task_of
from validator.sources.manifests import Story
from validator.sources.workspace import Workspace
from validator.stories.engine.profile import DOCUMENTED, PROFILES
from validator.stories.runs.running import RunRequest
from validator.suite.config import Config
from validator.suite.story_cases import StoryCase
from validator.suite.story_targets import story_of


def stories_named(workspace: Workspace, config: Config, names: Sequence[str]) -> list[Story]:
    """The stories of these names; without names those that have cases, else every batch story.

    Raises UsageError for a story that is not there, or realtime.
    """
    if names:
        return [_named(workspace, name) for name in names]
    own = [story for story in workspace.stories if not story.is_realtime and not story.provided]
    return [story for story in own if cases_of(config, story)] or own


def tasks_of(workspace: Workspace, config: Config, names: Sequence[str], profile: str = "") -> list[StoryTask]:
    """Every case of the stories of these names; a story without cases is run once, with stand-ins.

    Raises UsageError for a story that is not there, or realtime.
    """
    tasks: list[StoryTask] = []
    for story in stories_named(workspace, config, names):
        cases = cases_of(config, story)
        tasks += [task_of(story, case, profile) for case in cases]
        if not cases:
            tasks.append(StoryTask(story, RunRequest(story, profile=PROFILES[profile or DOCUMENTED.name])))
    return tasks


def cases_of(config: Config, story: Story) -> tuple[StoryCase, ...]:
    """The cases of a story, by its name or by `NAMESPACE/NAME`."""
    keys = (story.name, f"{story.namespace}/{story.name}")
    return tuple(case for key in keys for case in config.stories.get(key, ()))


def no_story(name: str, known: Iterable[Story]) -> str:
    """What to say where no story has this name."""
    names = sorted({story.name for story in known})
    close = next(iter(difflib.get_close_matches(name, names, 1)), "")
    others = f"the stories are {', '.join(names)}" if names else "no manifest here has any"
    return f"There is no story {name}; " + (f"did you mean `{close}`?" if close else others)


def _named(workspace: Workspace, name: str) -> Story:
    story = story_of(workspace, name)
    if story is None:
        raise UsageError(no_story(name, workspace.stories))
    if story.is_realtime:
        raise UsageError(f"The story {name} is realtime: name it alone, and its packets by --packets FILE")
    return story
