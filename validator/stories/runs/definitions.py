"""A story of the workspace, in the shape that the engine takes."""

from __future__ import annotations

from validator.findings import Json
from validator.sources.manifests import Story
from validator.sources.node import Node
from validator.stories.engine.definition import Story as Definition
from validator.stories.engine.definition import read_story
from validator.stories.schemas import SchemaReader


def definition_of(story: Story, schemas: SchemaReader) -> Definition:
    """The story with its engrams, their templates, and the stories it can execute. Raises DefinitionError."""
    engrams: dict[str, Json] = {}
    for step in story.every_step():
        engram, template = schemas.engram(story, step), schemas.template(story, step)
        if step.ref is not None and engram is not None:
            engrams[step.ref.name] = {
                "with": engram.with_value or None,
                "inputSchema": value_of(template.input_schema) if template else None,
                "outputSchema": value_of(template.output_schema) if template else None,
                "templateMissing": template is None,
            }
    others: dict[str, Json] = {
        one.name: value_of(one.node.find(("spec",)))
        for one in schemas.workspace.stories
        if one.namespace == story.namespace
    }
    return read_story(value_of(story.node.find(("spec",))), engrams, others)


def value_of(node: Node | None) -> Json:
    """What a node holds; None for no node."""
    return None if node is None else node.value
