"""What engrams wanted of the world beyond their pod: names that they looked up, and addresses that they dialled.

A pod has no route but the one to itself. Whatever is dialled is refused at once, and counted by the kernel for each
network namespace (RFC 4293, ipSystemStatsOutNoRoutes): that it happened can be read without any privilege, but not
which address it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNTERS = Path("/proc/net/snmp")
"""Of IPv4 only: without IPv6, as in containers, its counter stays, and where it is half there `localhost` counts."""
COUNTER = "OutNoRoutes"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far things were at some moment."""

    lookups: int
    unrouted: int


class Outward:
    """What was wanted since a mark, by any case of the pod."""

    def __init__(self, lookups: list[str], *, alone: bool = False) -> None:
        """`lookups` are names as they come. `alone`: the network is the pod's own, so that its counters are, too."""
        self._lookups = lookups
        self._alone = alone

    def mark(self) -> Mark:
        """This moment."""
        return Mark(len(self._lookups), unrouted() if self._alone else 0)

    def since(self, mark: Mark) -> dict[str, Any]:
        """`lookups`, oldest first, and `unrouted`, how often an address was dialled: what a case's record says."""
        return {"lookups": self._lookups[mark.lookups :], "unrouted": self.mark().unrouted - mark.unrouted}


def unrouted(counters: Path = COUNTERS) -> int:
    """How often this network had no way to an address, so far; 0 where the kernel does not say."""
    try:
        names, values = (line.split() for line in counters.read_text("ascii").splitlines() if line.startswith("Ip:"))
        return int(dict(zip(names, values, strict=True))[COUNTER])
    except (OSError, ValueError, KeyError):
        return 0
