"""What of the hub is a number or a switch, as data. The values are in `validator/platform`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from validator.platform import releases
from validator.platform.releases import current, release


@dataclass(frozen=True, slots=True)
class HubProfile:
    """One version of the hub."""

    name: str
    join_seconds: float
    join_entries: int
    buffer_messages: int
    buffer_bytes: int
    buffer_idle_seconds: float
    buffer_flush_seconds: float
    chunk_seconds: float
    chunk_assemblies: int
    """At once, of one stream."""
    chunk_bytes: int
    """Of all parts that wait."""
    chunk_size: int
    outbox_messages: int
    """Of a connector."""
    hooks_again_after_disconnect: bool
    """Documented as at most once (E14)."""
    replay_survives_disconnect: bool
    """Of `replay.mode: memory`; concluded from the source (B9.3)."""
    fills_input_defaults: bool
    """Whether templates see the defaults of `inputsSchema` (E16)."""


IMPLEMENTED = HubProfile("implemented", **release(current()).hub)
"""The newest release."""
DOCUMENTED = HubProfile("documented", **release(releases.DOCUMENTED).hub)
PROFILES: Mapping[str, HubProfile] = MappingProxyType({one.name: one for one in (IMPLEMENTED, DOCUMENTED)})
