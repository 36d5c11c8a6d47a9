"""A name server for a pod without a network: it knows no name but localhost, and remembers what it was asked.

Only for harnesses with a network namespace of their own: on a real machine port 53 is not ours.
"""

from __future__ import annotations

import asyncio
import struct
from typing import cast

PORT = 53
LIMIT = 10_000
"""Questions remembered, of all cases of a pod."""
A = 1


class Names(asyncio.DatagramProtocol):
    """The questions in the order they came. A client asks for both kinds of addresses: that is remembered as one."""

    def __init__(self) -> None:
        self.lookups: list[str] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None

    async def listen(self, address: str) -> bool:
        """Answer over UDP and TCP; False where port 53 may not be had."""
        loop = asyncio.get_running_loop()
        try:
            await loop.create_datagram_endpoint(lambda: self, (address, PORT))
            self._server = await asyncio.start_server(self._converse, address, PORT)
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Stop answering."""
        if self._transport is not None:
            self._transport.close()
        if self._server is not None:
            self._server.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        # No instance check: before Python 3.12 the transport of a datagram is none of its own kind.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question."""
        answer = self.answer(data)
        if answer and self._transport is not None:
            self._transport.sendto(answer, addr)

    def answer(self, query: bytes) -> bytes:
        """The answer to a DNS message; empty for what is none."""
        try:
            number, flags, questions = struct.unpack_from("!HHH", query)
            name, end = _name(query)
            (kind,) = struct.unpack_from("!H", query, end)
        except (struct.error, IndexError):
            return b""
        if flags & 0x8000 or questions != 1:
            return b""
        local = name == "localhost" or name.endswith(".localhost")
        if not local and name and len(self.lookups) < LIMIT and self.lookups[-1:] != [name]:
            self.lookups.append(name)
        addressed = local and kind == A
        # A response, recursion granted as asked; 3 is "no such name".
        reply_flags = 0x8080 | (flags & 0x0100) | (0 if local else 3)
        head = struct.pack("!HHHHHH", number, reply_flags, 1, int(addressed), 0, 0)
        record = struct.pack("!HHHIH4B", 0xC00C, A, 1, 60, 4, 127, 0, 0, 1) if addressed else b""
        return head + query[12 : end + 4] + record

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (size,) = struct.unpack("!H", await reader.readexactly(2))
                answer = self.answer(await reader.readexactly(size))
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def _name(query: bytes) -> tuple[str, int]:
    """The name in question, in lower case, and where it ends. Raises IndexError when it does not."""
    labels: list[str] = []
    at = 12
    while size := query[at]:
        if size > 63 or at + 1 + size > len(query):
            raise IndexError
        labels.append(query[at + 1 : at + 1 + size].decode("ascii", "backslashreplace").lower())
        at += 1 + size
    return ".".join(labels), at + 1
