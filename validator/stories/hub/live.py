"""What a run needs of engrams that really run, whoever runs them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

from validator.stories.hub.packets import Packet


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """Something that an engram did."""

    action: Literal["sent", "done", "gone"]
    """It sent a packet; it is done with one that it was given; or it ended, and `detail` says how."""
    step: str
    packet: Packet | None = None
    parent: str = ""
    """Of a packet that was sent: the id of the one that it answers; empty where that cannot be known."""
    detail: str = ""
    clock: float = 0.0
    """Real seconds since the run began."""


class Live(Protocol):
    """Engrams that really run. They take no virtual time."""

    @property
    def steps(self) -> Collection[str]:
        """The steps whose engrams they are."""
        ...

    def deliver(self, step: str, packet: Packet) -> None:
        """Hand a packet to the engram of a step."""
        ...

    def happened(self) -> LiveEvent | None:
        """Wait for what happens next; None once all are at rest, or the time is up."""
        ...

    def kill(self, step: str) -> None:
        """End the engram of a step at once, as a node that fails would."""
        ...

    def restart(self, step: str) -> None:
        """Start the engram of a step again, once it has ended."""
        ...


class Nobody:
    """No engram really runs."""

    steps: Collection[str] = ()

    def deliver(self, step: str, packet: Packet) -> None:
        """Never called."""

    def happened(self) -> LiveEvent | None:
        """Nothing happens."""
        return None

    def kill(self, step: str) -> None:
        """Never of anybody."""

    def restart(self, step: str) -> None:
        """Never of anybody."""
