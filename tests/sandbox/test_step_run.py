"""What a real API server refuses of a StepRun's status (its definition, bobrapet 0.1.13), and how that is told."""

from __future__ import annotations

import asyncio
import json
import tempfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.sandbox.harness import step_run
from validator.sandbox.harness.batch import Batch
from validator.sandbox.harness.http import HttpRequest, HttpResponse
from validator.sandbox.harness.load import HELD_BYTES
from validator.sandbox.harness.outward import Mark

UNMARSHALLED = "json: cannot unmarshal array into Go value of type map[string]interface {}"
EVENT = {"seq": 1, "key": "progress", "payload": {"a": 1}}
CONDITION = {
    "type": "Ready",
    "status": "True",
    "reason": "Done",
    "message": "",
    "lastTransitionTime": "2026-03-01T08:00:00Z",
}
RUNS = "/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/stepruns"
MERGE = "application/merge-patch+json"


@pytest.mark.parametrize(
    ("status", "members"),
    [
        ({"phase": "Succeeded", "output": {"a": [None]}, "exitClass": "success", "exitCode": 0}, []),
        ({"output": [1]}, ["output"]),
        ({"output": "x"}, ["output"]),
        ({"phase": "Done"}, ["phase"]),
        ({"phase": {}}, ["phase"]),
        ({"exitClass": "ok"}, ["exitClass"]),
        ({"exitClass": ["success"]}, ["exitClass"]),
        ({"exitCode": "0"}, ["exitCode"]),
        ({"exitCode": True}, ["exitCode"]),
        ({"exitCode": 1 << 31}, ["exitCode"]),
        ({"exitCode": 1.5}, ["exitCode"]),
        ({"finishedAt": "soon"}, ["finishedAt"]),
        ({"finishedAt": "2026-03-01 08:00:00"}, ["finishedAt"]),
        ({"finishedAt": "2026-02-29T08:00:00Z"}, ["finishedAt"]),
        ({"finishedAt": "2028-02-29T08:00:00Z"}, []),
        ({"finishedAt": "2026-03-01T08:00:00.123456789+01:00", "startedAt": "2026-03-01t08:00:00z"}, []),
        ({"lastFailureMsg": [1]}, ["lastFailureMsg"]),
        ({"duration": 3}, ["duration"]),
        ({"error": {"type": "timeout", "message": "", "exitClass": "retry", "more": 1}}, []),
        ({"error": "no"}, ["error"]),
        ({"error": {"message": "no"}}, ["error.type"]),
        ({"error": {"type": "oops", "message": 1}}, ["error.type", "error.message"]),
        ({"error": {"type": "timeout", "message": "", "exitClass": "later"}}, ["error.exitClass"]),
        ({"signals": {"progress": {"a": 1}}, "signalEvents": [EVENT]}, []),
        ({"signals": {"progress": "half"}}, ["signals.progress"]),
        ({"signalEvents": [EVENT] * 256}, []),
        ({"signalEvents": [EVENT] * 257}, ["signalEvents"]),
        ({"signalEvents": {}}, ["signalEvents"]),
        ({"signalEvents": [{"key": "progress"}]}, ["signalEvents[0].seq"]),
        ({"effects": ["paid"]}, ["effects[0]"]),
        ({"conditions": [CONDITION]}, []),
        ({"conditions": [CONDITION, CONDITION]}, ["conditions[1]"]),
        ({"conditions": [CONDITION | {"reason": "R" * 65}]}, ["conditions[0].reason"]),
        ({"conditions": [CONDITION | {"reason": "not a reason"}]}, ["conditions[0].reason"]),
        ({"what it does not know": 1}, []),
    ],
)  # fmt: skip
def test_what_is_refused(status: dict[str, Any], members: list[str]) -> None:
    found = step_run.problems({"retries": 0, **status})
    assert sorted(problem.partition(": ")[0] for problem in found) == sorted(f"status.{name}" for name in members)


def test_the_words_of_the_server() -> None:
    found = step_run.problems({"retries": 0, "exitClass": "ok", "exitCode": "0", "finishedAt": "soon", "error": {}})
    assert found == [
        'status.exitClass: Unsupported value: "ok": supported values: '
        '"success", "retry", "terminal", "rateLimited", "unknown"',
        'status.exitCode: Invalid value: "string": status.exitCode in body must be of type integer: "string"',
        'status.finishedAt: Invalid value: "soon": status.finishedAt in body must be of type date-time: "soon"',
        "status.error.message: Required value",
        "status.error.type: Required value",
    ]
    found = step_run.problems({"retries": 0, "conditions": [CONDITION, CONDITION]})
    assert found == ['status.conditions[1]: Duplicate value: map[string]interface {}{"type":"Ready"}']


def test_a_refusal_is_the_status_of_a_server() -> None:
    bench = Bench()
    document = bench.answer({"status": {"exitClass": "ok", "exitCode": "0", "signalEvents": [EVENT] * 257}})
    assert document["message"].startswith('StepRun.runs.bubustack.io "one" is invalid: [status.exitClass: ')
    assert {cause["field"]: cause["reason"] for cause in document["details"]["causes"]} == {
        "status.exitClass": "FieldValueNotSupported",
        "status.exitCode": "FieldValueTypeInvalid",
        "status.signalEvents": "FieldValueTooMany",
    }
    stale = {"metadata": {"resourceVersion": "0"}, "status": {"phase": "Running"}}
    assert bench.answer(stale)["message"] == (
        'Operation cannot be fulfilled on stepruns.runs.bubustack.io "one": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    bench.close()


class Outward:
    """No names are looked up here."""

    def mark(self) -> Mark:
        return Mark(0, 0)

    def since(self, mark: Mark) -> dict[str, Any]:
        return {}


class Host:
    """As much of the harness as a batch needs."""

    outward = Outward()
    address = "127.0.0.1"
    store = ""

    def __init__(self, home: str) -> None:
        self.home = home

    def emit(self, event: str, key: str, facts: Any) -> None:
        """Nobody listens."""


class Bench:
    """A case that is open, and what became of it."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory()
        self.batch = Batch(Host(self._home.name))  # type: ignore[arg-type]
        asyncio.run(self.batch.open_case(steprun="one", namespace="sandbox"))
        self.credential = self.batch._cases["one"].credential

    def _asked(self, body: Any, path: str = "/one/status", method: str = "PATCH") -> HttpResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        target = f"/{self.credential}{RUNS}{path}"
        return self.batch._respond(HttpRequest(method, target, {"content-type": MERGE}, raw))

    def ask(self, body: Any, path: str = "/one/status", method: str = "PATCH") -> int:
        return self._asked(body, path, method).status

    def answer(self, body: Any) -> dict[str, Any]:
        return json.loads(self._asked(body).body)

    def close(self) -> dict[str, Any]:
        seen = asyncio.run(self.batch.close_case("one", "sandbox"))
        self._home.cleanup()
        return seen


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"status": [1, 2]}, 422, "status: Invalid value"),
        ({"status": {"phase": {"a": 1}}}, 422, "status.phase: Invalid value"),
        ({"status": {"phase": "Succeeded"}, "metadata": [1]}, 422, "metadata: Invalid value"),
        ([1], 400, f"400 error decoding patch: {UNMARSHALLED}"),
        (b"{", 400, "400 error decoding patch: unexpected end of JSON input"),
        (b"{]", 400, "400 error decoding patch: invalid character ']' looking for beginning of object key string"),
        (b'{"status":{"exitCode":' + b"9" * 4000 + b"}}", 422, "status.exitCode: Invalid value"),
        (b'{"status":{"exitCode":' + b"9" * 5000 + b"}}", 400, "400 error decoding patch: "),
    ],
    ids=["list", "phase", "metadata", "body", "half a body", "no JSON", "4,000 digits", "5,000 digits"],
)  # fmt: skip
def test_a_refused_status_changes_nothing_and_is_told(body: Any, status: int, told: str) -> None:
    bench = Bench()
    assert bench.ask(body) == status
    seen = bench.close()
    assert seen["status"] == {"phase": "Running", "retries": 0}
    assert seen["result"] is None
    assert seen["objections"]
    assert seen["objections"][0].startswith(told)


@pytest.mark.parametrize(("held", "limits"), [(HELD_BYTES, 0), (HELD_BYTES + 1, 1)])
def test_connections_for_which_there_is_no_room_are_our_limit_and_on_record(held: int, limits: int) -> None:
    bench = Bench()
    assert bench.batch._load.bears(held) is not bool(limits)
    told = bench.close()["limits"]
    assert len(told) == limits
    assert all("has room for 128 connections and 32 MiB" in each for each in told)


@pytest.mark.parametrize(
    ("path", "limits", "unknown"),
    [
        (f"{RUNS}/one?watch=1", ["the sandbox's API takes no watches, only lists and gets"], []),
        ("/api/v1/namespaces/sandbox/configmaps/c", [], ["GET /api/v1/namespaces/sandbox/configmaps/c"]),
        ("/api/v1/namespaces/sandbox/configmaps", [], []),
        ("/apis/batch/v1/jobs", [], ["GET /apis/batch/v1/jobs"]),
        ("/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/effectclaims/none", [], []),
    ],
    ids=["a watch", "a ConfigMap of the cluster", "all of its namespace", "another API", "an object of an engram"],
)
def test_what_the_sandbox_lacks_is_on_record(path: str, limits: list[str], unknown: list[str]) -> None:
    bench = Bench()
    bench.batch._respond(HttpRequest("GET", f"/{bench.credential}{path}", {}, b""))
    seen = bench.close()
    assert (seen["limits"], seen["unknown"]) == (limits, unknown)


def test_what_was_refused_is_kept_with_its_phase() -> None:
    bench = Bench()
    bench.ask({"status": {"phase": "Succeeded", "output": "x"}})
    assert bench.close()["refused"] == {"phase": "Succeeded", "output": "x"}


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/one", {"status": {"phase": "Succeeded"}}, "its place is …/one/status"),
        ("/one", {"status": {"phase": "Running"}, "metadata": {"annotations": {"a": "b"}}}, ""),
        ("/one", {"metadata": {"annotations": {"a": "b"}}}, ""),
        ("/one/state", {"status": {"phase": "Succeeded"}}, "404 the server could not find"),
        ("/other/status", {"status": {"phase": "Succeeded"}}, ""),  # of another case, perhaps: nobody's
        ("/../steprun/one/status", {"status": {"phase": "Succeeded"}}, "404 the server could not find"),
    ],
)
def test_a_write_to_the_wrong_place_is_told(path: str, body: Any, told: str) -> None:
    bench = Bench()
    bench.ask(body, path)
    seen = bench.close()
    assert (seen["status"], seen["result"]) == ({"phase": "Running", "retries": 0}, None)
    assert bool(seen["ignored"]) == bool(told)
    assert told in "".join(seen["ignored"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from([*step_run.STATUS["properties"], "other"])


@given(st.dictionaries(st.sampled_from(["status", "metadata", "spec"]), JSON | st.dictionaries(MEMBERS, JSON)))
def test_every_body_is_answered(body: dict[str, Any]) -> None:
    bench = Bench()
    for method in ("PATCH", "PUT", "POST"):
        for path in ("/one/status", "/one", ""):
            assert bench.ask(body, path, method) in {200, 201, 400, 404, 405, 409, 422}
    held = bench.close()["status"]
    assert held == {} or step_run.problems(held) == []
