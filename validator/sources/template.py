"""EngramTemplate and ImpulseTemplate (templating.md, section 12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from validator.sources.node import Node
from validator.sources.view import Manifest, View


@dataclass(frozen=True, slots=True)
class Secret(View):
    """One entry of a template's `secretSchema`."""

    node: Node
    name: str

    @property
    def required(self) -> bool:
        """Whether an Engram has to map this secret."""
        node = self._node("required")
        return node is not None and node.value is True

    @property
    def env_prefix(self) -> str:
        """What stands before each key in the environment."""
        return self._text("envPrefix")

    @property
    def expected_keys(self) -> tuple[str, ...]:
        """The keys that the secret has to hold."""
        return self._texts("expectedKeys")


@dataclass(frozen=True, eq=False)
class Template(Manifest):
    """What EngramTemplate and ImpulseTemplate have in common."""

    @property
    def version(self) -> str:
        """`spec.version`, also when YAML took it for a number."""
        node = self._node("spec", "version")
        if node is None or node.is_mapping or node.is_sequence:
            return ""
        return node.source.text[node.start : node.end] if node.text is None else node.text

    @property
    def image(self) -> str:
        """The image of the last release; empty when there is none."""
        return self._text("spec", "image")

    @cached_property
    def supported_modes(self) -> tuple[str, ...]:
        """The modes that the template claims."""
        return self._texts("spec", "supportedModes")

    @cached_property
    def config_schema(self) -> Node | None:
        """The schema of `with` of an Engram or Impulse."""
        return self._node("spec", "configSchema")

    @cached_property
    def secret_schema(self) -> Node | None:
        """`spec.secretSchema` as it stands."""
        return self._node("spec", "secretSchema")

    @cached_property
    def secrets(self) -> Mapping[str, Secret]:
        """`spec.secretSchema` by logical name."""
        node = self._node("spec", "secretSchema")
        return {name: Secret(entry, name) for name, entry in node.items()} if node else {}


@dataclass(frozen=True, eq=False)
class EngramTemplate(Template):
    """What an engram takes and gives. Cluster-scoped."""

    @property
    def writable_root(self) -> bool:
        """Whether it asks for a root that it can write to, which the controller gives it."""
        node = self._node("spec", "execution", "security", "requiresReadOnlyRoot")
        return node is not None and node.value is False

    @property
    def run_as_user(self) -> int:
        """The user that it asks to be run as, which the controller heeds; 0 where it asks for none, or for root."""
        node = self._node("spec", "execution", "security", "recommendedRunAsUser")
        value = node.value if node is not None else 0
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31 else 0

    @cached_property
    def input_schema(self) -> Node | None:
        """The schema of a step's resolved input."""
        return self._node("spec", "inputSchema")

    @cached_property
    def output_schema(self) -> Node | None:
        """The schema of a step's output."""
        return self._node("spec", "outputSchema")


@dataclass(frozen=True, eq=False)
class ImpulseTemplate(Template):
    """What an impulse takes and triggers with. Cluster-scoped."""
