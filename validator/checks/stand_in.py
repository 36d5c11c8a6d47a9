"""What of ours can bite an engram: where the sandbox is less than a cluster, a failure says nothing of the engram.

One table. Each row looks at what the sandbox saw of a run, and says why the run cannot be judged, with what to do
(contract/runtime.md 1.5). Pure. What was made up for a case is in `conformance.py`: there it depends on the error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from validator.checks.services import unreached
from validator.sandbox.model import BatchRun

PATCH_TYPES = frozenset({"application/json-patch+json", "application/apply-patch+yaml"})
"""What a real API server takes as well as a merge patch (of custom resources)."""
_LOOKUP_FAILED = re.compile(r"(?:input|output) schema resolution failed: (.*)", re.DOTALL)
_NO_FAMILY = re.compile(r"address family not supported|\bEAFNOSUPPORT\b", re.IGNORECASE)
_OF_KUBERNETES = re.compile(r"\w+ (/api/v1/|/apis/(?!(?:[a-z]+\.)?bubustack\.io/))\S+")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of ours."""

    name: str
    bit: Callable[[BatchRun], str]
    """Why a run that failed cannot be judged; empty where this did not bite."""


def reasons(run: BatchRun) -> Iterator[str]:
    """What of ours may have made this run fail, the likeliest first."""
    yield from filter(None, (row.bit(run) for row in TABLE))


def _other_stories(run: BatchRun) -> str:
    started = any(
        request.method == "POST" and request.path.partition("?")[0].endswith("/storytriggers")
        for request in run.requests
    )
    return "the sandbox runs no other stories, and the engram starts one; test it in a cluster" if started else ""


def _patch_type(run: BatchRun) -> str:
    kinds = (r.content_type.partition(";")[0].strip() for r in run.requests if r.status == 415)
    kind = next((kind for kind in kinds if kind in PATCH_TYPES), "")
    return (
        f"the sandbox's API takes merge patches only, and the engram sends `{kind}`; test it in a cluster"
        if kind
        else ""
    )


def _schema_lookup(run: BatchRun) -> str:
    lookup = _LOOKUP_FAILED.match(str(run.error.get("message") or ""))
    told = "the SDK could not read the schemas from the sandbox's API"
    return f"{told}: {lookup[1]}; check that a cluster takes the template" if lookup else ""


def _other_apis(run: BatchRun) -> str:
    unknown = next(filter(_OF_KUBERNETES.fullmatch, run.unknown), "")
    told = f"the sandbox's API does not serve `{unknown}`, which the engram asks for; test it in a cluster"
    return told if unknown else ""


def _api_limits(run: BatchRun) -> str:
    return f"{run.limits[0]}; test it in a cluster, or with less" if run.limits else ""


def _connections(run: BatchRun) -> str:
    return run.services.connections.overrun if run.services is not None else ""


def _network(run: BatchRun) -> str:
    """A name or an address that the error names, or that it was still trying when its time was up."""
    told = sorted(unreached(str(run.error.get("message") or "")))
    late = run.timed_out or run.phase == "Timeout"
    if late:
        told += [*run.lookups, *(["an IP address"] if run.unrouted else [])]
    if not told:
        return ""
    asked = ", ".join(f"`{name}`" if name != "an IP address" else name for name in dict.fromkeys(told[:3]))
    return f"the sandbox has no network, and the engram asks for {asked}; give the case a stub service (`services:`)"


def _sockets(run: BatchRun) -> str:
    said = f"{run.exit.stderr.text}\n{run.exit.stdout.text}\n{run.error.get('message', '')}"
    told = (
        "the sandbox has sockets of AF_UNIX, AF_INET and AF_INET6 only, and the engram asks for another"
        " (such as AF_NETLINK, which lists interfaces); test it in a cluster"
    )
    return told if _NO_FAMILY.search(said) else ""


TABLE = (
    Row("other stories", _other_stories),
    Row("types of patches", _patch_type),
    Row("the SDK's look at schemas", _schema_lookup),
    Row("limits of the API", _api_limits),
    Row("connections to stub services", _connections),
    Row("other APIs", _other_apis),
    Row("the network", _network),
    Row("kinds of sockets", _sockets),
)
