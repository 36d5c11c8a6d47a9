"""EV3: whether what one engram emits is accepted by the next, and by what relied on its last version.

May import: everything but reports and cli.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from validator.findings import Finding, Unchecked
from validator.sources.workspace import Workspace

if TYPE_CHECKING:
    from validator.stories.analysis import StoryAnalysis


def check(workspace: Workspace) -> Iterator[Finding | Unchecked]:
    """Check the edges of every story of this repository."""
    from validator.stories.analysis import StoryAnalysis
    from validator.stories.schemas import SchemaReader

    schemas, judge = SchemaReader(workspace), story_check(workspace)
    for story in workspace.stories:
        if story.own:
            yield from judge(StoryAnalysis.of(story, schemas))


def story_check(workspace: Workspace) -> Callable[[StoryAnalysis], list[Finding | Unchecked]]:
    """What looks at the edges of one story at a time, and keeps what it has read for the next."""
    from validator.checks.pairwise.edges import StoryEdges

    edges = StoryEdges(workspace)
    return lambda analysis: list(edges.story(analysis))


def check_all(workspace: Workspace, of_stories: Iterable[Finding | Unchecked]) -> Iterator[Finding | Unchecked]:
    """The verdicts on all stories; no other manifest has edges."""
    yield from of_stories
