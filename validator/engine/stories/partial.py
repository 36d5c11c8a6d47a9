"""A part of a story: from one step on, or one step alone; all others are replayed, or have stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from validator.sources.manifests import Story
from validator.stories.engine.dependencies import dependencies
from validator.stories.engine.profile import DOCUMENTED
from validator.stories.runs.definitions import definition_of
from validator.stories.runs.performers import Task
from validator.stories.schemas import SchemaReader

Wanted = Callable[[Task], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """Which steps run their images; all of them when both are empty."""

    begins: str = ""
    """This step and all that depend on it."""
    only: str = ""

    def runs(self, story: Story, schemas: SchemaReader) -> Wanted:
        """Whether a step may run its image. A child story does as the step that executes it."""
        if self.only:
            return lambda task: task.root == self.only
        if self.begins:
            names = dependants(story, schemas, self.begins)
            return lambda task: task.root in names
        return lambda task: True

    def replays(self, story: Story, schemas: SchemaReader) -> Wanted:
        """Whether a step is replayed where there is a record."""
        if not (self.begins or self.only):
            return lambda task: True
        runs = self.runs(story, schemas)
        return lambda task: not runs(task)


def dependants(story: Story, schemas: SchemaReader, first: str) -> frozenset[str]:
    """A step, and all that wait for it or for one that does. Raises DefinitionError."""
    edges = dependencies(definition_of(story, schemas), DOCUMENTED).all
    found = {first}
    grows = True
    while grows:
        after = {name for name, before in edges.items() if found & set(before)} - found
        found |= after
        grows = bool(after)
    return frozenset(found)


ALL = Part()
