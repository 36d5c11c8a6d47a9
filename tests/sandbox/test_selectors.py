"""Selectors of lists, as a real API server reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from validator.sandbox.harness.cluster import Cluster
from validator.sandbox.harness.http import HttpRequest

RUNS = "/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/storyruns"
HELD: dict[str, dict[str, str] | None] = {
    "a": {"app": "x", "bubustack.io/tier": "1"},
    "b": {"app": "y", "bubustack.io/tier": "20"},
    "c": {"other": ""},
    "d": None,
}
ALL = "abcd"


def listed(query: str) -> tuple[int, str]:
    """The status, and the names of what is listed or the server's words."""
    cluster = Cluster()
    for name, labels in HELD.items():
        metadata: dict[str, Any] = {"name": name, "namespace": "sandbox"} | ({"labels": labels} if labels else {})
        cluster.put({"apiVersion": "runs.bubustack.io/v1alpha1", "kind": "StoryRun", "metadata": metadata})
    response, _, _ = cluster.respond(HttpRequest("GET", f"{RUNS}?{query}", {}, b""))
    answer = json.loads(response.body)
    said = answer.get("message", "") or "".join(one["metadata"]["name"] for one in answer["items"])
    return response.status, said


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ALL),
        ("labelSelector=", ALL),
        ("labelSelector=app=x", "a"),
        ("labelSelector=app%3D%3Dx", "a"),
        ("labelSelector=app!=x", "bcd"),
        ("labelSelector=app", "ab"),
        ("labelSelector=!app", "cd"),
        ("labelSelector=other=", "c"),
        ("labelSelector=app+in+(x,y)", "ab"),
        ("labelSelector=app%20in%20(x,%20z)", "a"),
        ("labelSelector=app+notin+(x)", "bcd"),
        ("labelSelector=bubustack.io/tier=1,app=x", "a"),
        ("labelSelector=app+in+(x,y),bubustack.io/tier=20", "b"),
        ("labelSelector=bubustack.io/tier>5", "b"),
        ("labelSelector=bubustack.io/tier<5", "a"),
        ("labelSelector=app>5", ""),
        ("fieldSelector=metadata.name=c", "c"),
        ("fieldSelector=metadata.name!=c", "abd"),
        ("fieldSelector=metadata.namespace=sandbox,metadata.name=a", "a"),
        ("labelSelector=app&fieldSelector=metadata.name=b", "b"),
        ("labelSelector=app&limit=500", "ab"),
    ],
)
def test_a_list_has_what_is_selected(query: str, names: str) -> None:
    assert listed(query) == (200, names)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("labelSelector=app=x=y", "unable to parse requirement"),
        ("labelSelector=app+in+x", "unable to parse requirement"),
        ("labelSelector=app+in+(x/y)", "unable to parse requirement"),
        ("labelSelector=app=x,", "unable to parse requirement"),
        ("labelSelector=tier>high", "unable to parse requirement"),
        ("labelSelector=app+in+(x,y", "unable to parse requirement"),
        ("labelSelector=app+in+((x),y)", "unable to parse requirement"),
        pytest.param(f"labelSelector={'(,' * 30_000}", "unable to parse requirement", id="long"),
        ("fieldSelector=metadata.name", "invalid field selector"),
        ("fieldSelector=status.phase=Running", "field label not supported: status.phase"),
    ],
)
def test_what_a_real_server_does_not_take_is_refused(query: str, told: str) -> None:
    status, said = listed(query)

    assert (status, told in said) == (400, True), said
