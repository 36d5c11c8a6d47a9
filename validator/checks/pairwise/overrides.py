"""EV304: an engram that was seen to emit `inputs`, in front of a step whose own block they replace.

Only a run can show that an engram does it, so whoever has seen one asks here which stories suffer. Source: runtime.md
2.10: the hub forwards the upstream frame unchanged, and the SDK prefers its `inputs` to those that the hub evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from validator.findings import Finding, Json, Related, Suggestion
from validator.rules.pairwise import OVERRIDDEN_INPUTS
from validator.sources.manifests import EngramTemplate, Step, Story
from validator.sources.workspace import Workspace
from validator.stories.graph import Graph


def overridden(workspace: Workspace, template: EngramTemplate, emitted: Json) -> Iterator[Finding]:
    """The steps of realtime stories whose block never arrives, because `template`'s engram emits `inputs` before them.

    `emitted` is what it was seen to emit as `inputs`, for the evidence.
    """
    for story in workspace.stories:
        if not story.own or not story.is_realtime:
            continue
        graph = Graph(story)
        for step in story.steps:
            block = _block(step)
            sources = [source for source in graph.sources(step) if workspace.step_template(story, source) is template]
            if block and sources:
                yield _finding(story, step, block, sources[0], template, emitted)


def _block(step: Step) -> str:
    """The field that maps what the step is given; empty when it has none."""
    if step.ref is None:
        return ""
    return "runtime" if step.runtime is not None else "with" if step.with_ is not None else ""


def _finding(story: Story, step: Step, block: str, source: Step, template: EngramTemplate, emitted: Json) -> Finding:
    return OVERRIDDEN_INPUTS.at(
        step.node.key_location(block),
        replace(story.subject, step=step.name),
        anchor=("spec", "steps", step.name, block, source.name),
        evidence={"inputs": emitted},
        suggestion=Suggestion(f"let the engram of `{template.name}` emit a payload only"),
        related=[Related(source.name_location, f"step `{source.name}` runs it")],
        producer=template.name,
        step=step.name,
        field=block,
    )
