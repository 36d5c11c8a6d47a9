"""The objects of the sandbox's Kubernetes API and what requests do to them. No sockets: requests in, answers out."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from validator.sandbox.harness import discovery, jsontext, step_run
from validator.sandbox.harness.footprint import PER_BYTE, footprint
from validator.sandbox.harness.http import BODY_LIMIT, HttpRequest, HttpResponse
from validator.sandbox.harness.merge import merge_patch
from validator.sandbox.harness.queries import Query, QueryError, query, watches
from validator.sandbox.harness.watches import WATCHED, Watch, Watches

MERGE_PATCH = "application/merge-patch+json"
OBJECT_LIMIT = 1024
"""Objects that engrams may create before they are refused."""
OBJECT_BYTES = BODY_LIMIT
"""Of one object as JSON, however many patches it grew from; etcd's own limit is half of it."""
TOTAL_BYTES = 16 << 20
"""Of all objects together, and so of any list."""
TOTAL_MEMORY = 96 << 20
"""Bytes that all objects together take in memory."""

_REASONS = {
    "Unsupported value": "FieldValueNotSupported",
    "Required value": "FieldValueRequired",
    "Duplicate value": "FieldValueDuplicate",
    "Too long": "FieldValueTooLong",
    "Too many": "FieldValueTooMany",
}
"""Kind of a field error -> its reason in a `Status`; all others are FieldValueInvalid."""
_MISTYPED = re.compile(r"in body must be of type [\w-]+: ")

Key = tuple[str, str, str]
"""Plural, namespace (empty for cluster-scoped kinds), name."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names."""

    group: str
    version: str
    resource: discovery.Resource
    namespace: str
    name: str
    subresource: str

    @property
    def key(self) -> Key:
        """Where the object is kept."""
        return (self.resource.plural, self.namespace, self.name)


class RefusedError(Exception):
    """An answer other than success, as a Kubernetes `Status`."""

    def __init__(self, code: int, reason: str, message: str, causes: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.causes = tuple(causes)
        """`MEMBER: REASON` each, of an object that is invalid."""


class Cluster:
    """A small Kubernetes API server with the semantics that engrams can see (contract/runtime.md 1.4, 1.5)."""

    def __init__(self, *, controlled: bool = False) -> None:
        self.controlled = controlled
        """Whether somebody decides of StoryTriggers, and plays StoryRuns."""
        self.objects: dict[Key, dict[str, Any]] = {}
        self._sizes: dict[Key, int] = {}
        """Bytes of what engrams wrote: an upper bound, until it matters."""
        self._footprints: dict[Key, int] = {}
        self._texts: dict[Key, bytes] = {}
        """Objects as they are listed, until they change."""
        self._version = 0
        """Of the last change."""
        self._watches = Watches()

    def put(self, manifest: dict[str, Any]) -> Key:
        """Hold an object as if someone had applied it. Raises LookupError for a kind that is not served."""
        group, _, version = str(manifest.get("apiVersion", "")).rpartition("/")
        for known in discovery.GROUPS.get((group, version), ()):
            if known.kind == manifest.get("kind"):
                metadata = dict(manifest.get("metadata") or {})
                namespace = str(metadata.get("namespace") or "sandbox") if known.namespaced else ""
                key = (known.plural, namespace, str(metadata.get("name", "")))
                if namespace:
                    metadata["namespace"] = namespace
                self._store(key, {**manifest, "metadata": metadata})
                return key
        raise LookupError(f"the sandbox serves no {manifest.get('apiVersion')} {manifest.get('kind')}")

    def drop(self, key: Key) -> dict[str, Any]:
        """Forget an object; what it was, empty when there is none."""
        self._sizes.pop(key, None)
        self._footprints.pop(key, None)
        self._texts.pop(key, None)
        gone = self.objects.pop(key, {})
        if gone:
            self._version += 1
            self._watches.deleted(key[0], gone, self._version)
        return gone

    def respond(self, request: HttpRequest) -> tuple[HttpResponse, Target | None, Any]:
        """Answer a request; also what it was about (None for discovery and unknown paths) and its body as JSON."""
        path = request.target.partition("?")[0]
        body: Any = None
        target = None
        try:
            found = self._discover(path, request.headers.get("accept", "")) if request.method == "GET" else None
            if found is not None:
                return found, None, None
            target = locate(path)
            if target is None:
                raise RefusedError(404, "NotFound", "the server could not find the requested resource")  # noqa: TRY301
            if request.of_unknown_length:
                message = "the sandbox's API takes no body in chunks, only one whose length is announced"
                raise RefusedError(411, "LengthRequired", message)  # noqa: TRY301
            if request.too_large:
                message = f"Request entity too large: limit is {BODY_LIMIT}"
                raise RefusedError(413, "RequestEntityTooLarge", message)  # noqa: TRY301
            if request.method == "GET" and watches(request.target):
                return HttpResponse(200, b"", watch=self._watch(target, _query(request.target))), target, None
            body = parse(request.body, request.method)
            status, answer = self._act(request, target, body)
            return HttpResponse(status, answer if isinstance(answer, bytes) else _written(answer)), target, body
        except RefusedError as refused:
            return _status(refused), target, body

    def _discover(self, path: str, accept: str) -> HttpResponse | None:
        parts = path.strip("/").split("/")
        answer: Any = None
        if path in {"/api", "/apis"} and "as=APIGroupDiscoveryList" in accept and "v=v2;" in accept:
            document = discovery.aggregated(core=path == "/api")
            return HttpResponse(200, json.dumps(document).encode(), discovery.AGGREGATED)
        if path == "/api":
            answer = {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        elif path == "/apis":
            answer = discovery.group_list()
        elif path == "/version":
            answer = {"major": "1", "minor": "33", "gitVersion": "v1.33.0-sandbox", "platform": "linux/amd64"}
        elif path in {"/healthz", "/livez", "/readyz"}:
            return HttpResponse(200, b"ok", "text/plain")
        elif parts[0] == "api" and len(parts) == 2:
            answer = discovery.resource_list("", parts[1])
        elif parts[0] == "apis" and len(parts) == 2:
            answer = discovery.group(parts[1])
        elif parts[0] == "apis" and len(parts) == 3:
            answer = discovery.resource_list(parts[1], parts[2])
        return None if answer is None else HttpResponse(200, json.dumps(answer).encode())

    def _act(self, request: HttpRequest, target: Target, body: Any) -> tuple[int, Any]:
        if target.subresource not in {"", "status"} or (target.subresource and not target.resource.status):
            raise RefusedError(404, "NotFound", "the server could not find the requested resource")
        if request.method == "POST" and not target.name:
            return 201, self._create(target, body, len(request.body))
        if request.method == "GET" and not target.name:
            return 200, self._list(target, _query(request.target))
        current = self.objects.get(target.key)
        if current is None:
            raise RefusedError(404, "NotFound", f'{_qualified(target)} "{target.name}" not found')
        if request.method == "GET":
            return 200, current
        if request.method == "PATCH":
            if request.headers.get("content-type", "").partition(";")[0] != MERGE_PATCH:
                raise RefusedError(415, "UnsupportedMediaType", f"the sandbox understands only {MERGE_PATCH}")
            patched = merge_patch(current, _object(body, request.method))
            return 200, self._change(target, current, patched, len(request.body))
        if request.method == "PUT":
            return 200, self._change(target, current, _object(body, request.method), len(request.body))
        if request.method == "DELETE":
            self.drop(target.key)
            return 200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        raise RefusedError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")

    def _create(self, target: Target, body: Any, size: int) -> dict[str, Any]:
        created = _object(body, "POST")
        metadata = created.get("metadata") or {}
        if not isinstance(metadata, dict):
            raise _invalid(target, [_no_metadata(metadata)])
        metadata = dict(metadata)
        name = str(metadata.get("name") or f"{metadata.get('generateName', '')}{uuid.uuid4().hex[:5]}")
        key = (target.resource.plural, target.namespace, name)
        if key in self.objects:
            raise RefusedError(409, "AlreadyExists", f'{_qualified(target)} "{name}" already exists')
        if len(self.objects) >= OBJECT_LIMIT:
            raise RefusedError(403, "Forbidden", f"the sandbox holds no more than {OBJECT_LIMIT} objects")
        # Clients that build an object from a patch base send a stale version along; a server ignores it on create.
        metadata |= {"name": name} | ({"namespace": target.namespace} if target.namespace else {})
        created = {**created, "metadata": metadata}
        if target.resource.kind == "StoryTrigger" and not self.controlled:
            # There is no controller here: an answer at once beats a poll that burns the whole step timeout.
            message = "the sandbox has no Story controller: stories cannot be started from an engram"
            created["status"] = {"decision": "Rejected", "reason": "SandboxHasNoController", "message": message}
        self._weigh(key, created, size)
        return self._store(key, created)

    def _change(self, target: Target, current: dict[str, Any], wanted: dict[str, Any], size: int) -> dict[str, Any]:
        metadata = wanted.get("metadata") or {}
        if not isinstance(metadata, dict):
            raise _invalid(target, [_no_metadata(metadata)])
        version = metadata.get("resourceVersion")
        if version and version != current["metadata"]["resourceVersion"]:
            message = (
                f'Operation cannot be fulfilled on {_qualified(target)} "{target.name}": the object has been modified; '
                "please apply your changes to the latest version and try again"
            )
            raise RefusedError(409, "Conflict", message)
        base = current if target.subresource == "status" else wanted
        changed = {**base, "metadata": current["metadata"]}
        if target.resource.status:
            # Each of the two paths changes its own half, whatever the body holds.
            status = (wanted if target.subresource == "status" else current).get("status")
            changed.pop("status", None)
            if status is not None:
                changed["status"] = status
        if target.resource.plural == "stepruns" and target.subresource and (found := _problems(changed)):
            raise _invalid(target, found)
        self._weigh(target.key, changed, size)
        return self._store(target.key, changed)

    def _weigh(self, key: Key, manifest: dict[str, Any], added: int) -> None:
        """Refuse an object that has grown too large, by so many bytes at most."""
        size = self._sizes.get(key, 0) + added
        if size > OBJECT_BYTES:
            size = len(json.dumps(manifest))
        if size > OBJECT_BYTES:
            raise RefusedError(413, "RequestEntityTooLarge", "etcdserver: request is too large")
        taken = self._footprints.get(key, 0) + PER_BYTE * added
        if _grown(self._footprints, key, taken) > TOTAL_MEMORY:  # at most so much: looking into it takes time
            taken = footprint(manifest, size)
        if _grown(self._sizes, key, size) > TOTAL_BYTES or _grown(self._footprints, key, taken) > TOTAL_MEMORY:
            raise RefusedError(403, "Forbidden", f"the sandbox holds no more than {TOTAL_BYTES} bytes of objects")
        self._sizes[key] = size
        self._footprints[key] = taken

    def _list(self, target: Target, query: Query) -> bytes:
        items = [
            self._text(key)
            for key in sorted(self.objects)
            if key[0] == target.resource.plural
            and target.namespace in {"", key[1]}
            and query.selects(self.objects[key])
        ]
        api_version = f"{target.group}/{target.version}" if target.group else target.version
        metadata = {"resourceVersion": str(self._version)}
        head = _written({"kind": f"{target.resource.kind}List", "apiVersion": api_version, "metadata": metadata})
        return head[:-1] + b',"items":[' + b",".join(items) + b"]}"

    def _watch(self, target: Target, query: Query) -> Watch:
        """A watch of what a controller changes: where there is none, whoever watches would wait in vain."""
        plural = target.resource.plural
        if not self.controlled or plural not in WATCHED or target.subresource:
            raise RefusedError(501, "NotImplemented", "the sandbox's API takes no watches, only lists and gets")
        if self._watches.has_missed(plural, query.since):
            raise RefusedError(410, "Expired", f"too old resource version: {query.since}")

        def covers(manifest: Mapping[str, Any]) -> bool:
            own = manifest["metadata"]
            here = target.namespace in {"", own.get("namespace")} and target.name in {"", own["name"]}
            return here and query.selects(manifest)

        watch = self._watches.begin(Watch(plural, covers, query.seconds))
        for key in sorted(key for key in self.objects if key[0] == plural):
            watch.there(self.objects[key], query.since)
        if query.bookmark:
            watch.bookmark(f"{target.group}/{target.version}", target.resource.kind, self._version)
        return watch

    def _text(self, key: Key) -> bytes:
        """An object as JSON: whoever lists it time and again must not keep the harness from all else."""
        if key not in self._texts:
            self._texts[key] = _written(self.objects[key])
        return self._texts[key]

    def _store(self, key: Key, manifest: dict[str, Any]) -> dict[str, Any]:
        metadata = dict(manifest.get("metadata") or {})
        metadata.setdefault("uid", str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(key))))
        metadata.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
        self._version += 1
        metadata["resourceVersion"] = str(self._version)
        self._texts.pop(key, None)
        before = self.objects.get(key)
        self.objects[key] = {**manifest, "metadata": metadata}
        self._watches.changed(key[0], before, self.objects[key])
        return self.objects[key]


def _grown(amounts: Mapping[Key, int], key: Key, new: int) -> int:
    """All amounts together, once that of the key is another one."""
    return sum(amounts.values()) - amounts.get(key, 0) + new


def locate(path: str) -> Target | None:
    """What a path names: `/apis/<group>/<version>/namespaces/<ns>/<plural>[/<name>[/<subresource>]]` and its kin."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "api" and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) >= 3:
        namespace, rest = rest[1], rest[2:]
    known = discovery.resource(group, version, rest[0])
    if known is None or len(rest) > 3:
        return None
    rest += ["", ""]
    return Target(group, version, known, namespace, rest[1], rest[2])


def parse(body: bytes, method: str) -> Any:
    """The body as JSON, strictly: no NaN, no infinity. None for an empty one. Raises RefusedError."""
    if not body:
        return None
    try:
        return jsontext.read(body)
    except ValueError as error:
        raise RefusedError(400, "BadRequest", f"{_undecoded(method)}: {error}") from None


def _query(target: str) -> Query:
    try:
        return query(target)
    except QueryError as error:
        raise RefusedError(400, "BadRequest", str(error)) from None


def _written(answer: Any) -> bytes:
    return json.dumps(answer, separators=(",", ":")).encode()


def _object(body: Any, method: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        kind = {list: "array", str: "string", bool: "bool", type(None): "null"}.get(type(body), "number")
        problem = f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        raise RefusedError(400, "BadRequest", f"{_undecoded(method)}: {problem}")
    return body


def _undecoded(method: str) -> str:
    """How the server begins what it says of a body that it cannot decode: of a patch, or of a whole object."""
    return "error decoding patch" if method == "PATCH" else "couldn't get version/kind; json parse error"


def _no_metadata(found: Any) -> str:
    return step_run.mistyped("metadata", "object", found)


def _problems(changed: dict[str, Any]) -> list[str]:
    return step_run.problems(changed["status"]) if "status" in changed else []


def _invalid(target: Target, causes: Sequence[str]) -> RefusedError:
    found = causes[0] if len(causes) == 1 else f"[{', '.join(causes)}]"
    qualified = f"{target.resource.kind}.{target.group}"
    return RefusedError(422, "Invalid", f'{qualified} "{target.name}" is invalid: {found}', causes)


def _qualified(target: Target) -> str:
    return f"{target.resource.plural}.{target.group}" if target.group else target.resource.plural


def _cause(problem: str) -> dict[str, str]:
    """A field error as the server's `Status` has it; the message stays whole, since it is all that we read again."""
    member, _, detail = problem.partition(": ")
    kind = detail.partition(":")[0]
    reason = "FieldValueTypeInvalid" if _MISTYPED.search(detail) else _REASONS.get(kind, "FieldValueInvalid")
    return {"reason": reason, "message": problem, "field": member}


def _status(refused: RefusedError) -> HttpResponse:
    document: dict[str, Any] = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": str(refused),
        "reason": refused.reason,
        "code": refused.code,
    }
    if refused.causes:
        document["details"] = {"causes": [_cause(cause) for cause in refused.causes]}
    return HttpResponse(refused.code, json.dumps(document).encode())
