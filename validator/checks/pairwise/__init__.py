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

    joints = Joints(workspace)
    for story in workspace.stories:
        if story.own:
            yield from joints.story(story)
