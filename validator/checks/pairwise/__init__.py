"""EV3: whether what one engram emits is accepted by the next, and by what relied on its last version.

May import: everything but reports and cli.
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.findings import Finding, Unchecked
from validator.sources.workspace import Workspace


def check(workspace: Workspace) -> Iterator[Finding | Unchecked]:
    """Check the joints of every story of this repository."""
    from validator.checks.pairwise.edges import Joints
    from validator.stories.analysis import StoryAnalysis
    from validator.stories.schemas import SchemaReader

    joints, schemas = Joints(workspace), SchemaReader(workspace)
    for story in workspace.stories:
        if story.own:
            yield from joints.story(StoryAnalysis.of(story, schemas))
