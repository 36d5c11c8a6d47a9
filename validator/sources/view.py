"""A Kubernetes object looked at through its fields. Nothing raises: what is missing or has another shape is None.

Whether the shape is right is the business of the check `manifests`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from validator.findings import Location, Subject
from validator.sources.node import Node
from validator.sources.trees import Tree


class View:
    """A mapping of a manifest, looked at through its fields."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def node(self) -> Node:
            """The mapping. Kinds of views have it as a field, or find it."""

    @property
    def file(self) -> str:
        """The path of the file, relative to the workspace root."""
        return self.node.file

    def _text(self, *path: str) -> str:
        node = self._node(*path)
        return (node.text or "") if node is not None else ""

    def _node(self, *path: str) -> Node | None:
        """The node at a path; None when it is missing or null."""
        # Views are asked for their fields all the time: no call for each part of the way.
        node: Node | None = self.node
        for name in path:
            node = node.members.get(name) if node is not None and node.members else None
        return node if node is not None and node.value is not None else None

    def _texts(self, *path: str) -> tuple[str, ...]:
        return tuple(node.text for node in self._node(*path) or () if node.text is not None)


@dataclass(frozen=True, slots=True)
class Reference(View):
    """A `ref`, `templateRef` or `storyRef` that is an object."""

    node: Node

    @property
    def name(self) -> str:
        """The name of what is meant; empty when it is missing."""
        return self._text("name")

    @property
    def namespace(self) -> str:
        """The namespace; empty means that of the object that refers."""
        return self._text("namespace")

    @property
    def version(self) -> str:
        """The wanted version; empty means any."""
        return self._text("version")


@dataclass(frozen=True, eq=False)
class Manifest(View):
    """A Kubernetes object. The kinds below add their fields; any other kind stays this.

    Compared by identity. Not slotted: what is asked again and again is worked out once.
    """

    tree: Tree = field(repr=False)
    provided: bool = False
    """It comes from another repository (`templates:`): it resolves references and is not checked itself."""
    namesake: bool = False
    """Another object of its kind has its name, in another namespace: only both tell whom a finding is about."""

    @classmethod
    def of(cls, node: Node, *, provided: bool = False) -> Self:
        """The object at a node, which is kept."""
        return cls(Tree.of(node), provided)

    @property
    def node(self) -> Node:
        """The whole object."""
        return self.tree.root

    @cached_property
    def file(self) -> str:
        """The path of the file, relative to the workspace root."""
        return self.node.file

    @cached_property
    def kind(self) -> str:
        """The kind as written; empty when it is missing."""
        return self._text("kind")

    @cached_property
    def api_version(self) -> str:
        """The apiVersion as written; empty when it is missing."""
        return self._text("apiVersion")

    @cached_property
    def name(self) -> str:
        """`metadata.name`; empty when it is missing."""
        return self._text("metadata", "name")

    @cached_property
    def namespace(self) -> str:
        """`metadata.namespace`; empty when it is missing, as in manifests applied with `-n`."""
        return self._text("metadata", "namespace")

    @property
    def spec(self) -> Node | None:
        """`spec` when it is an object."""
        spec = self.node.get("spec")
        return spec if spec is not None and spec.is_mapping else None

    @property
    def own(self) -> bool:
        """Whether it belongs to this repository."""
        return not self.provided

    @property
    def name_location(self) -> Location:
        """Where a finding about the whole object belongs: its name, else its kind."""
        name = self.node.find(("metadata", "name"))
        return name.location if name else self.node.key_location("kind")

    @cached_property
    def subject(self) -> Subject:
        """Whom findings about this object name."""
        name = f"{self.namespace}/{self.name}" if self.namesake and self.namespace else self.name
        return Subject(_SUBJECTS.get(self.kind, "file"), name or self.file)

    def identify(self) -> None:
        """Work out what others ask of an object whose nodes are dropped."""
        for name in _KEYS:
            getattr(self, name)

    def as_namesake(self, *, namesake: bool) -> Self:
        """The same object, known to have its name alone or not."""
        changed = replace(self, namesake=namesake)
        changed.__dict__.update({name: getattr(self, name) for name in _KEYS})
        return changed

    def release(self) -> None:
        """Give back the nodes of its file, where these are droppable, and what was worked out from them."""
        if self.tree.file.droppable:
            for name in [name for name in self.__dict__ if name not in _IDENTITY]:
                del self.__dict__[name]
            self.tree.file.drop()

    def _reference(self, *path: str) -> Reference | None:
        node = self._node(*path)
        return Reference(node) if node is not None and node.is_mapping else None


_KEYS = ("file", "kind", "api_version", "name", "namespace")
"""What objects are found by."""
_IDENTITY = frozenset({"tree", "provided", "namesake", "subject", *_KEYS})
"""The members of an object that hold none of its nodes."""

_SUBJECTS = {
    "Story": "story",
    "Engram": "engram",
    "Impulse": "impulse",
    "EngramTemplate": "template",
    "ImpulseTemplate": "template",
    "Transport": "transport",
}
