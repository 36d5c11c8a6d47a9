"""The tail of a stream that nobody can be trusted to keep short."""

from __future__ import annotations

from collections import deque

from validator.sandbox.model import Log


class Tail:
    """Keeps the last bytes of what is fed. Memory stays below twice the limit plus one chunk, whatever comes."""

    def __init__(self, limit: int, wanted: tuple[bytes, ...] = ()) -> None:
        self._limit = limit
        self._wanted = wanted
        self._overlap = max(map(len, wanted), default=1) - 1
        self._end = b""
        self.seen = False
        """One of the wanted words came by, kept or not."""
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self.total = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.total += len(chunk)
        if self._wanted and not self.seen:
            window = self._end + chunk
            self.seen = any(word in window for word in self._wanted)
            self._end = window[len(window) - self._overlap :] if self._overlap < len(window) else window
        self._chunks.append(chunk[-self._limit :] if self._limit else b"")
        self._size += len(self._chunks[-1])
        while self._chunks and self._size - len(self._chunks[0]) >= self._limit:
            self._size -= len(self._chunks.popleft())

    def bytes(self) -> bytes:
        """The last bytes, at most the limit."""
        data = b"".join(self._chunks)
        return data[-self._limit :] if self._limit else b""

    def log(self) -> Log:
        """The tail as text; what is no UTF-8 becomes U+FFFD."""
        return Log(self.bytes().decode("utf-8", "replace"), self.total, self.total > self._limit)
