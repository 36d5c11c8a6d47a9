"""The bytes that the connections of a case may hold together: requests that are read, answers on their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class FullError(Exception):
    """There is no room for more bytes: whoever wants them has to go."""


class Room:
    """A number of bytes, shared by connections."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self.turned_away = 0
        """How often there was no room."""
        self.oversized = 0
        """How many bodies were refused, each too large by itself."""

    @contextmanager
    def share(self) -> Iterator[Share]:
        """What one connection takes while the block runs."""
        share = Share(self)
        try:
            yield share
        finally:
            self._taken -= share.taken

    def take(self, size: int) -> None:
        """Take so many bytes. Raises FullError."""
        if self._taken + size > self._size:
            self.turned_away += 1
            raise FullError
        self._taken += size


class Share:
    """What one connection has taken."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.taken = 0

    def take(self, size: int) -> None:
        """Take so many bytes more. Raises FullError."""
        self._room.take(size)
        self.taken += size
