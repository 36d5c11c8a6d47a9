"""What of ours can bite an engram: where the sandbox is less than a cluster, a failure says nothing of the engram.

One table for both modes. Each row looks at what the sandbox saw of a run that went wrong, and says why that cannot be
judged, with what to do (contract/runtime.md 1.5). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from validator.checks.services import unreached
from validator.sandbox.model import BatchRun, Request
from validator.sandbox.service_model import ServiceLog

PATCH_TYPES = frozenset({"application/json-patch+json", "application/apply-patch+yaml"})
"""What a real API server takes as well as a merge patch (of custom resources)."""
_LOOKUP_FAILED = re.compile(r"(?:input|output) schema resolution failed: (.*)", re.DOTALL)
_NO_FAMILY = re.compile(r"address family not supported|\bEAFNOSUPPORT\b", re.IGNORECASE)
_OF_KUBERNETES = re.compile(r"\w+ (/api/v1/|/apis/(?!(?:[a-z]+\.)?bubustack\.io/))\S+")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the sandbox saw of a run that went wrong, whatever its mode."""

    words: str
    """How the engram explains what went wrong."""
    logs: str = ""
    """All that it said besides."""
    requests: tuple[Request, ...] = ()
    """What it asked of the Kubernetes API."""
    unknown: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    services: ServiceLog | None = None
    waited: tuple[str, ...] = ()
    """Names and addresses that it asked for before its time was up."""
    refused: str = ""
    """The values of ours that it refused, and its words; empty where it refused none, or they are the author's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of ours."""

    name: str
    bit: Callable[[Seen], str]
    """Why a run that failed cannot be judged; empty where this did not bite."""


def reasons(seen: Seen) -> Iterator[str]:
    """What of ours may have made a run fail, the likeliest first."""
    yield from filter(None, (row.bit(seen) for row in TABLE))


def of_batch(run: BatchRun, refused: str = "") -> Seen:
    """What was seen of a job."""
    words = str(run.error.get("message") or "")
    late = run.timed_out or run.phase == "Timeout"
    return Seen(
        words,
        f"{run.exit.stderr.text}\n{run.exit.stdout.text}",
        run.requests,
        run.unknown,
        run.limits,
        run.services,
        (*run.lookups, *(["an IP address"] if run.unrouted else [])) if late else (),
        refused,
    )


def _other_stories(seen: Seen) -> str:
    started = any(
        request.method == "POST" and request.path.partition("?")[0].endswith("/storytriggers")
        for request in seen.requests
    )
    return "the sandbox runs no other stories, and the engram starts one; test it in a cluster" if started else ""


def _patch_type(seen: Seen) -> str:
    kinds = (r.content_type.partition(";")[0].strip() for r in seen.requests if r.status == 415)
    kind = next((kind for kind in kinds if kind in PATCH_TYPES), "")
    return (
        f"the sandbox's API takes merge patches only, and the engram sends `{kind}`; test it in a cluster"
        if kind
        else ""
    )


def _schema_lookup(seen: Seen) -> str:
    lookup = _LOOKUP_FAILED.match(seen.words)
    message = "the SDK could not read the schemas from the sandbox's API"
    return f"{message}: {lookup[1]}; check that a cluster takes the template" if lookup else ""


def _other_apis(seen: Seen) -> str:
    unknown = next(filter(_OF_KUBERNETES.fullmatch, seen.unknown), "")
    message = f"the sandbox's API does not serve `{unknown}`, which the engram asks for; test it in a cluster"
    return message if unknown else ""


def _api_limits(seen: Seen) -> str:
    return f"{seen.limits[0]}; test it in a cluster, or with less" if seen.limits else ""


def _connections(seen: Seen) -> str:
    return seen.services.connections.overrun if seen.services is not None else ""


def _network(seen: Seen) -> str:
    """A name or an address that the error names, or that it was still trying when its time was up."""
    names = [*sorted(unreached(seen.words)), *seen.waited]
    if not names:
        return ""
    listing = ", ".join(f"`{name}`" if name != "an IP address" else name for name in dict.fromkeys(names[:3]))
    return f"the sandbox has no network, and the engram asks for {listing}; give the case a stub service (`services:`)"


def _sockets(seen: Seen) -> str:
    message = (
        "the sandbox has sockets of AF_UNIX, AF_INET and AF_INET6 only, and the engram asks for another"
        " (such as AF_NETLINK, which lists interfaces); test it in a cluster"
    )
    return message if _NO_FAMILY.search(f"{seen.logs}\n{seen.words}") else ""


def _invented(seen: Seen) -> str:
    """What nobody chose but us was refused in so many words: whether rightly, we cannot know."""
    return f"the engram refused the generated {seen.refused}; write a case that it takes" if seen.refused else ""


TABLE = (
    Row("other stories", _other_stories),
    Row("types of patches", _patch_type),
    Row("the SDK's look at schemas", _schema_lookup),
    Row("limits of the API", _api_limits),
    Row("connections to stub services", _connections),
    Row("other APIs", _other_apis),
    Row("the network", _network),
    Row("kinds of sockets", _sockets),
    Row("invented values", _invented),
)
