"""What the Kubernetes API of the sandbox says it serves (contract/runtime.md 1.4, requests 1 to 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object."""

    plural: str
    kind: str
    namespaced: bool = True
    status: bool = False
    """It has the subresource `status`."""


GROUPS: dict[tuple[str, str], tuple[Resource, ...]] = {
    ("", "v1"): (
        Resource("namespaces", "Namespace", namespaced=False),
        Resource("pods", "Pod", status=True),
        Resource("secrets", "Secret"),
        Resource("configmaps", "ConfigMap"),
    ),
    ("bubustack.io", "v1alpha1"): (
        Resource("engrams", "Engram", status=True),
        Resource("impulses", "Impulse", status=True),
        Resource("stories", "Story", status=True),
    ),
    ("catalog.bubustack.io", "v1alpha1"): (
        Resource("engramtemplates", "EngramTemplate", namespaced=False, status=True),
        Resource("impulsetemplates", "ImpulseTemplate", namespaced=False, status=True),
    ),
    ("runs.bubustack.io", "v1alpha1"): (
        Resource("stepruns", "StepRun", status=True),
        Resource("storyruns", "StoryRun", status=True),
        Resource("storytriggers", "StoryTrigger", status=True),
        Resource("effectclaims", "EffectClaim", status=True),
    ),
    ("transport.bubustack.io", "v1alpha1"): (
        Resource("transports", "Transport", namespaced=False, status=True),
        Resource("transportbindings", "TransportBinding", status=True),
    ),
}
_VERBS = ["create", "delete", "get", "list", "patch", "update"]
_STATUS_VERBS = ["get", "patch", "update"]


def resource(group: str, version: str, plural: str) -> Resource | None:
    """The kind behind a path, if it is served."""
    return next((known for known in GROUPS.get((group, version), ()) if known.plural == plural), None)


def resource_list(group: str, version: str) -> dict[str, Any] | None:
    """The answer to `GET /apis/<group>/<version>`."""
    if (group, version) not in GROUPS:
        return None
    rows: list[dict[str, Any]] = []
    for known in GROUPS[group, version]:
        row = {"singularName": known.kind.lower(), "namespaced": known.namespaced, "kind": known.kind}
        rows.append({"name": known.plural, **row, "verbs": _VERBS})
        if known.status:
            rows.append({"name": f"{known.plural}/status", **row, "singularName": "", "verbs": _STATUS_VERBS})
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": rows,
    }


def group_list() -> dict[str, Any]:
    """The answer to `GET /apis` of a client that knows nothing of aggregated discovery."""
    groups = [_group(group, version) for group, version in GROUPS if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(name: str) -> dict[str, Any] | None:
    """The answer to `GET /apis/<group>`."""
    known = next((version for served, version in GROUPS if served and served == name), None)
    return None if known is None else {"kind": "APIGroup", "apiVersion": "v1", **_group(name, known)}


def aggregated(*, core: bool) -> dict[str, Any]:
    """The answer to `GET /api` (core) or `GET /apis` of a client that prefers one document: saves it requests."""
    items = []
    for (name, version), known in GROUPS.items():
        if core == (not name):
            rows = [_aggregated(name, version, one) for one in known]
            versions = [{"version": version, "freshness": "Current", "resources": rows}]
            items.append({"metadata": {"name": name}, "versions": versions})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _group(name: str, version: str) -> dict[str, Any]:
    entry = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [entry], "preferredVersion": entry}


def _aggregated(name: str, version: str, known: Resource) -> dict[str, Any]:
    kind = {"group": name, "version": version, "kind": known.kind}
    row: dict[str, Any] = {
        "resource": known.plural,
        "responseKind": kind,
        "scope": "Namespaced" if known.namespaced else "Cluster",
        "singularResource": known.kind.lower(),
        "verbs": _VERBS,
    }
    if known.status:
        row["subresources"] = [{"subresource": "status", "responseKind": kind, "verbs": _STATUS_VERBS}]
    return row
