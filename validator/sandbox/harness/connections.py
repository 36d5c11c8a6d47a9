"""The connections of a case to a stand-in: a bounded number, of which idle ones make room for new ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Closable(Protocol):
    """What ends a connection."""

    def close(self) -> None:
        """End it."""


@dataclass(eq=False, slots=True)
class Connection:
    """One connection of the engram."""

    writer: Closable
    requests: int = 0
    at_work: bool = True
    """A request is on its way or being answered; False while it waits for a further one."""


class Connections:
    """Those that are open, the one that has been idle for longest first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: dict[Connection, None] = {}
        self._retired = 0
        self._refused = 0
        self._idle = 0
        self._busy = 0

    def open(self, writer: Closable) -> Connection | None:
        """A new connection; None when there is no room for it."""
        if len(self._open) >= self._limit and not self._retire():
            self._refused += 1
            return None
        connection = Connection(writer)
        self._open[connection] = None
        return connection

    def at_work(self, connection: Connection) -> None:
        """A request has come."""
        connection.at_work = True
        connection.requests += 1
        self._busy = max(self._busy, sum(1 for each in self._open if each.at_work and each.requests))

    def at_rest(self, connection: Connection) -> None:
        """It is answered; another may come, or none ever."""
        connection.at_work = False
        # At the end of the queue: the others have been idle for longer.
        self._open.pop(connection, None)
        self._open[connection] = None
        self._idle = max(self._idle, sum(1 for each in self._open if not each.at_work and each.requests == 1))

    def close(self, connection: Connection) -> None:
        """It is gone."""
        self._open.pop(connection, None)

    def _retire(self) -> bool:
        """End the connection that has been idle for longest, as a busy server does; False when none is idle."""
        idle = next((each for each in self._open if not each.at_work), None)
        if idle is None:
            return False
        self._retired += 1
        self._open.pop(idle)
        idle.writer.close()
        return True

    @property
    def record(self) -> dict[str, int]:
        """What is known of them: `idle` that had served one request, and `busy`, at most at a time; how many were
        `retired` and `refused`; the `limit`."""
        return {
            "idle": self._idle,
            "busy": self._busy,
            "retired": self._retired,
            "refused": self._refused,
            "limit": self._limit,
        }
