"""What happened on the wire, kept within bounds: the beginning in full, the end in short, everything counted."""

from __future__ import annotations

import json
import time
from collections import Counter, deque
from typing import Any

from validator.sandbox.harness import decoding

HEAD_ENTRIES = 4000
TAIL_ENTRIES = 400
CONTENT_LIMIT = 8 << 20
"""Bytes of kept messages and documents in total: one of tiny members takes 20 times as much memory."""
EVENT_LIMIT = 1 << 20
"""Bytes of what is known of events, in total; of later ones it is only known that they were."""
LARGE = 256 << 10
"""A message of so many bytes is decoded at once: mostly, little of it is kept."""


class Ledger:
    """The transcript of one case while it is written; of documents above a limit it keeps what is known of them."""

    def __init__(self, document_limit: int = decoding.DOCUMENT_LIMIT) -> None:
        self._limit = document_limit
        self._large = min(LARGE, document_limit)
        self.started = time.monotonic()
        self.counts: Counter[str] = Counter()
        self._head: list[tuple[Any, ...]] = []
        self._tail: deque[tuple[Any, ...]] = deque(maxlen=TAIL_ENTRIES)
        self._content_bytes = 0
        self._event_bytes = 0
        self._later = 0
        """Messages that came when the head was full."""

    def now(self) -> float:
        """Seconds since the case was opened."""
        return time.monotonic() - self.started

    def message(self, by: str, stream: str, session: int, raw: bytes, label: str = "") -> None:
        """A message went over the wire."""
        size, at = len(raw), time.monotonic() - self.started
        if len(self._head) < HEAD_ENTRIES and self._content_bytes < CONTENT_LIMIT:
            content: Any = raw if size <= self._large else self._decode(by, stream, raw)
            self._content_bytes += size if content is raw else _size(content)
            if self._content_bytes <= CONTENT_LIMIT:
                self._head.append((at, by, stream, "message", session, size, label, content))
                return
        self._later += 1
        self._tail.append((at, by, stream, "message", session, size, label, raw if size < 4096 else None))

    def event(self, by: str, stream: str, event: str, session: int = 0, label: str = "", **body: Any) -> None:
        """Something else happened: a stream opened or ended, a mark was reached. These are never dropped early."""
        self._event_bytes += len(json.dumps(body)) if body else 0
        if self._event_bytes > EVENT_LIMIT:
            body = {"trimmed": True}
        entry: tuple[Any, ...] = (self.now(), by, stream, event, session, 0, label, ("", body, []))
        target = self._head if len(self._head) < HEAD_ENTRIES else self._tail
        target.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        """The transcript as documents, in order."""
        return [self._document(entry) for entry in (*self._head, *self._tail)]

    def last(self, raw: bytes | None = None) -> dict[str, Any] | None:
        """The newest entry, for whoever watches; with its bytes it is whole even where they are not kept."""
        entry = self._tail[-1] if self._tail else self._head[-1] if self._head else None
        if entry is not None and raw is not None:
            entry = (*entry[:-1], raw)
        return self._document(entry) if entry else None

    @property
    def omitted(self) -> int:
        """Messages that the transcript does not have."""
        return self._later - sum(1 for entry in self._tail if entry[3] == "message")

    def _decode(self, by: str, stream: str, raw: bytes) -> Any:
        outbound = by == "connector"
        try:
            if stream == "data":
                return decoding.data(raw, outbound=outbound, limit=self._limit)
            return decoding.control(raw, outbound=outbound)
        except ValueError as error:
            return error

    def _document(self, entry: tuple[Any, ...]) -> dict[str, Any]:
        at, by, stream, event, session, size, label, content = entry
        if isinstance(content, bytes):
            content = self._decode(by, stream, content)
        if content is None:
            content = ("", {"trimmed": True}, [])
        if isinstance(content, ValueError):
            event, content = "garbage", ("", {"problem": str(content)}, [])
        found, body, violations = content
        return {
            "at": round(at, 6),
            "by": by,
            "stream": stream,
            "event": event,
            "session": session,
            "size": size,
            "label": label or found,
            "body": body,
            "violations": violations,
        }


def _size(decoded: Any) -> int:
    """Bytes of a document as JSON."""
    return 0 if isinstance(decoded, ValueError) else len(json.dumps(decoded[1]))
