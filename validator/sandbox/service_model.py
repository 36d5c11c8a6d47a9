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
class ServiceLog:
    """What was asked of the services of a case."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    """Service -> `host:port`."""
    calls: tuple[Call, ...] = ()
    """The first 200 requests, in order."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Service -> how many requests there were in all."""
