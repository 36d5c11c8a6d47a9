"""What all cases of one engram have in common: a packet that it takes, and how long it is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from validator.checks.streaming import chunks
from validator.findings import Json
from validator.sandbox.model import Identity, Secret
from validator.sandbox.stream_model import Packet

PATIENCE = 3.0
"""Seconds that everyone gets for a packet; who is seen to take longer gets more."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The terms of one trial."""

    packet: Packet = field(default_factory=lambda: Packet(payload={"text": "hello"}))
    """A packet that it takes: from a written case, or generated from `inputSchema`."""
    config: Mapping[str, Json] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    identity: Identity = field(default_factory=Identity)
    time_limit: float = 20.0
    patience: float = PATIENCE
    """Seconds without a sign of life before a receipt counts as missing."""
    grace: float = 10.0
    quiet: float = 0.15
    startup: float = 10.0
    """Seconds to open the streams."""
    observe: float = 0.25
    """Seconds to look for what must not happen."""
    answers: int | None = None
    """Outputs that each packet brings; None when that is not known."""
    answer_bytes: float = 0.0
    """Bytes of the outputs that a packet brings, on average."""
    pace: float = 0.0
    """Seconds that it takes for a packet."""
    chunk_seconds: float = chunks.WAIT
    """Seconds after which the chunks of an incomplete message are no longer kept."""
