"""What the keys of `images:` and `cases:` name: a template, `engram/NAMESPACE/NAME` or `step/STORY/STEP`."""

from __future__ import annotations

from collections.abc import Iterator

from validator.findings import Finding, Subject
from validator.rules import config as config_rules
from validator.sources.manifests import Engram
from validator.sources.workspace import Workspace
from validator.suite.config import Config
from validator.suite.overrides import unversioned


def unknown_targets(workspace: Workspace, config: Config) -> Iterator[Finding]:
    """Keys of `images:` and `cases:` that name nothing in the workspace."""
    templates = sorted({template.name for template in workspace.templates})
    places = [("images", override.key, override.location) for override in config.images]
    places += [("cases", key, location) for key, location in config.case_keys.items()]
    for where, key, location in places:
        if unversioned(key) in templates or engram_of(workspace, unversioned(key)) is not None:
            continue
        yield config_rules.UNKNOWN_TARGET.at(
            location,
            Subject("config", config.file or location.file),
            anchor=(where, key),
            key=key,
            where=f"`{where}`",
            kind="template, engram or step",
            known=", ".join(f"`{name}`" for name in templates) or "none",
        )


def engram_of(workspace: Workspace, key: str) -> Engram | None:
    """The Engram behind `engram/NAMESPACE/NAME` or `step/STORY/STEP`."""
    match key.split("/"):
        case ["engram", namespace, name]:
            return workspace.find(Engram, name, namespace)
        case ["step", story_name, step_name]:
            for story in workspace.stories:
                if story.name == story_name:
                    steps = (step for step in story.every_step() if step.name == step_name)
                    return next((workspace.engram_of(story, step) for step in steps), None)
    return None
