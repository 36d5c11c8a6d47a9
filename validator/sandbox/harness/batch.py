"""The family `batch`: a StepRun a case, served by the small Kubernetes API, and what the engram did to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from validator.sandbox.harness import http, records, store
from validator.sandbox.harness.cluster import Cluster, Key, Target
from validator.sandbox.harness.merge import merge_patch
from validator.sandbox.harness.outward import Mark
from validator.sandbox.harness.protocol import Handler, Host

REFUSALS = frozenset({400, 413, 415, 422})
"""Answers to a change of the status that say that there is something wrong with it."""
WRITES = frozenset({"PATCH", "PUT", "POST"})

UNBOUND_LIMIT = 64
"""Requests of a connection that are remembered before it is known which case it belongs to."""


class Batch:
    """Open cases by the name of their StepRun. Requests are told apart by that name, or by their connection."""

    def __init__(self, host: Host) -> None:
        self.server = ""
        self._host = host
        self._cluster = Cluster()
        self._records: dict[str, records.Record] = {}
        self._given: dict[str, dict[str, Any]] = {}
        self._stored: set[str] = set()
        self._manifests: dict[str, list[Key]] = {}
        self._marks: dict[str, Mark] = {}
        """How many names had been looked up when a case began."""
        self._connections: dict[object, str | list[tuple[dict[str, Any], str]]] = {}
        self._listener: asyncio.Server | None = None

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """`open`, `close`."""
        return {"open": self.open_case, "close": self.close_case}

    async def listen(self) -> None:
        """Start the API."""
        self._listener, port = await http.serve(self._respond, self._forget, self._host.address)
        self.server = f"http://{self._host.address}:{port}"

    async def close(self) -> None:
        """Stop the API."""
        if self._listener is not None:
            self._listener.close()

    async def open_case(
        self,
        *,
        steprun: str,
        namespace: str,
        story: str = "",
        step: str = "",
        storyrun: str = "",
        engram: str = "",
        manifests: tuple[dict[str, Any], ...] = (),
        storage: bool = False,
        files: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Hold a StepRun for a case. A taken name gets a suffix: the answer has the name that counts."""
        name = steprun
        number = 1
        while name in self._records:
            number += 1
            name = f"{steprun}-{number}"
        spec: dict[str, Any] = {"storyRunRef": {"name": storyrun or "sandbox-run"}, "stepId": step or "step"}
        if engram:
            spec["engramRef"] = {"name": engram}
        self._manifests[name] = [self._cluster.put(manifest) for manifest in manifests]
        self._cluster.put(
            {
                "apiVersion": "runs.bubustack.io/v1alpha1",
                "kind": "StepRun",
                "metadata": {"name": name, "namespace": namespace, "labels": {"bubustack.io/story": story}},
                "spec": spec,
                "status": {"phase": "Running", "retries": 0},
            }
        )
        self._records[name] = records.Record()
        self._marks[name] = self._host.outward.mark()
        self._given[name] = files or {}
        folder = ""
        if storage:
            folder = store.prepare(self._host.store, name, files or {})
            self._stored.add(name)
        return {"steprun": name, "storage": folder}

    async def close_case(self, steprun: str, namespace: str) -> dict[str, Any]:
        """Forget a case; everything that is known of it."""
        record = self._records.pop(steprun)
        given = self._given.pop(steprun)
        held = self._cluster.drop(("stepruns", namespace, steprun))
        for key in self._manifests.pop(steprun):
            if not any(key in keys for keys in self._manifests.values()):
                self._cluster.drop(key)
        files: dict[str, Any] = {}
        if steprun in self._stored:
            self._stored.discard(steprun)
            files = store.collect(self._host.store, steprun, given)
        return {
            "status": held.get("status") or {},
            "patches": record.patches,
            "result": record.result,
            "requests": record.requests,
            "request_count": record.total,
            "unknown": record.unknown,
            "objections": record.objections,
            "ignored": record.ignored,
            "refused": record.refused,
            "files": files,
            **self._host.outward.since(self._marks.pop(steprun)),
        }

    def _respond(self, request: http.HttpRequest, connection: object) -> http.HttpResponse:
        response, target, body = self._cluster.respond(request)
        entry = records.entry(request, response.status, body)
        is_unknown = response.status in {404, 405, 415} and (target is None or response.status != 404)
        path = request.target.partition("?")[0]
        unknown = f"{request.method} {path}"[:2048] if is_unknown else ""
        named = next((part for part in path.split("/") if part in self._records), "")
        if named:
            self._bind(connection, named)
        record = self._note(connection, entry, unknown)
        if record is not None and request.method in WRITES:
            self._write(record, request, response, target, body)
        return response

    def _write(
        self,
        record: records.Record,
        request: http.HttpRequest,
        response: http.HttpResponse,
        target: Target | None,
        body: Any,
    ) -> None:
        """Remember what a change of a StepRun came to."""
        what = f"{request.method} {request.target.partition('?')[0]}"[:512]
        if response.status in {404, 405} and request.target.startswith("/apis/runs.bubustack.io/"):
            record.ignore(f"{what}: {response.status} {json.loads(response.body)['message']}")
        if target is None or target.resource.plural != "stepruns" or target.name not in self._records:
            return
        status = body.get("status") if isinstance(body, dict) else None
        if target.subresource != "status":
            held = self._cluster.objects.get(target.key, {}).get("status")
            if status is not None and merge_patch(held, status) != held:
                record.ignore(f"{what}: a change of `status` is ignored here, its place is …/{target.name}/status")
            return
        steprun = self._records[target.name]
        if response.status in REFUSALS:
            steprun.object_to(*causes(response))
            if isinstance(status, dict) and status.get("phase"):
                steprun.refused = status
        if response.status == 200 and isinstance(status, dict) and steprun.add_patch(status, len(request.body)):
            self._host.emit("batch.result", target.name, {"phase": status["phase"]})

    def _bind(self, connection: object, steprun: str) -> None:
        """From now on, and in hindsight, this connection belongs to a case."""
        waiting = self._connections.get(connection)
        self._connections[connection] = steprun
        if isinstance(waiting, list):
            for entry, unknown in waiting:
                self._note(connection, entry, unknown)

    def _note(self, connection: object, entry: dict[str, Any], unknown: str) -> records.Record | None:
        bound = self._connections.setdefault(connection, [])
        if isinstance(bound, list):
            # Discovery comes before anything that names the StepRun.
            if len(bound) < UNBOUND_LIMIT:
                bound.append((entry, unknown))
            return None
        record = self._records.get(bound)
        if record is not None:
            record.add(entry)
            if unknown:
                record.add_unknown(unknown)
        return record

    def _forget(self, connection: object) -> None:
        self._connections.pop(connection, None)


def causes(response: http.HttpResponse) -> list[str]:
    """Why a request was refused: each member that is wrong, else the message of the server."""
    answer = json.loads(response.body)
    found = [cause["message"] for cause in answer.get("details", {}).get("causes", ())]
    return found or [f"{response.status} {answer['message']}"]


async def open_family(host: Host) -> Batch:
    """Start the Kubernetes API of the sandbox."""
    batch = Batch(host)
    await batch.listen()
    return batch
