"""The words of stub services: what a case offers to an engram that calls out, and what the engram asked.

Frozen and plain; nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from validator.findings import Json


@dataclass(frozen=True, slots=True)
class Service:
    """One HTTP service on a port of its own."""

    name: str
    exchanges: tuple[Mapping[str, Json], ...] = ()
    """As `harness/exchanges.py` takes them: times in seconds, files read."""
    tls: bool = False
    """Speak HTTPS, with a certificate that the engram trusts through `SSL_CERT_FILE`."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that an engram made."""

    service: str
    method: str
    path: str
    """With its query."""
    status: int
    """What it was answered; 0 when the connection ended without an answer."""
    headers: tuple[str, ...] = ()
    """Their names, in lower case: values may be credentials."""
    content_type: str = ""
    body: Json = None
    """As JSON where it is, else as text."""
    unforeseen: str = ""
    """Why no exchange matches; empty when one did."""


@dataclass(frozen=True, slots=True)
class Connections:
    """What is known of the connections to the services of a case."""

    idle: int = 0
    """At most so many at a time had served one request and waited for another."""
    busy: int = 0
    """At most so many requests were answered at a time."""
    retired: int = 0
    """Idle ones that were ended to make room for a new one."""
    refused: int = 0
    """New ones that were closed, because there was no room for them."""
    limit: int = 0
    crowded: int = 0
    """Those that were ended because requests and answers under way took too much memory."""
    size: int = 0
    """The bytes that those may have."""
    oversized: int = 0
    """Requests that were refused for the size of their body."""
    largest: int = 0
    """The bytes that a body may have."""

    @property
    def overrun(self) -> str:
        """That our limit bit, with what to do; empty when it did not. What follows may be our doing."""
        if self.oversized:
            return (
                f"the stub services take bodies of {self.largest >> 20} MiB at most, and the engram sent a larger one: "
                "give the case less to send, or test it in a cluster"
            )
        if self.crowded:
            return (
                f"requests and answers under way at the stub services took more than {self.size >> 20} MiB, "
                f"and the sandbox ended {self.crowded} connections: read answers to their ends, or send less at a time"
            )
        if not (self.refused or self.retired):
            return ""
        ended = self.refused + self.retired
        return (
            f"the engram had more than {self.limit} connections to its stub services open at a time, and the sandbox "
            f"ended {ended} of them: read and close the bodies of answers, use one HTTP client for all requests, or "
            "send fewer packets"
        )

    @property
    def hoarded(self) -> bool:
        """Whether each request leaves a connection behind that no other uses."""
        return self.idle >= HOARD and self.idle >= 4 * self.busy


HOARD = 20
"""Idle connections from which on they are no pool of a client's: those keep 2 (Go) to 10 for a host."""


@dataclass(frozen=True, slots=True)
class ServiceLog:
    """What was asked of the services of a case."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    """Service -> `host:port`."""
    calls: tuple[Call, ...] = ()
    """The first 200 requests, in order."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Service -> how many requests there were in all."""
    connections: Connections = Connections()
