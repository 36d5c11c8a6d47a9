"""Just enough HTTP/1.1 for a Kubernetes client on loopback: keep-alive, one write a response, no delay.

A response in two writes costs 40 ms with delayed acknowledgements (contract/runtime.md 0.7).
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from validator.sandbox.harness.connections import Connection
from validator.sandbox.harness.load import Load
from validator.sandbox.harness.watches import Watch

HEADER_LIMIT = 64 << 10
BODY_LIMIT = 3 << 20
"""What a real API server accepts: beyond it, 413."""


LENGTH = re.compile(r"[0-9]{1,18}")
"""What a number of bytes is written as; of more digits Python makes no number at all."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, whole."""

    method: str
    target: str
    """Path and query, as sent."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    too_large: bool = False
    """The body was above the limit and is not here."""
    of_unknown_length: bool = False
    """The body is sent in chunks; it is not here."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What goes back."""

    status: int
    body: bytes
    content_type: str = "application/json"
    watch: Watch | None = None
    """What goes on after the head, instead of the body."""


Respond = Callable[[HttpRequest], HttpResponse]
"""Answers one request."""


class HttpConnection(asyncio.Protocol):
    """One client. Requests are answered in order; a malformed one ends the connection."""

    def __init__(self, respond: Respond, load: Load) -> None:
        self._respond = respond
        self._load = load
        self._connection: Connection | None = None
        self._buffer = bytearray()
        self._skip = 0
        self._paused = False
        self._pending: tuple[str, str, dict[str, str], int] | None = None
        self._transport: asyncio.Transport | None = None
        self._watch: Watch | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it in, where there is room, and switch Nagle's algorithm off."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = self._load.enter(self)
        if self._connection is None:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room."""
        if self._watch is not None:
            self._watch.close()
        if self._connection is not None:
            self._load.leave(self, self._connection)

    def held_bytes(self) -> int:
        """Bytes of a request that is not complete, and of answers that are not read."""
        assert self._transport is not None
        return len(self._buffer) + self._transport.get_write_buffer_size()

    def close(self) -> None:
        """End it at once: what nobody has read by now would be kept forever."""
        assert self._transport is not None
        self._transport.abort()

    def pause_writing(self) -> None:
        """The client does not read its answers: no more requests are taken until it does."""
        assert self._transport is not None
        self._paused = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        assert self._transport is not None
        self._paused = False
        self._transport.resume_reading()
        self.data_received(b"")

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        if self._skip:
            dropped = min(self._skip, len(data))
            self._skip -= dropped
            data = data[dropped:]
        if self._watch is not None:
            return  # whoever watches has nothing more to say
        self._buffer += data
        if not self._load.bears():
            self.close()
        while not self._skip and not self._paused and self._answers and self._next():
            pass

    def _next(self) -> bool:
        if self._pending is None and not self._head():
            return False
        assert self._pending is not None
        method, target, headers, length = self._pending
        if length > BODY_LIMIT:
            self._skip = max(0, length - len(self._buffer))
            del self._buffer[: length - self._skip]
            self._answer(HttpRequest(method, target, headers, b"", too_large=True))
            return True
        if len(self._buffer) < length:
            return False
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._answer(HttpRequest(method, target, headers, body))
        return True

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEADER_LIMIT:
                self._refuse(431)
            return False
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        parts = first.split(" ")
        if len(parts) != 3:
            self._refuse(400)
            return False
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers:
            # Kubernetes' own client always knows the length of a body. The case remembers that we do not take it.
            response = self._respond(HttpRequest(parts[0], parts[1], headers, b"", of_unknown_length=True))
            self._refuse(411, response.body if response.status == 411 else b"")
            return False
        if not LENGTH.fullmatch(length):
            self._refuse(411)
            return False
        self._pending = (parts[0], parts[1], headers, int(length))
        return True

    def _answer(self, request: HttpRequest) -> None:
        self._pending = None
        if self._closing:
            return
        assert self._connection is not None
        self._load.connections.at_work(self._connection)
        self._send(self._respond(request), close=request.headers.get("connection", "").lower() == "close")

    def _begin(self, watch: Watch) -> None:
        """Send the head of an answer that has no end yet, then every change."""
        assert self._transport is not None
        self._watch = watch
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        self._transport.write(head.encode("latin-1"))
        watch.open(self._push)
        if watch.seconds:
            asyncio.get_running_loop().call_later(watch.seconds, self._end)

    def _push(self, line: bytes) -> None:
        assert self._transport is not None
        if not self._load.bears(len(line)):
            self.close()
        elif not self._closing:
            self._transport.write(b"%x\r\n%b\r\n" % (len(line), line))

    def _end(self) -> None:
        """The time of a watch is over."""
        if not self._closing:
            assert self._transport is not None
            self._transport.write(b"0\r\n\r\n")
            self._transport.close()

    def _refuse(self, status: int, body: bytes = b"") -> None:
        self._buffer.clear()
        self._send(HttpResponse(status, body), close=True)

    def _send(self, response: HttpResponse, *, close: bool) -> None:
        assert self._transport is not None
        if self._closing:
            if response.watch is not None:
                response.watch.close()
            return
        if response.watch is not None:
            self._begin(response.watch)
            return
        if not self._load.bears(len(response.body)):
            self.close()
            return
        head = (
            f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
            f"Content-Type: {response.content_type}\r\nContent-Length: {len(response.body)}\r\n"
            f"Connection: {'close' if close else 'keep-alive'}\r\n\r\n"
        )
        self._transport.write(head.encode("latin-1") + response.body)
        if close:
            self._transport.close()
        elif self._connection is not None:
            self._load.connections.at_rest(self._connection)

    @property
    def _answers(self) -> bool:
        """Whether another request may be answered."""
        return self._watch is None and not self._closing

    @property
    def _closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()


async def serve(respond: Respond, address: str, load: Load | None = None) -> tuple[asyncio.Server, int]:
    """Listen on a free port of this address; the server and its port."""
    loop = asyncio.get_running_loop()
    borne = load or Load()
    server = await loop.create_server(lambda: HttpConnection(respond, borne), address, 0)
    port: int = server.sockets[0].getsockname()[1]
    return server, port
