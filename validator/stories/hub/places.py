"""What is behind the loss of a packet: a field of a step, or a keyword of a schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from validator.findings import Path
from validator.sources.manifests import EngramTemplate, Step, Story
from validator.sources.node import Node


@dataclass(frozen=True, slots=True)
class Place:
    """Names rather than lines: the hub knows no files."""

    step: str
    path: Path = ()
    """Of the step, such as `("runtime", "prompt")`."""
    schema: Literal["", "inputSchema", "outputSchema"] = ""
    """Which schema of the step's template is broken."""
    keyword: Path = ()
    """In that schema."""


@dataclass(frozen=True, slots=True)
class Manifests:
    """Where a story and the templates of its engrams stand in files."""

    story: Story
    templates: Mapping[str, EngramTemplate]
    """By step."""

    def step(self, name: str) -> Step | None:
        """A step of the story."""
        return next((step for step in self.story.steps if step.name == name), None)

    def field(self, place: Place) -> Node | None:
        """The deepest node of the step along the path; None where not even its first part is there."""
        step = self.step(place.step)
        if step is None or not place.path or step.node.find(place.path[:1]) is None:
            return None
        return step.node.at(place.path)

    def keyword(self, place: Place) -> Node | None:
        """The keyword of the schema; None where the template is not known."""
        template = self.templates.get(place.step)
        if template is None or not place.schema:
            return None
        schema = template.input_schema if place.schema == "inputSchema" else template.output_schema
        return schema.at(place.keyword) if schema is not None else None

    def setting(self, transport: str, path: Path, rule: str = "") -> Node | None:
        """A setting that the story makes for one of its transports; of routing rules that with this name."""
        listed = self.story.node.find(("spec", "transports"))
        for entry in listed if listed is not None else ():
            name = entry.get("name")
            if name is None or name.text != transport:
                continue
            node = entry.find(("settings", *path)) or entry.find(("streaming", *path))
            if node is None or not rule:
                return node
            return next(
                (one for one in node if (rule_name := one.get("name")) is not None and rule_name.text == rule), node
            )
        return None
