"""What an engram called while it ran: stub services that were asked something else, or nothing, and other addresses.

Pure: a case, and what the sandbox saw of its run, in; findings out. Part of the check `isolation`.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from validator.findings import Finding, Location, Subject, Suggestion
from validator.rules import services as rules
from validator.sandbox.service_model import ServiceLog
from validator.suite.cases import Case, Origin

MOST = 20
"""Findings of a kind in one run: an engram that asks for everything is told apart by less."""
LINE = 500
"""Characters of a log line that are shown."""
_NAMES = (
    re.compile(r"\blookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving|i/o timeout|dial udp)"),  # Go
    re.compile(r"\bgetaddrinfo (?:ENOTFOUND|EAI_AGAIN) (\S+)"),  # Node
    re.compile(r"[Cc]ould not resolve host:? (\S+)"),  # curl
    re.compile(r"Failed to resolve '([^']+)'"),  # urllib3
)
_ADDRESSES = (
    re.compile(r"\bdial (?:tcp|udp)[46]? (\S+): connect: (?:network is unreachable|no route to host)"),  # Go
    re.compile(r"\bconnect E(?:NETUNREACH|HOSTUNREACH) (\S+)"),  # Node
)
DIALLED = "an IP address that it dials directly"
"""What is said of an address that nothing names."""
_LITERAL = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_MADE_UP = re.compile(r"(?:^|[.-])cn[a-z0-9]{6,12}(?:$|[.-])")
"""Names out of canaries (suite/canaries.py)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run left that tells of calls."""

    services: ServiceLog | None
    lookups: tuple[str, ...]
    """Names looked up in the pod, by this case or one beside it."""
    texts: tuple[str, ...]
    """Logs and errors."""
    unrouted: int = 0
    """How often an address beyond the pod was dialled, by this case or one beside it."""


def judge(subject: Subject, location: Location, case: Case, beside: Iterable[Case], seen: Seen) -> Iterator[Finding]:
    """Judge the calls of one run. `beside` are all cases of the image, `location` is where that was chosen."""
    if seen.services is not None:
        yield from _stubs(subject, case, seen.services)
    yield from _network(replace(subject, case=""), location, beside, seen)


def _stubs(subject: Subject, case: Case, log: ServiceLog) -> Iterator[Finding]:
    for call in [call for call in log.calls if call.unforeseen][:MOST]:
        yield rules.UNFORESEEN_REQUEST.at(
            case.place("services", call.service),
            subject,
            anchor=("cases", case.name, "services", call.service, call.method, call.path.partition("?")[0]),
            evidence={
                "request": {
                    "method": call.method,
                    "path": call.path,
                    "headers": list(call.headers),
                    "content_type": call.content_type,
                    "body": call.body,
                },
                "status": call.status,
            },
            service=call.service,
            method=call.method,
            path=call.path.partition("?")[0],
            problem=call.unforeseen,
        )
    for name, count in log.counts.items():
        if not count and case.own("services", name):
            yield rules.SERVICE_NOT_CALLED.at(
                case.place("services", name),
                subject,
                anchor=("cases", case.name, "services", name),
                service=name,
            )
    if log.connections.hoarded:
        yield rules.IDLE_CONNECTIONS.at(
            case.place("services"),
            subject,
            anchor=("cases", case.name, "services", "connections"),
            suggestion=Suggestion(rules.IDLE_ADVICE),
            count=log.connections.idle,
            busy=log.connections.busy,
        )


def _network(subject: Subject, location: Location, beside: Iterable[Case], seen: Seen) -> Iterator[Finding]:
    """The image tried to reach something: said of the image, since cases beside each other share a name server."""
    found: dict[str, str] = dict.fromkeys(seen.lookups, "")
    for text in seen.texts:
        for line in text.splitlines():
            found |= {address: line.strip()[:LINE] for address in unreached(line)}
    if seen.unrouted and not any(_LITERAL.search(address) for address in found):
        found[DIALLED] = ""
    if not found:
        return
    generated = [
        json.dumps([dict(case.inputs), dict(case.config), dict(case.secrets), list(case.send)], default=str).lower()
        for case in beside
        if case.origin is Origin.GENERATED and not case.canary
    ]
    for address, line in sorted(found.items())[:MOST]:
        if _is_sample(address, generated):
            continue
        yield rules.NETWORK_ACCESS.at(
            location,
            subject,
            anchor=("network", address),
            evidence={"address": address, **({"log": line} if line else {})},
            address=address,
        )


def _is_sample(address: str, generated: Iterable[str]) -> bool:
    """Whether it may come from what we made up ourselves: that is no wish of the engram."""
    if address == DIALLED:
        return any(_LITERAL.search(text) for text in generated)
    host = address.lower()
    return bool(_MADE_UP.search(host)) or any(host in text for text in generated)


def unreached(line: str) -> Iterator[str]:
    """Names and addresses beyond the pod that a line of a log says could not be reached."""
    for pattern in _NAMES:
        for match in pattern.finditer(line):
            name = match[1].rstrip(".").lower()
            if _HOST.fullmatch(name) and name != "localhost":
                yield name
    for pattern in _ADDRESSES:
        for match in pattern.finditer(line):
            host = match[1].rpartition(":")[0].strip("[]")
            try:
                local = ipaddress.ip_address(host).is_loopback
            except ValueError:
                continue
            if not local:
                yield match[1]
