"""The driver's end of the harness: calls with answers, and events for whoever subscribed."""

from __future__ import annotations

import contextlib
import itertools
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from validator.rules import sandbox as rules
from validator.sandbox.harness import protocol
from validator.sandbox.model import SandboxError

CALL_SECONDS = 30.0
IDLE_SECONDS = 5.0
"""A harness at rest answers at once."""
Event = tuple[str, Any]
"""Name and data."""


class CallError(Exception):
    """The harness answered that a call failed."""

    def __init__(self, op: str, kind: str, message: str) -> None:
        super().__init__(f"{op}: {kind}: {message}")
        self.kind = kind


class Link:
    """One harness. Calls may come from any thread; whoever owns the pod feeds it the lines that the harness wrote.

    Lines to it are written by a thread of its own: `write` may block for as long as the harness does not read, which it
    does not do while it writes. What it writes must be taken even then, or both would wait for each other forever.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._outgoing: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._waiting: dict[int, tuple[str, Future[Any]]] = {}
        self._subscribers: dict[str, queue.SimpleQueue[Event]] = {}
        self._ready: Future[dict[str, Any]] = Future()
        self._buffer = bytearray()
        self._lost = ""
        threading.Thread(target=self._pass_on, args=(write,), name="harness-input", daemon=True).start()

    def ready(self, timeout: float = CALL_SECONDS) -> dict[str, Any]:
        """What the harness said when it was up: `api`, `home`, `store`. Raises SandboxError (EV915)."""
        try:
            return self._ready.result(timeout)
        except FutureTimeoutError:
            raise SandboxError(rules.HARNESS_FAILED, reason=f"it was not up after {timeout:g} s") from None

    def call(self, op: str, *, timeout: float = CALL_SECONDS, **args: Any) -> Any:
        """Run an op and wait for its result.

        Raises CallError when the op failed, SandboxError (EV915) when the harness is gone or silent; a silent one is
        lost to everybody, so that nobody else waits for it.
        """
        future: Future[Any] = Future()
        self._send(op, args, future)
        try:
            return future.result(timeout)
        except FutureTimeoutError:
            raise self.lose(f"no answer to {op} after {timeout:g} s") from None

    @property
    def lost(self) -> bool:
        """Whether the harness is gone or silent."""
        with self._lock:
            return bool(self._lost)

    def is_idle(self) -> bool:
        """Whether the harness is there and holds nothing of any case."""
        try:
            return bool(self.call("idle", timeout=IDLE_SECONDS))
        except (SandboxError, CallError):
            return False

    def turned_away(self) -> Mapping[str, int]:
        """By family, how often it had no room for a client since this was last asked; empty where nobody knows."""
        try:
            counts: dict[str, int] = self.call("turned-away", timeout=IDLE_SECONDS)
        except (SandboxError, CallError):
            return {}
        return counts

    def tell(self, op: str, **args: Any) -> None:
        """Run an op without waiting for its result."""
        with contextlib.suppress(SandboxError):
            self._send(op, args, Future())

    @contextlib.contextmanager
    def subscribed(self, key: str) -> Iterator[queue.SimpleQueue[Event]]:
        """The events of a case, in order, while the block runs. A lost harness ends with an event `lost`."""
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        with self._lock:
            self._subscribers[key] = events
            if self._lost:
                events.put(("lost", self._lost))
        try:
            yield events
        finally:
            with self._lock:
                self._subscribers.pop(key, None)

    def feed(self, chunk: bytes) -> None:
        """Take what the harness wrote, in pieces of any size."""
        self._buffer += chunk
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._take(line)
        if len(self._buffer) > protocol.LINE_LIMIT:
            self.lose("it wrote a line without an end")

    def lose(self, reason: str) -> SandboxError:
        """The harness is gone: everyone who waits learns why. Returns what they get (EV915), for whoever found out."""
        error = SandboxError(rules.HARNESS_FAILED, reason=reason)
        with self._lock:
            self._lost = self._lost or reason
            waiting, self._waiting = self._waiting, {}
            subscribers = list(self._subscribers.values())
            self._outgoing.put(None)
            if not self._ready.done():
                self._ready.set_exception(error)
        for _, future in waiting.values():
            future.set_exception(error)
        for events in subscribers:
            events.put(("lost", reason))
        return error

    def ended(self, status: int | None, stderr: str) -> None:
        """The harness has ended: how, if that is known, and with which last words.

        A signal is told as a negative number, by Python, or as 128 and its number, by Docker and bubblewrap.
        """
        how = "" if status is None else f" with exit status {status}"
        if status is not None and (status < 0 or 128 < status < 160):
            how = f" by {signal.Signals(-status if status < 0 else status - 128).name}"
        last = stderr.strip().splitlines()[-1:]
        self.lose(f"it ended{how}{': ' + last[0] if last else ''}")

    def _send(self, op: str, args: dict[str, Any], future: Future[Any]) -> None:
        number = next(self._numbers)
        line = protocol.encode({"id": number, "op": op, "args": args})
        with self._lock:
            if self._lost:
                raise SandboxError(rules.HARNESS_FAILED, reason=self._lost)
            self._waiting[number] = (op, future)
            self._outgoing.put((number, line))

    def _pass_on(self, write: Callable[[bytes], None]) -> None:
        """Write until the harness is lost. Whoever called what cannot be written learns why."""
        while (entry := self._outgoing.get()) is not None:
            number, line = entry
            try:
                write(line)
            except OSError as error:
                with self._lock:
                    _, future = self._waiting.pop(number, ("", None))
                if future is not None:
                    future.set_exception(SandboxError(rules.HARNESS_FAILED, reason=str(error)))

    def _take(self, line: bytes) -> None:
        try:
            message = protocol.decode(line)
        except ValueError:
            self.lose(f"it wrote {line[:200]!r}")
            return
        if "event" in message:
            self._event(str(message["event"]), str(message.get("key", "")), message.get("data"))
            return
        with self._lock:
            entry = self._waiting.pop(int(message.get("id") or 0), None)
        if entry is None:
            return
        op, future = entry
        error = message.get("error")
        if error is None:
            future.set_result(message.get("result"))
        else:
            future.set_exception(CallError(op, str(error.get("type")), str(error.get("message"))))

    def _event(self, name: str, key: str, data: Any) -> None:
        if name == "ready":
            with self._lock:
                # Its pod may have been closed while it came up.
                if not self._ready.done():
                    self._ready.set_result(data)
            return
        with self._lock:
            events = self._subscribers.get(key)
        if events is not None:
            events.put((name, data))
