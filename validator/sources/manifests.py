"""The kinds of manifests: typed views of each (templating.md, section 12), and which one fits a document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from validator.findings import Json
from validator.sources.node import Node
from validator.sources.story import Step, Story, StoryTransport
from validator.sources.template import EngramTemplate, ImpulseTemplate, Secret, Template
from validator.sources.trees import Tree
from validator.sources.view import Manifest, Reference, View

__all__ = [
    "CATALOG",
    "CLUSTER_SCOPED",
    "CORE",
    "KINDS",
    "MODES",
    "RUNS",
    "TRANSPORT",
    "Engram",
    "EngramTemplate",
    "Impulse",
    "ImpulseTemplate",
    "Manifest",
    "Reference",
    "Secret",
    "Step",
    "Story",
    "StoryTransport",
    "Template",
    "Transport",
    "View",
    "view",
    "view_of",
]

CORE = "bubustack.io/v1alpha1"
CATALOG = "catalog.bubustack.io/v1alpha1"
TRANSPORT = "transport.bubustack.io/v1alpha1"
RUNS = "runs.bubustack.io/v1alpha1"

MODES = ("job", "deployment", "statefulset")


@dataclass(frozen=True, eq=False)
class Engram(Manifest):
    """A configured instance of an EngramTemplate."""

    @cached_property
    def template_ref(self) -> Reference | None:
        """`spec.templateRef`."""
        return self._reference("spec", "templateRef")

    @cached_property
    def mode(self) -> str:
        """How it runs; `job` when nothing is said."""
        return self._text("spec", "mode") or "job"

    @cached_property
    def with_(self) -> Node | None:
        """`spec.with`: configuration, merged below the `with` of each step."""
        return self._node("spec", "with")

    @property
    def with_value(self) -> dict[str, Json]:
        """`spec.with` as plain data; empty when it is missing or no object."""
        node = self.with_
        return node.value if node is not None and isinstance(node.value, dict) else {}

    @property
    def secrets(self) -> Node | None:
        """`spec.secrets`: logical name to Secret."""
        return self._node("spec", "secrets")

    @property
    def version(self) -> str:
        """`spec.version`."""
        return self._text("spec", "version")


@dataclass(frozen=True, eq=False)
class Impulse(Manifest):
    """A configured trigger of a Story."""

    @property
    def template_ref(self) -> Reference | None:
        """`spec.templateRef`."""
        return self._reference("spec", "templateRef")

    @property
    def story_ref(self) -> Reference | None:
        """`spec.storyRef`."""
        return self._reference("spec", "storyRef")

    @property
    def with_(self) -> Node | None:
        """`spec.with`."""
        return self._node("spec", "with")

    @property
    def mapping(self) -> Node | None:
        """`spec.mapping`."""
        return self._node("spec", "mapping")

    @property
    def dedupe_key_template(self) -> Node | None:
        """`spec.deliveryPolicy.dedupe.keyTemplate`."""
        return self._node("spec", "deliveryPolicy", "dedupe", "keyTemplate")


@dataclass(frozen=True, eq=False)
class Transport(Manifest):
    """A way for packets. Cluster-scoped."""

    @property
    def config_schema(self) -> Node | None:
        """`spec.configSchema`."""
        return self._node("spec", "configSchema")

    @property
    def streaming(self) -> Node | None:
        """Streaming settings."""
        return self._node("spec", "streaming")


KINDS: dict[str, tuple[str, type[Manifest]]] = {
    "Story": (CORE, Story),
    "Engram": (CORE, Engram),
    "Impulse": (CORE, Impulse),
    "EngramTemplate": (CATALOG, EngramTemplate),
    "ImpulseTemplate": (CATALOG, ImpulseTemplate),
    "Transport": (TRANSPORT, Transport),
}
"""The kinds that are checked, with their apiVersion."""

CLUSTER_SCOPED = frozenset({"EngramTemplate", "ImpulseTemplate", "Transport"})


def view(node: Node, *, provided: bool = False) -> Manifest:
    """The view of a Kubernetes object that fits its kind; its nodes are kept."""
    return view_of(Tree.of(node), provided=provided)


def view_of(tree: Tree, *, provided: bool = False) -> Manifest:
    """The view of the Kubernetes object in a document that fits its kind.

    The API group decides between our kinds and foreign ones of the same name; a slip in its version does not.
    """
    node = tree.root
    kind, api_version = node.get("kind"), node.get("apiVersion")
    known = KINDS.get(kind.text or "") if kind else None
    group = (api_version.text or "").partition("/")[0] if api_version else ""
    if known is not None and group == known[0].partition("/")[0]:
        return known[1](tree, provided)
    return Manifest(tree, provided)
