"""The family `batch`: a StepRun a case, served by the small Kubernetes API, and what the engram did to it.

Cases of a pod share its network, and one of them may be hostile. So each has a Kubernetes API of its own, behind a
credential that only its own home folder tells: what it cannot name is not there, and it sees no other case.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from validator.sandbox.harness import cluster, http, kubeconfig, records, requests, store, story_objects
from validator.sandbox.harness.cluster import Cluster, Target
from validator.sandbox.harness.load import CONNECTION_LIMIT, HELD_BYTES, Load
from validator.sandbox.harness.merge import merge_patch
from validator.sandbox.harness.outward import Mark
from validator.sandbox.harness.protocol import Handler, Host

REFUSALS = frozenset({400, 413, 415, 422})
"""Answers to a change of the status that say that there is something wrong with it."""
OUR_LIMITS = frozenset({403, 411, 501})
"""Answers that a real API server would not give: there is no room for more objects, a body is of unknown length, or
something is watched that nobody changes."""
WRITES = frozenset({"PATCH", "PUT", "POST"})
NOWHERE = http.HttpRequest("GET", "/", {}, b"")
"""A request that nothing answers."""


@dataclass(slots=True)
class Case:
    """One case while it is open."""

    steprun: str
    credential: str
    home: str
    """Its home folder, with the kubeconfig that leads to its own API."""
    mark: Mark
    """How many names had been looked up when it began."""
    turned_away: int
    """How many connections had no room before it began."""
    given: Mapping[str, Any]
    """The files that its storage began with."""
    storage: str = ""
    """Its folder for files; empty for none."""
    cluster: Cluster = field(default_factory=Cluster)
    record: records.Record = field(default_factory=records.Record)
    seen: set[str] = field(default_factory=set)
    """StoryRuns whose end the engram has seen."""


class Batch:
    """Open cases, by the name of their StepRun and by their credential."""

    def __init__(self, host: Host) -> None:
        self.server = ""
        self._host = host
        self._cases: dict[str, Case] = {}
        self._credentials: dict[str, Case] = {}
        self._nobody = Cluster()
        """What those without a credential see: which kinds there are, and no object."""
        self._listener: asyncio.Server | None = None
        self._load = Load()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """`open`, `put`, `request`, `close`."""
        return {"open": self.open_case, "put": self.put, "request": self.request, "close": self.close_case}

    async def listen(self) -> None:
        """Start the API."""
        self._listener, port = await http.serve(self._respond, self._host.address, self._load)
        self.server = f"http://{self._host.address}:{port}"

    async def close(self) -> None:
        """Stop the API."""
        if self._listener is not None:
            self._listener.close()

    def turned_away(self) -> int:
        """How many connections had no room."""
        return self._load.turned_away

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
        controlled: bool = False,
    ) -> dict[str, Any]:
        """Hold a StepRun for a case. A taken name gets a suffix: the answer has the name that counts.

        With the home folder that its engram needs, and its storage. A `controlled` case is told what happens to
        stories, their triggers and their runs (`story_objects`); else no story can be started from an engram.
        """
        name = steprun
        number = 1
        while name in self._cases:
            number += 1
            name = f"{steprun}-{number}"
        # Other engrams may know these folders' parents: only a name that nobody can guess hides them.
        home = Path(self._host.home, secrets.token_hex(16))
        mark, turned_away = self._host.outward.mark(), self.turned_away()
        case = Case(name, secrets.token_urlsafe(32), str(home), mark, turned_away, files or {})
        case.cluster.controlled = controlled
        spec: dict[str, Any] = {"storyRunRef": {"name": storyrun or "sandbox-run"}, "stepId": step or "step"}
        if engram:
            spec["engramRef"] = {"name": engram}
        for manifest in manifests:
            case.cluster.put(manifest)
        case.cluster.put(
            {
                "apiVersion": "runs.bubustack.io/v1alpha1",
                "kind": "StepRun",
                "metadata": {"name": name, "namespace": namespace, "labels": {"bubustack.io/story": story}},
                "spec": spec,
                "status": {"phase": "Running", "retries": 0},
            }
        )
        home.mkdir(mode=0o755)
        kubeconfig.write(case.home, f"{self.server}/{case.credential}")
        if storage:
            case.storage = store.prepare(self._host.store, case.given)
        self._cases[name] = self._credentials[case.credential] = case
        return {"steprun": name, "home": case.home, "storage": case.storage}

    async def put(self, steprun: str, manifests: list[dict[str, Any]]) -> None:
        """Hold objects of a case as its controller has them now."""
        for manifest in manifests:
            self._cases[steprun].cluster.put(manifest)

    async def request(self, **wanted: Any) -> dict[str, Any]:
        """Ask a program beside the harness (`requests.request`)."""
        return await requests.request(self._host.address, **wanted)

    async def close_case(self, steprun: str, namespace: str) -> dict[str, Any]:
        """Forget a case; everything that is known of it."""
        await self._load.settle()
        case = self._cases.pop(steprun)
        del self._credentials[case.credential]
        shutil.rmtree(case.home, ignore_errors=True)
        manifest = case.cluster.drop(("stepruns", namespace, steprun))
        record = case.record
        stored = store.collect(case.storage, case.given) if case.storage else store.Stored()
        if self.turned_away() > case.turned_away:
            # Whose connection that was, nobody knows: whoever was there may have been hurt.
            room = f"{CONNECTION_LIMIT} connections and {HELD_BYTES >> 20} MiB of what they hold"
            record.add_limit(f"the sandbox's API has room for {room} at a time")
        return {
            "status": manifest.get("status") or {},
            "patches": record.patches,
            "result": record.result,
            "requests": record.requests,
            "request_count": record.total,
            "unknown": record.unknown,
            "objections": record.objections,
            "limits": record.limits,
            "ignored": record.ignored,
            "refused": record.refused,
            "files": stored.files,
            "unread": stored.unread,
            **self._host.outward.since(case.mark),
        }

    def _respond(self, request: http.HttpRequest) -> http.HttpResponse:
        credential, _, path = request.target.removeprefix("/").partition("/")
        case = self._credentials.get(credential)
        if case is None:
            described = request.method == "GET" and cluster.locate(request.target.partition("?")[0]) is None
            return self._nobody.respond(request if described else NOWHERE)[0]
        return self._answer(case, replace(request, target=f"/{path}"))

    def _answer(self, case: Case, request: http.HttpRequest) -> http.HttpResponse:
        response, target, body = case.cluster.respond(request)
        record = case.record
        resource = target.resource.plural if target is not None else ""
        record.add(records.entry(request, response.status, body), resource)
        # Nobody can give a case pods, Secrets or ConfigMaps: those of a cluster may be there.
        absent = target is None or not target.group
        if response.status in {405, 415} or (response.status == 404 and absent):
            record.add_unknown(f"{request.method} {request.target.partition('?')[0]}"[:2048])
        if response.status in OUR_LIMITS:
            record.add_limit(json.loads(response.body)["message"])
        if request.method in WRITES:
            self._write(case, request, response, target, body)
        if case.cluster.controlled and target is not None:
            for event, data in story_objects.events(request, response, target, body, case.seen):
                self._host.emit(event, case.steprun, data)
        if response.watch is not None and response.watch.plural == "storyruns":
            response.watch.on_send = partial(self._seen, case)
        return response

    def _seen(self, case: Case, run: Mapping[str, Any]) -> None:
        """A watch has told the engram of a StoryRun."""
        for event, data in story_objects.seen_over(run, case.seen):
            self._host.emit(event, case.steprun, data)

    def _write(
        self, case: Case, request: http.HttpRequest, response: http.HttpResponse, target: Target | None, body: Any
    ) -> None:
        """Remember what a change of a StepRun came to."""
        record = case.record
        what = f"{request.method} {request.target.partition('?')[0]}"[:512]
        if target is not None and target.name and target.name != case.steprun:
            return
        if response.status in {404, 405} and request.target.startswith("/apis/runs.bubustack.io/"):
            record.ignore(f"{what}: {response.status} {json.loads(response.body)['message']}")
        if target is None or (target.resource.plural, target.name) != ("stepruns", case.steprun):
            return
        status = body.get("status") if isinstance(body, dict) else None
        if target.subresource != "status":
            before = case.cluster.objects.get(target.key, {}).get("status")
            if status is not None and merge_patch(before, status) != before:
                record.ignore(f"{what}: a change of `status` is ignored here, its place is …/{target.name}/status")
            return
        if response.status in REFUSALS:
            record.object_to(*causes(response))
            if isinstance(status, dict) and status.get("phase"):
                record.refused = status
        if response.status == 200 and isinstance(status, dict) and record.add_patch(status, len(request.body)):
            self._host.emit("batch.result", case.steprun, {"phase": status["phase"]})


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
