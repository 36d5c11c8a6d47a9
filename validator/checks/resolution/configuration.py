"""Templates in `with` of an Engram: they are evaluated below the `with` of each step that runs it.

Nobody looks at them before (templating.md, section 8): the webhook knows the configSchema only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from validator.checks.resolution.templates import Survey, Template, examine
from validator.findings import Path
from validator.sources.node import Node
from validator.stories.sites import Field, Site


def configured(survey: Survey) -> Iterator[Template]:
    """The templates that the engrams of a story's steps bring, in the scope of each step."""
    story = survey.story
    base = survey.scopes.static if story.is_realtime else survey.scopes.batch
    scope = replace(base, admission=None)
    for step in story.all_steps:
        engram = survey.scopes.schemas.engram(story, step)
        if engram is None or not engram.own or engram.with_ is None or "{{" not in str(engram.with_.value):
            continue
        site = Site(
            Field.STATIC if story.is_realtime else Field.CONFIG,
            engram.with_,
            ("spec", "with"),
            scope,
            step,
            guard=None if story.is_realtime else step.if_,
        )
        for template in examine(site, engram, survey.analysis.inferences):
            if not _overridden(step.with_, template.path[2:]):
                yield template


def _overridden(settings: Node | None, path: Path) -> bool:
    """Whether a step's own `with` replaces what stands at a path: objects merge, everything else is replaced."""
    node = settings
    for part in path:
        if node is None:
            return False
        if not node.is_mapping:
            return True
        node = node.child(part) if isinstance(part, str) else None
    return node is not None
