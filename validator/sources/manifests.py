"""Typed views of manifests (templating.md, section 12). They never raise: what is missing or has another shape is None.

Whether the shape is right is the business of the check `manifests`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from validator.findings import Json, Location, Subject
from validator.sources.node import Node

CORE = "bubustack.io/v1alpha1"
CATALOG = "catalog.bubustack.io/v1alpha1"
TRANSPORT = "transport.bubustack.io/v1alpha1"
RUNS = "runs.bubustack.io/v1alpha1"

MODES = ("job", "deployment", "statefulset")


@dataclass(frozen=True, slots=True)
class View:
    """A mapping of a manifest, looked at through its fields."""

    node: Node

    @property
    def file(self) -> str:
        """The path of the file, relative to the workspace root."""
        return self.node.file

    def _text(self, *path: str) -> str:
        node = self.node.find(path)
        return (node.text or "") if node else ""

    def _node(self, *path: str) -> Node | None:
        """The node at a path; None when it is missing or null."""
        node = self.node.find(path)
        return node if node is not None and node.value is not None else None

    def _texts(self, *path: str) -> tuple[str, ...]:
        return tuple(node.text for node in self._node(*path) or () if node.text is not None)


@dataclass(frozen=True, slots=True)
class Reference(View):
    """A `ref`, `templateRef` or `storyRef` that is an object."""

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


@dataclass(frozen=True, slots=True)
class Manifest(View):
    """A Kubernetes object. The kinds below add their fields; any other kind stays this."""

    provided: bool = False
    """It comes from another repository (`templates:`): it resolves references and is not checked itself."""

    @property
    def kind(self) -> str:
        """The kind as written; empty when it is missing."""
        return self._text("kind")

    @property
    def api_version(self) -> str:
        """The apiVersion as written; empty when it is missing."""
        return self._text("apiVersion")

    @property
    def name(self) -> str:
        """`metadata.name`; empty when it is missing."""
        return self._text("metadata", "name")

    @property
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

    @property
    def subject(self) -> Subject:
        """Whom findings about this object name."""
        return Subject(_SUBJECTS.get(self.kind, "file"), self.name or self.file)

    def _reference(self, *path: str) -> Reference | None:
        node = self._node(*path)
        return Reference(node) if node is not None and node.is_mapping else None


@dataclass(frozen=True, slots=True)
class Secret(View):
    """One entry of a template's `secretSchema`."""

    name: str

    @property
    def required(self) -> bool:
        """Whether an Engram has to map this secret."""
        node = self._node("required")
        return node is not None and node.value is True

    @property
    def mount_type(self) -> str:
        """`env`, `file` or `both`; empty when it is not said."""
        return self._text("mountType")

    @property
    def env_prefix(self) -> str:
        """What stands before each key in the environment."""
        return self._text("envPrefix")

    @property
    def mount_path(self) -> str:
        """Where files are mounted."""
        return self._text("mountPath")

    @property
    def expected_keys(self) -> tuple[str, ...]:
        """The keys that the secret has to hold."""
        return self._texts("expectedKeys")


@dataclass(frozen=True, slots=True)
class Template(Manifest):
    """What EngramTemplate and ImpulseTemplate have in common."""

    @property
    def version(self) -> str:
        """`spec.version`, also when YAML took it for a number."""
        node = self._node("spec", "version")
        return "" if node is None or node.is_mapping or node.is_sequence else node.source.text[node.start : node.end]

    @property
    def image(self) -> str:
        """The image of the last release; empty when there is none."""
        return self._text("spec", "image")

    @property
    def supported_modes(self) -> tuple[str, ...]:
        """The modes that the template claims."""
        return self._texts("spec", "supportedModes")

    @property
    def config_schema(self) -> Node | None:
        """The schema of `with` of an Engram or Impulse."""
        return self._node("spec", "configSchema")

    @property
    def secret_schema(self) -> Node | None:
        """`spec.secretSchema` as it stands."""
        return self._node("spec", "secretSchema")

    @property
    def secrets(self) -> Mapping[str, Secret]:
        """`spec.secretSchema` by logical name."""
        node = self._node("spec", "secretSchema")
        return {name: Secret(entry, name) for name, entry in node.items()} if node else {}

    @property
    def execution(self) -> Node | None:
        """`spec.execution`."""
        return self._node("spec", "execution")


@dataclass(frozen=True, slots=True)
class EngramTemplate(Template):
    """What an engram takes and gives. Cluster-scoped."""

    @property
    def input_schema(self) -> Node | None:
        """The schema of a step's resolved input."""
        return self._node("spec", "inputSchema")

    @property
    def output_schema(self) -> Node | None:
        """The schema of a step's output."""
        return self._node("spec", "outputSchema")

    @property
    def declared_output_keys(self) -> tuple[str, ...]:
        """Output members by name only; a mismatch is no more than a warning event."""
        return self._texts("spec", "declaredOutputKeys")


@dataclass(frozen=True, slots=True)
class ImpulseTemplate(Template):
    """What an impulse takes and triggers with. Cluster-scoped."""

    @property
    def context_schema(self) -> Node | None:
        """The schema of what the impulse gives to `mapping`."""
        return self._node("spec", "contextSchema")


@dataclass(frozen=True, slots=True)
class Engram(Manifest):
    """A configured instance of an EngramTemplate."""

    @property
    def template_ref(self) -> Reference | None:
        """`spec.templateRef`."""
        return self._reference("spec", "templateRef")

    @property
    def mode(self) -> str:
        """How it runs; `job` when nothing is said."""
        return self._text("spec", "mode") or "job"

    @property
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

    @property
    def image_override(self) -> str:
        """`spec.overrides.image`: proposed in bobravoz-grpc#67 and accepted where it appears; else empty."""
        return self._text("spec", "overrides", "image")


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Step(View):
    """One step of a story."""

    section: str
    """`steps`, `compensations`, `finally`, or `branch` inside a `parallel`."""
    index: int
    path: tuple[str | int, ...] = ()
    """The way from the document's root to this step."""

    @property
    def name(self) -> str:
        """The name, which is what templates use; empty when it is missing."""
        return self._text("name")

    @property
    def id(self) -> str:
        """`id`; no template sees it."""
        return self._text("id")

    @property
    def name_location(self) -> Location:
        """Where a finding about the whole step belongs: its name, else the step."""
        name = self.node.get("name")
        return name.location if name else self.node.location

    @property
    def type(self) -> str:
        """The primitive (`condition`, `parallel`, …); empty for a step that runs an engram."""
        return self._text("type")

    @property
    def ref(self) -> Reference | None:
        """The Engram that runs; None for primitives."""
        node = self._node("ref")
        return Reference(node) if node is not None and node.is_mapping else None

    @property
    def needs(self) -> tuple[Node, ...]:
        """The nodes of `needs` that are text."""
        return tuple(node for node in self._node("needs") or () if node.text is not None)

    @property
    def if_(self) -> Node | None:
        """`if`."""
        return self._node("if")

    @property
    def with_(self) -> Node | None:
        """`with`."""
        return self._node("with")

    @property
    def runtime(self) -> Node | None:
        """`runtime`: evaluated for each packet of a realtime story."""
        return self._node("runtime")

    @property
    def transport(self) -> Node | None:
        """`transport`: the name of one of the story's transports."""
        return self._node("transport")

    @property
    def requires(self) -> tuple[Node, ...]:
        """The nodes of `requires` that are text."""
        return tuple(node for node in self._node("requires") or () if node.text is not None)

    @property
    def idempotency_key_template(self) -> Node | None:
        """`idempotencyKeyTemplate`."""
        return self._node("idempotencyKeyTemplate")

    @property
    def allow_failure(self) -> bool:
        """Whether the story goes on when this step fails."""
        node = self._node("allowFailure")
        return node is not None and node.value is True

    @property
    def execution(self) -> Node | None:
        """`execution`."""
        return self._node("execution")

    @property
    def cache_key(self) -> Node | None:
        """`execution.cache.key`."""
        return self._node("execution", "cache", "key")

    @property
    def post_execution(self) -> Node | None:
        """`postExecution`."""
        return self._node("postExecution")

    @property
    def post_condition(self) -> Node | None:
        """`postExecution.condition`."""
        return self._node("postExecution", "condition")

    @property
    def branches(self) -> tuple[Step, ...]:
        """The steps of a `parallel`, which stand in `with.steps`."""
        if self.type != "parallel":
            return ()
        nodes = self._node("with", "steps")
        return tuple(
            Step(node, "branch", index, (*self.path, "with", "steps", index))
            for index, node in enumerate(nodes or ())
            if node.is_mapping
        )


@dataclass(frozen=True, slots=True)
class StoryTransport(View):
    """One entry of a story's `transports`."""

    index: int

    @property
    def name(self) -> str:
        """What steps call it."""
        return self._text("name")

    @property
    def transport_ref(self) -> str:
        """The name of the Transport."""
        return self._text("transportRef")

    @property
    def streaming(self) -> Node | None:
        """Streaming settings."""
        return self._node("streaming")

    @property
    def routing_rules(self) -> tuple[Node, ...]:
        """`streaming.routing.rules`."""
        return tuple(self._node("streaming", "routing", "rules") or ())


@dataclass(frozen=True, slots=True)
class Story(Manifest):
    """Steps and what joins them."""

    @property
    def pattern(self) -> str:
        """`batch` or `realtime`; `batch` when nothing is said."""
        return self._text("spec", "pattern") or "batch"

    @property
    def is_realtime(self) -> bool:
        """Whether its steps stream."""
        return self.pattern == "realtime"

    @property
    def inputs_schema(self) -> Node | None:
        """The schema of a run's inputs."""
        return self._node("spec", "inputsSchema")

    @property
    def outputs_schema(self) -> Node | None:
        """The schema of the story's output."""
        return self._node("spec", "outputsSchema")

    @property
    def output(self) -> Node | None:
        """`spec.output`."""
        return self._node("spec", "output")

    @property
    def policy(self) -> Node | None:
        """`spec.policy`."""
        return self._node("spec", "policy")

    def _section(self, name: str) -> tuple[Step, ...]:
        nodes = self._node("spec", name)
        return tuple(
            Step(node, name, index, ("spec", name, index)) for index, node in enumerate(nodes or ()) if node.is_mapping
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """`spec.steps`."""
        return self._section("steps")

    @property
    def compensations(self) -> tuple[Step, ...]:
        """`spec.compensations`."""
        return self._section("compensations")

    @property
    def finally_(self) -> tuple[Step, ...]:
        """`spec.finally`."""
        return self._section("finally")

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Steps, compensations and finally, in this order; without the branches of a `parallel`."""
        return self.steps + self.compensations + self.finally_

    def every_step(self) -> Iterator[Step]:
        """All steps with the branches of each `parallel` after it, at any depth."""
        pending = list(reversed(self.all_steps))
        while pending:
            step = pending.pop()
            yield step
            pending.extend(reversed(step.branches))

    @property
    def transports(self) -> tuple[StoryTransport, ...]:
        """`spec.transports`."""
        nodes = self._node("spec", "transports")
        return tuple(StoryTransport(node, index) for index, node in enumerate(nodes or ()) if node.is_mapping)


@dataclass(frozen=True, slots=True)
class Transport(Manifest):
    """A way for packets. Cluster-scoped."""

    @property
    def provider(self) -> str:
        """`spec.provider`."""
        return self._text("spec", "provider")

    @property
    def driver(self) -> str:
        """`spec.driver`."""
        return self._text("spec", "driver")

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

_SUBJECTS = {
    "Story": "story",
    "Engram": "engram",
    "Impulse": "impulse",
    "EngramTemplate": "template",
    "ImpulseTemplate": "template",
    "Transport": "transport",
}


def view(node: Node, *, provided: bool = False) -> Manifest:
    """The view of a Kubernetes object that fits its kind.

    The API group decides between our kinds and foreign ones of the same name; a slip in its version does not.
    """
    kind, api_version = node.get("kind"), node.get("apiVersion")
    known = KINDS.get(kind.text or "") if kind else None
    group = (api_version.text or "").partition("/")[0] if api_version else ""
    if known is not None and group == known[0].partition("/")[0]:
        return known[1](node, provided)
    return Manifest(node, provided)
