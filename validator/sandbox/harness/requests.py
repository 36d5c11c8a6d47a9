"""One HTTP request from the harness to a program beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

ANSWER_LIMIT = 64 << 10
"""Bytes of an answer that are read."""
RETRY = 0.02
"""Seconds between two attempts to connect: nothing tells that a stranger has begun to listen."""


async def request(
    address: str,
    port: int,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: str,
    connect: float,
    answer: float,
) -> dict[str, Any]:
    """Send a request and read the answer: its `status`, and the begin of its `body`.

    Without a connection after `connect` seconds, the status is 0; without an answer after `answer`, it is -1.
    """
    try:
        async with asyncio.timeout(connect):
            reader, writer = await _connected(address, port)
    except TimeoutError:
        return {"status": 0, "body": ""}
    try:
        async with asyncio.timeout(answer):
            try:
                writer.write(_head(address, port, method, path, headers, body) + body.encode())
                await writer.drain()
                read = await _read(reader)
            finally:
                writer.close()
    except (TimeoutError, OSError):
        return {"status": -1, "body": ""}
    head, _, rest = read.partition(b"\r\n\r\n")
    parts = head.split(b" ", 2)
    known = len(parts) > 1 and parts[1].isdigit()
    return {"status": int(parts[1]) if known else -1, "body": rest.decode("utf-8", "replace")}


async def _connected(address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.open_connection(address, port)
        except OSError:
            await asyncio.sleep(RETRY)


def _head(address: str, port: int, method: str, path: str, headers: Mapping[str, str], body: str) -> bytes:
    sent = {"Host": f"{address}:{port}", **headers, "Content-Length": str(len(body.encode())), "Connection": "close"}
    lines = (f"{name}: {value}\r\n" for name, value in sent.items())
    return f"{method} {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1", "replace")


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Until the other side closes, or there is enough."""
    answer = b""
    while len(answer) < ANSWER_LIMIT and (chunk := await reader.read(ANSWER_LIMIT - len(answer))):
        answer += chunk
    return answer
