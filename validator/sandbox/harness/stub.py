"""HTTP/1.1 of a stub service: whatever a client may send, answered as written, one write where that is possible."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from validator.sandbox.harness.exchanges import Reply, StubRequest
from validator.sandbox.harness.http import LENGTH
from validator.sandbox.harness.room import FullError, Room

HEAD_LIMIT = 64 << 10
BODY_LIMIT = 4 << 20
"""Bytes of a request's body; beyond it, 413."""

Answer = Callable[[StubRequest], Reply]
Take = Callable[[int], None]
"""Takes room for so many bytes, or raises FullError."""


class MalformedError(Exception):
    """A request that is none, with the status it deserves."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer, at_rest: Callable[[], None], room: Room
) -> None:
    """Answer the requests of one connection, until either side ends it; `at_rest` is called after each.

    A request or an answer for which there is no room ends it.
    """
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError, FullError):
        while True:
            with room.share() as share:
                try:
                    request = await read(reader, writer, share.take)
                except MalformedError as malformed:
                    room.oversized += malformed.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                    writer.write(head(Reply(malformed.status), 0, close=True))
                    await writer.drain()
                    return
                close = request.headers.get("connection", "").lower() == "close"
                reply = answer(request)
                share.take(len(reply.body))
                if not await send(reader, writer, reply, bodiless=request.method == "HEAD", close=close) or close:
                    return
            at_rest()


async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, take: Take) -> StubRequest:
    """The next request, whole.

    Raises IncompleteReadError at the end, MalformedError for what is none, FullError where there is no room for it.
    """
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError:
        raise MalformedError(431) from None
    first, *lines = text[:-4].split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise MalformedError(400)
    try:
        urlsplit(parts[1])
    except ValueError:
        raise MalformedError(400) from None
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise MalformedError(400)
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return StubRequest(parts[0], parts[1], headers, await _body(reader, headers, take))


async def _body(reader: asyncio.StreamReader, headers: dict[str, str], take: Take) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _chunks(reader, take)
    length = headers.get("content-length", "0")
    if not LENGTH.fullmatch(length):
        raise MalformedError(400)
    if int(length) > BODY_LIMIT:
        raise MalformedError(413)
    take(int(length))
    return await reader.readexactly(int(length))


async def _chunks(reader: asyncio.StreamReader, take: Take) -> bytes:
    body = bytearray()
    while True:
        try:
            size = int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16)
        except (ValueError, asyncio.LimitOverrunError):
            raise MalformedError(400) from None
        if size < 0:
            raise MalformedError(400)
        if len(body) + size > BODY_LIMIT:
            raise MalformedError(413)
        if not size:
            # Trailers, of which nothing is wanted, end with an empty line.
            with contextlib.suppress(asyncio.LimitOverrunError):
                while await reader.readuntil(b"\r\n") != b"\r\n":
                    pass
                return bytes(body)
            raise MalformedError(431)
        take(size)
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise MalformedError(400)


async def send(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reply: Reply, *, bodiless: bool, close: bool
) -> bool:
    """Send a reply, or fail as it says; whether the connection can go on."""
    if reply.delay:
        await asyncio.sleep(reply.delay)
    if reply.fail == "timeout":
        # Nothing comes, until the client has had enough or the case is over.
        await reader.read(1)
        return False
    if reply.fail == "reset":
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False
    if reply.fail == "close":
        return False
    if reply.events is not None and not bodiless:
        await _stream(writer, reply, close=close)
        return not reply.fail
    body = b"" if bodiless or reply.status in {204, 304} else reply.body
    if reply.fail == "cut":
        body = body[: len(body) // 2]
    size = None if reply.status in {204, 304} else len(reply.body)
    writer.write(head(reply, size, close=close) + body)
    await writer.drain()
    return not reply.fail


async def _stream(writer: asyncio.StreamWriter, reply: Reply, *, close: bool) -> None:
    events = reply.events or ()
    writer.write(head(reply, -1, close=close))
    for number, event in enumerate(events[: len(events) // 2] if reply.fail else events):
        if reply.interval and number:
            await asyncio.sleep(reply.interval)
        writer.write(b"%x\r\n%b\r\n" % (len(event), event))
        await writer.drain()
    if not reply.fail:
        writer.write(b"0\r\n\r\n")
        await writer.drain()


def head(reply: Reply, size: int | None, *, close: bool) -> bytes:
    """Status line and headers; a size of -1 is a body in chunks, None no body at all."""
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}".replace("\r", " ").replace("\n", " ") for name, value in reply.headers.items()]
    if size is not None:
        lines.append("Transfer-Encoding: chunked" if size < 0 else f"Content-Length: {size}")
    lines += [f"Connection: {'close' if close else 'keep-alive'}", "", ""]
    return "\r\n".join(lines).encode("utf-8", "replace")
