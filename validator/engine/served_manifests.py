"""The Engram and the EngramTemplate that the API of a case serves, so that the SDK judges inputs and outputs itself.

Pure. In a cluster the SDK follows `spec.engramRef` of its StepRun to both (contract/runtime.md 1.1 and 1.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from validator.findings import Json
from validator.schemas.profile import SDK
from validator.schemas.validation import check_definition
from validator.sources.manifests import EngramTemplate, Manifest
from validator.sources.node import Node
from validator.sources.workspace import Workspace


def manifests(template: EngramTemplate, engram: str = "", namespace: str = "sandbox") -> tuple[Mapping[str, Json], ...]:
    """The EngramTemplate as it is written, and an Engram of it; none for a template that a cluster would not hold.

    `engram` is the name of the Engram; by default that of the template.
    """
    if not template.name or _refused(template.input_schema) or _refused(template.output_schema):
        return ()  # the template's own finding (EV1) says what is wrong with it
    spec = template.node.get("spec")
    owner: dict[str, Json] = {
        "apiVersion": "bubustack.io/v1alpha1",
        "kind": "Engram",
        "metadata": {"name": engram or template.name, "namespace": namespace},
        "spec": {"templateRef": {"name": template.name}},
    }
    described: dict[str, Json] = {
        "apiVersion": "catalog.bubustack.io/v1alpha1",
        "kind": "EngramTemplate",
        "metadata": {"name": template.name},
        "spec": spec.value if spec is not None else {},
    }
    return owner, described


def as_served(manifest: Manifest, namespace: str) -> Mapping[str, Json]:
    """An object of the workspace as an API serves it: in this namespace unless it names its own."""
    value = manifest.node.value
    assert isinstance(value, dict)
    metadata = value.get("metadata")
    return {**value, "metadata": {"namespace": namespace, **(metadata if isinstance(metadata, dict) else {})}}


def stories(workspace: Workspace, namespace: str) -> Iterator[Mapping[str, Json]]:
    """The Stories that an engram of this namespace can get and list (runtime.md 1.5)."""
    return (as_served(one, namespace) for one in workspace.stories if (one.namespace or namespace) == namespace)


def _refused(schema: Node | None) -> bool:
    """Whether the SDK cannot judge by this schema."""
    return schema is not None and (
        not isinstance(schema.value, dict) or bool(check_definition(schema.value, profile=SDK))
    )
