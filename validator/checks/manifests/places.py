"""Where in a manifest something is, in words that survive when lines and items move."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from validator.findings import Path, Subject
from validator.sources.manifests import Manifest
from validator.sources.node import Node

SECTIONS = ("steps", "compensations", "finally")


@dataclass(frozen=True, slots=True)
class Place:
    """A path of one manifest, with what findings call it."""

    manifest: Manifest
    path: Path

    @property
    def anchor(self) -> Path:
        """The path with the names of list items instead of their indices."""
        names: list[str | int] = []
        node: Node | None = self.manifest.node
        for step in self.path:
            node = node.child(step) if node is not None else None
            name = node.get("name") if node is not None and isinstance(step, int) else None
            names.append(name.text if name is not None and name.text else step)
        return tuple(names)

    @property
    def label(self) -> str:
        """The path as people write it, such as `spec.steps[fetch].needs`."""
        return label(self.anchor, self.path)

    @property
    def subject(self) -> Subject:
        """The manifest, with the step that the path leads through."""
        subject = self.manifest.subject
        if len(self.path) > 2 and self.path[1] in SECTIONS and subject.kind == "story":
            return replace(subject, step=str(self.anchor[2]))
        return subject


def label(anchor: Path, path: Path) -> str:
    """Join a path; `anchor` gives the names, `path` tells which parts are list items."""
    text = ""
    for name, step in zip(anchor, path, strict=True):
        if isinstance(step, int):
            text += f"[{name}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text or "the document"


def either(values: Iterable[str]) -> str:
    """Values that are allowed: `a`, `b` or `c`."""
    quoted = [f"`{value}`" for value in values if value]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
