"""Whether the hub takes a stream at all: the metadata with which a connector opens it (story-run.md, B4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROTOCOL = "1.0.0"
_NAMES = ("storyrun-name", "storyrun-namespace", "current-step-id")
_GENERATIONS = 1 << 31


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a stream is refused; the connector does not try again after some statuses (B3.3)."""

    status: str
    message: str


def refusal(metadata: Mapping[str, str]) -> Refusal | None:
    """Why the hub refuses a stream with this metadata; None when it takes it."""
    if metadata.get("bubu-transport-protocol", "") != PROTOCOL:
        return Refusal("FAILED_PRECONDITION", f"bubu-transport-protocol is not {PROTOCOL}")
    for name in _NAMES:
        if not metadata.get(name):
            return Refusal("UNKNOWN", f"missing {name} metadata")
    generation = metadata.get("connector-generation", "").strip()
    if not generation:
        return Refusal("FAILED_PRECONDITION", "missing connector-generation metadata")
    digits = generation.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:20]) < _GENERATIONS):
        return Refusal("FAILED_PRECONDITION", f'invalid connector-generation metadata "{generation}"')
    return None
