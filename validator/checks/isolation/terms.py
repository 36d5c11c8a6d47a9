"""On what terms an engram is judged, and what its author has declared to be no leak."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from validator.checks.isolation.surfaces import DECLARED, Place, Surface
from validator.findings import Json, Path, Subject
from validator.schemas.undeclared import undeclared
from validator.schemas.validation import check_definition
from validator.sources.manifests import EngramTemplate
from validator.suite.canaries import Canary, Trust

DERIVED = "x-engram-derived-from"
"""In outputSchema: this field is made from the config on purpose (`config`, or `config.model` for one value)."""


@dataclass(frozen=True)
class Terms:
    """Who is judged, and what is allowed.

    Not slotted: what is undeclared is found once a surface.
    """

    template: EngramTemplate
    subject: Subject
    """With the case."""
    allow: tuple[str, ...] = ()
    """`isolation.allow` of the configuration: paths of outputs that may hold what they hold."""

    @cached_property
    def schema(self) -> Json:
        """The outputSchema; None when there is none that can be used."""
        node = self.template.output_schema
        if node is None or not isinstance(node.value, dict) or check_definition(node.value):
            return None
        return node.value

    @cached_property
    def _strangers(self) -> dict[Surface, tuple[Path, ...]]:
        return {}

    def strangers(self, surface: Surface) -> tuple[Path, ...]:
        """The fields of an output that nothing declares."""
        if surface.place not in DECLARED or self.schema is None:
            return ()
        if surface not in self._strangers:
            self._strangers[surface] = undeclared(self.schema, surface.value)
        return self._strangers[surface]

    def permits(self, canary: Canary, surface: Surface, path: Path) -> bool:
        """Whether the author says that this may be there. A secret may be nowhere."""
        if canary.trust is Trust.SECRET:
            return False
        if any(_covers(pattern, surface, path) for pattern in self.allow):
            return True
        if canary.trust is not Trust.CONFIG or surface.place not in DECLARED:
            return False
        return any(_names(source, canary) for source in self._derivations(path))

    def _derivations(self, path: Path) -> Iterator[Json]:
        """What the schema says of the field and of what is around it."""
        node: Json = self.schema
        for step in (*path, None):
            if not isinstance(node, dict):
                return
            sources = node.get(DERIVED)
            yield from sources if isinstance(sources, list) else [sources]
            properties, items = node.get("properties"), node.get("items")
            if isinstance(step, str):
                node = properties.get(step) if isinstance(properties, dict) else None
            else:
                node = items if not isinstance(items, list) else None


def _names(source: Json, canary: Canary) -> bool:
    """Whether a derivation names the config as a whole, or this value or what holds it."""
    if not isinstance(source, str):
        return False
    own = f"config.{canary.origin}"
    return source in {"config", own} or own.startswith((f"{source}.", f"{source}["))


def _covers(pattern: str, surface: Surface, path: Path) -> bool:
    """Whether a pattern names a place or what holds it: `.model`, `choices[].model`, `metadata.trace`."""
    steps = re.findall(r"[^.\[\]]+|\[\d*\]|\[\*\]", pattern)
    if steps and steps[0] == "metadata" and surface.place is Place.METADATA:
        steps = steps[1:]
    elif surface.place not in DECLARED:
        return False
    if len(steps) > len(path):
        return False
    return all(
        step == "*" or (step.startswith("[") if isinstance(part, int) else step == part)
        for step, part in zip(steps, path, strict=False)
    )
