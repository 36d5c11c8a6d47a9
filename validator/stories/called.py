"""The story that an `executeStory` step runs (story-run.md, section A7)."""

from __future__ import annotations

from validator.sources.manifests import Step, Story
from validator.sources.workspace import Workspace


def called_story(workspace: Workspace, story: Story, step: Step) -> Story | None:
    """The story that a step executes; None for other steps, for names with templates, and for what is not there."""
    name = step.node.find(("with", "storyRef", "name"))
    namespace = step.node.find(("with", "storyRef", "namespace"))
    if step.type != "executeStory" or name is None or not name.text or "{{" in name.text:
        return None
    return workspace.find(Story, name.text, (namespace.text if namespace is not None else "") or story.namespace)
