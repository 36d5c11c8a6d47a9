"""The small Kubernetes API, held to what a real server answered and to the recorded traffic of real engrams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from validator.sandbox.harness.cluster import Cluster, locate
from validator.sandbox.harness.http import HttpRequest
from validator.sandbox.harness.records import KIND_LIMIT, REQUEST_LIMIT, Record

TRACES = Path(__file__).resolve().parents[2] / "docs" / "contract" / "traces"
RUNS = "/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox"
MERGE = "application/merge-patch+json"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


def ask(cluster: Cluster, method: str, path: str, body: Any = None, *, kind: str = "", accept: str = "") -> Any:
    headers = {"accept": accept, "content-type": kind or "application/json"}
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    response, _, _ = cluster.respond(HttpRequest(method, path, headers, data))
    return response.status, json.loads(response.body)


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    cluster.put(steprun("s"))
    return cluster


def steprun(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "runs.bubustack.io/v1alpha1",
        "kind": "StepRun",
        "metadata": {"name": name, "namespace": "sandbox"},
        "spec": {"stepId": "step"},
        "status": {"phase": "Running", "retries": 0},
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "expected"),
    [
        ("GET", "/api?timeout=30s", None, "", (200, "APIVersions")),
        ("GET", "/apis", None, "", (200, "APIGroupList")),
        ("GET", "/apis/runs.bubustack.io", None, "", (200, "APIGroup")),
        ("GET", "/apis/runs.bubustack.io/v1alpha1", None, "", (200, "APIResourceList")),
        ("GET", "/apis/batch/v1", None, "", (404, "NotFound")),
        ("GET", f"{RUNS}/stepruns/s?timeout=30s", None, "", (200, "StepRun")),
        ("GET", f"{RUNS}/stepruns", None, "", (200, "StepRunList")),
        ("GET", f"{RUNS}/stepruns?watch=false&limit=500", None, "", (200, "StepRunList")),
        ("GET", f"{RUNS}/stepruns?resourceVersion=1&watch=true", None, "", (501, "NotImplemented")),
        ("GET", f"{RUNS}/stepruns/other", None, "", (404, "NotFound")),
        ("GET", f"{RUNS}/pods/s", None, "", (404, "NotFound")),
        ("GET", "/metrics", None, "", (404, "NotFound")),
        ("PATCH", f"{RUNS}/stepruns/other/status", {}, MERGE, (404, "NotFound")),
        ("PATCH", f"{RUNS}/stepruns/s/scale", {}, MERGE, (404, "NotFound")),
        ("PATCH", f"{RUNS}/stepruns/s/status", {}, "application/apply-patch+yaml", (415, "UnsupportedMediaType")),
        ("PATCH", f"{RUNS}/stepruns/s/status", b"{", MERGE, (400, "BadRequest")),
        ("PATCH", f"{RUNS}/stepruns/s/status", b'{"a":NaN}', MERGE, (400, "BadRequest")),
        ("PATCH", f"{RUNS}/stepruns/s/status", b"[1]", MERGE, (400, "BadRequest")),
        ("PATCH", f"{RUNS}/stepruns/s/status", b"[" * 100_000, MERGE, (400, "BadRequest")),
        ("PATCH", f"{RUNS}/stepruns/s", {"metadata": {"resourceVersion": "0"}}, MERGE, (409, "Conflict")),
        ("POST", f"{RUNS}/stepruns", steprun("s"), "", (409, "AlreadyExists")),
        ("POST", f"{RUNS}/effectclaims", {"metadata": {"name": "c", "resourceVersion": "7"}}, "", (201, None)),
        ("DELETE", f"{RUNS}/stepruns/s", None, "", (200, "Status")),
        ("OPTIONS", f"{RUNS}/stepruns/s", None, "", (405, "MethodNotAllowed")),
    ],
)
def test_answers(cluster: Cluster, method: str, path: str, body: Any, kind: str, expected: tuple[int, str]) -> None:
    status, answer = ask(cluster, method, path, body, kind=kind)
    assert (status, answer.get("reason") or answer.get("kind")) == expected


def test_a_body_beyond_the_limit_of_a_real_server_is_refused(cluster: Cluster) -> None:
    request = HttpRequest("PATCH", f"{RUNS}/stepruns/s/status", {"content-type": MERGE}, b"", too_large=True)
    response, target, _ = cluster.respond(request)
    assert response.status == 413
    assert target is not None


def test_status_and_the_rest_change_apart(cluster: Cluster) -> None:
    ask(cluster, "PATCH", f"{RUNS}/stepruns/s/status", {"status": {"phase": "Failed"}, "spec": {"x": 1}}, kind=MERGE)
    ask(cluster, "PATCH", f"{RUNS}/stepruns/s", {"status": {"phase": "Succeeded"}, "spec": {"y": 2}}, kind=MERGE)
    held = cluster.objects["stepruns", "sandbox", "s"]
    assert held["status"] == {"phase": "Failed", "retries": 0}
    assert held["spec"] == {"stepId": "step", "y": 2}


def test_a_change_without_a_version_always_wins(cluster: Cluster) -> None:
    before = cluster.objects["stepruns", "sandbox", "s"]["metadata"]["resourceVersion"]
    status, answer = ask(cluster, "PATCH", f"{RUNS}/stepruns/s/status", {"status": {"output": {"a": None}}}, kind=MERGE)
    assert status == 200
    assert answer["status"] == {"phase": "Running", "retries": 0, "output": {}}
    assert answer["metadata"]["resourceVersion"] != before


def test_aggregated_discovery_names_every_resource(cluster: Cluster) -> None:
    _, answer = ask(cluster, "GET", "/apis", accept=AGGREGATED)
    assert answer["kind"] == "APIGroupDiscoveryList"
    runs = next(item for item in answer["items"] if item["metadata"]["name"] == "runs.bubustack.io")
    assert "stepruns" in {row["resource"] for row in runs["versions"][0]["resources"]}


def test_a_story_trigger_is_turned_down_at_once(cluster: Cluster) -> None:
    """Without a controller the SDK would poll until the step's time is up (contract/runtime.md 1.5)."""
    body = {"kind": "StoryTrigger", "metadata": {"name": "t"}, "spec": {"storyRef": {"name": "child"}}}
    assert ask(cluster, "POST", f"{RUNS}/storytriggers", body)[0] == 201
    assert ask(cluster, "GET", f"{RUNS}/storytriggers/t")[1]["status"]["decision"] == "Rejected"


def test_the_first_request_of_each_kind_is_kept_however_many_came_before() -> None:
    record = Record()
    asked = {"path": "/x", "content_type": "", "body": None, "size": 0}
    for _ in range(REQUEST_LIMIT + 5):
        record.add({**asked, "method": "GET", "status": 200}, "stepruns")
    for number in range(KIND_LIMIT + 5):
        record.add({**asked, "method": "POST", "status": 201}, f"kind {number}")

    assert record.total == REQUEST_LIMIT + KIND_LIMIT + 10
    assert len(record.requests) == REQUEST_LIMIT + KIND_LIMIT - 1
    assert record.requests[REQUEST_LIMIT]["method"] == "POST"


def test_engrams_cannot_fill_the_memory(cluster: Cluster) -> None:
    statuses = [
        ask(cluster, "POST", f"{RUNS}/effectclaims", {"metadata": {"name": f"c{number}"}})[0] for number in range(5000)
    ]
    assert statuses.count(201) < 1100
    assert statuses[-1] == 403


@pytest.mark.parametrize("path", ["", "/", "/apis", "/apis/a/b", f"{RUNS}/stepruns/a/b/c", "/api/v1"])
def test_no_object_is_named_by(path: str) -> None:
    assert locate(path) is None


LENIENT = {"batch-probe_array", "batch-probe_scalar"}
"""Recordings whose server took an output that the definition of StepRun refuses: it asks for an object."""


@pytest.mark.parametrize("trace", sorted(TRACES.glob("batch-*.json")), ids=lambda path: path.stem)
def test_real_traffic_leads_to_the_same_status(trace: Path) -> None:
    recorded = json.loads(trace.read_text(encoding="utf-8"))
    if "final_status" not in recorded:
        pytest.skip("not a recording of the Kubernetes API")
    cluster = Cluster()
    held = steprun(recorded["env"].get("BUBU_STEPRUN_NAME") or "unnamed")
    if not any("phase" in ((request["body"] or {}).get("status") or {}) for request in recorded["requests"]):
        # What the recording began with; the controller writes `retries`, which the definition demands.
        held["status"] = {"phase": recorded["final_status"].get("phase"), "retries": 0}
    cluster.put(held)
    injected = False
    for request in recorded["requests"]:
        target = locate(request["path"].partition("?")[0])
        if request["status"] in {403, 409, 500} or (request["status"] == 404 and target is None):
            injected = True  # the recording's server played a fault here
            continue
        lacks = target is not None and target.name and target.key not in cluster.objects
        if lacks and target is not None and request["status"] == 200:
            api = f"{target.group}/{target.version}".lstrip("/")
            metadata = {"name": target.name, "namespace": target.namespace}
            cluster.put({"apiVersion": api, "kind": target.resource.kind, "metadata": metadata})
        body = request["body"]
        if request["method"] == "PUT":
            body["metadata"].pop("resourceVersion", None)  # counted differently
        kind = request["headers"].get("Content-Type", "")
        accept = request["headers"].get("Accept", "")
        status, answer = ask(cluster, request["method"], request["path"], body, kind=kind, accept=accept)
        if trace.stem in LENIENT and request["method"] == "PATCH":
            assert status == 422
            assert "status.output in body must be of type object" in answer["message"]
            return
        assert status == request["status"], (request["path"], answer.get("message"))
    ended = dict(recorded["final_status"])
    if injected or ended.get("phase") in {"Running", "Pending"}:
        return
    held = next(held for (plural, _, _), held in cluster.objects.items() if plural == "stepruns")
    assert {**held["status"], "retries": 0} == {**ended, "retries": 0}
