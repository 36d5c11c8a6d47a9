"""Where the sandbox stands in for a cluster and is less: a run that fails there says nothing of the engram.

Pure: what the sandbox saw of a run in, the reason why it cannot be judged out (contract/runtime.md 1.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validator.sandbox.model import BatchRun

OTHER_STORIES = "the sandbox runs no other stories, and the engram starts one; test it in a cluster"
PATCH_TYPES = frozenset({"application/json-patch+json", "application/apply-patch+yaml"})
"""What a real API server takes as well as a merge patch (of custom resources)."""
UNREADABLE_SCHEMA = "the SDK could not read the schemas from the sandbox's API"
_LOOKUP_FAILED = re.compile(r"(?:input|output) schema resolution failed: (.*)", re.DOTALL)
OTHER_SOCKETS = (
    "the sandbox has sockets of AF_UNIX, AF_INET and AF_INET6 only, and the engram asks for another"
    " (such as AF_NETLINK, which lists interfaces); test it in a cluster"
)
_NO_FAMILY = re.compile(r"address family not supported|\bEAFNOSUPPORT\b", re.IGNORECASE)
_OF_KUBERNETES = re.compile(r"\w+ (/api/v1/|/apis/(?!(?:[a-z]+\.)?bubustack\.io/))\S+")


def reasons(run: BatchRun) -> Iterator[str]:
    """What of the stand-in may have made this run fail, the likeliest first."""
    asked = [(request.method, request.path.partition("?")[0]) for request in run.requests]
    if any(method == "POST" and path.endswith("/storytriggers") for method, path in asked):
        yield OTHER_STORIES
    for request in run.requests:
        kind = request.content_type.partition(";")[0].strip()
        if request.status == 415 and kind in PATCH_TYPES:
            yield f"the sandbox's API takes merge patches only, and the engram sends `{kind}`; test it in a cluster"
    lookup = _LOOKUP_FAILED.match(str(run.error.get("message") or ""))
    if lookup:
        yield f"{UNREADABLE_SCHEMA}: {lookup[1]}; check that a cluster takes the template"
    for unknown in run.unknown:
        if _OF_KUBERNETES.fullmatch(unknown):
            yield f"the sandbox's API does not serve `{unknown}`, which the engram asks for; test it in a cluster"
    if _NO_FAMILY.search(f"{run.exit.stderr.text}\n{run.exit.stdout.text}\n{run.error.get('message', '')}"):
        yield OTHER_SOCKETS
