"""What engrams may ask of the stand-ins at once: connections, requests that are half here, answers nobody reads.

Real ones have gigabytes for that; a harness has the memory of one engram. What is beyond is closed and counted, so that
a hostile client harms its own case and no more, and is told by name.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from validator.sandbox.harness.connections import Connection, Connections

CONNECTION_LIMIT = 128
"""Connections to the API at a time. One more ends the one that has been idle for longest; where all are at work, it is
closed."""
HELD_BYTES = 32 << 20
"""Of requests that are not complete, and of answers that are not read, of all connections together."""
SERVICE_CONNECTIONS = 100
"""Connections of a case to its stub services, alike."""
SERVICE_BYTES = 64 << 20
"""Of requests and answers under way at the stub services of a case, of all connections together."""
TURNS = 5
"""Of the event loop, after which a connection that has come is taken in, and data that have come are read."""
MOST_ROUNDS = 1_000
"""Of turns in which something came."""
STREAM_LIMIT = 8
"""Streams to a connector at a time, where an engram needs two."""


class Client(Protocol):
    """One connection."""

    def held_bytes(self) -> int:
        """Bytes that are kept for it."""

    def close(self) -> None:
        """End it."""


class Load:
    """All connections of one API."""

    def __init__(self) -> None:
        self.connections = Connections(CONNECTION_LIMIT)
        self._clients: set[Client] = set()
        self._dropped = 0
        self._events = 0
        """Connections that came and went, and data that came."""

    def enter(self, client: Client) -> Connection | None:
        """A connection has come; None when there is no room for it."""
        self._events += 1
        connection = self.connections.open(client)
        if connection is not None:
            self._clients.add(client)
        return connection

    def leave(self, client: Client, connection: Connection) -> None:
        """It is gone."""
        self._events += 1
        self._clients.discard(client)
        self.connections.close(connection)

    def bears(self, more: int = 0) -> bool:
        """Whether so many more bytes can be held; otherwise whoever wants them has to go, which is counted."""
        self._events += 1
        if sum(client.held_bytes() for client in self._clients) + more <= HELD_BYTES:
            return True
        self._dropped += 1
        return False

    async def settle(self) -> None:
        """Take in all that lies ready. What a client that is gone has left behind belongs to its case, not to the next.

        Ends after a while where other clients go on.
        """
        for _ in range(MOST_ROUNDS):
            before = self._events
            for _ in range(TURNS):
                await asyncio.sleep(0)
            if self._events == before:
                return

    @property
    def turned_away(self) -> int:
        """How many connections were closed for want of room."""
        return self.connections.record["refused"] + self._dropped
