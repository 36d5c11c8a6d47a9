"""What of the hub is a number or a switch, as data. Source: story-run.md, sections B3, B6, B9 and B10."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class HubProfile:
    """One version of the hub."""

    name: str
    join_seconds: float = 120.0
    join_entries: int = 1000
    buffer_messages: int = 100
    buffer_bytes: int = 10 * 1024 * 1024
    buffer_idle_seconds: float = 600.0
    buffer_flush_seconds: float = 60.0
    chunk_seconds: float = 120.0
    chunk_assemblies: int = 64
    """At once, of one stream."""
    chunk_bytes: int = 64 * 1024 * 1024
    """Of all parts that wait."""
    chunk_size: int = 10 * 1024 * 1024
    outbox_messages: int = 2048
    """Of a connector."""
    hooks_again_after_disconnect: bool = True
    """Documented as at most once (E14)."""
    replay_survives_disconnect: bool = False
    """Of `replay.mode: memory`; concluded from the source (B9.3)."""
    fills_input_defaults: bool = False
    """Whether templates see the defaults of `inputsSchema` (E16)."""


IMPLEMENTED = HubProfile("implemented")
"""bobravoz-grpc 0.3.1."""
DOCUMENTED = HubProfile(
    "documented", hooks_again_after_disconnect=False, replay_survives_disconnect=True, fills_input_defaults=True
)
PROFILES: Mapping[str, HubProfile] = MappingProxyType({one.name: one for one in (IMPLEMENTED, DOCUMENTED)})
