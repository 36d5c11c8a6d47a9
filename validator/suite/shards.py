"""A run cut into parts of even length, for machines that do not talk to each other. Pure: the same input, the same cut.

Each unit goes to the shard that its name likes best (rendezvous hashing), as long as that one has room: so a unit that
is added or removed moves few others, and what a shard has pulled or cached before is mostly what it needs again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

MOST = 256
"""Jobs that GitHub makes of one matrix."""


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One part of a run that was cut into several."""

    number: int
    """From 1."""
    of: int
    plan: str = ""
    """What the cut was made from: parts of different plans do not make a whole."""

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def parse(text: str) -> Shard:
    """Read `2/4`. Raises ValueError for anything that is no part of a whole."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*/\s*(\d{1,4})\s*", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise ValueError(f"expected a shard such as 2/4, the second of four, found `{text}`")
    return Shard(int(found[1]), int(found[2]))


def cut(lengths: Mapping[str, float], shards: int) -> tuple[tuple[str, ...], ...]:
    """The names of each shard, in the order of their names; `lengths` are seconds by name.

    Long ones are placed first. A shard that would become longer than the average has no room for a unit; where none
    has, the shortest takes it.
    """
    room = max(sum(lengths.values()) / shards, max(lengths.values(), default=0.0))
    loads = [0.0] * shards
    parts: list[list[str]] = [[] for _ in range(shards)]
    for name in sorted(lengths, key=lambda name: (-lengths[name], name)):
        preferred = sorted(range(shards), key=lambda shard: _preference(name, shard), reverse=True)
        free = (shard for shard in preferred if loads[shard] + lengths[name] <= room)
        chosen = next(free, None)
        if chosen is None:
            chosen = min(preferred, key=lambda shard: loads[shard])
        loads[chosen] += lengths[name]
        parts[chosen].append(name)
    return tuple(tuple(sorted(part)) for part in parts)


def identity(lengths: Mapping[str, float], shards: int) -> str:
    """What tells one plan from another, 16 hex digits."""
    parts = [f"{shards}", *(f"{name}\0{seconds:.3f}" for name, seconds in sorted(lengths.items()))]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _preference(name: str, shard: int) -> bytes:
    return hashlib.blake2b(f"{shard}\0{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
