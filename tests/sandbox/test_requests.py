"""One request to a program beside the harness: it may listen late, answer late, or never."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from validator.sandbox.harness.requests import ANSWER_LIMIT, request

NO_TIME = 0.05
PATIENCE = 20.0


async def asked(answer: bytes | None, within: float = PATIENCE) -> tuple[dict[str, Any], bytes]:
    """What is told of a server that reads a request and answers so; None for one that stays silent."""
    heard = asyncio.get_running_loop().create_future()

    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(5))
        with contextlib.suppress(ConnectionError):  # the other side may have read enough
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
        writer.transport.abort() if answer is None else writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        told = await request("127.0.0.1", port, "PUT", "/a?b", {"X-Id": "é"}, "grüß"[:3] + "s", PATIENCE, within)
        await over.wait()
        return told, await heard
    finally:
        server.close()


ANSWERS = [
    (b"HTTP/1.1 202 Accepted\r\n\r\nfine", PATIENCE, {"status": 202, "body": "fine"}),
    (b"HTTP/1.1 204 No Content\r\n\r\n", PATIENCE, {"status": 204, "body": ""}),
    (b"", PATIENCE, {"status": -1, "body": ""}),
    (b"no HTTP", PATIENCE, {"status": -1, "body": ""}),
    (None, NO_TIME, {"status": -1, "body": ""}),
]


@pytest.mark.parametrize(("answer", "within", "expected"), ANSWERS)
def test_answers(answer: bytes | None, within: float, expected: dict[str, Any]) -> None:
    told, heard = asyncio.run(asked(answer, within))

    assert told == expected
    assert heard.startswith(b"PUT /a?b HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nContent-Length: 5\r\n" in heard
    assert heard.endswith("grüs".encode())


def test_a_long_answer_is_cut() -> None:
    told, _ = asyncio.run(asked(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (2 * ANSWER_LIMIT)))

    assert told["status"] == 200
    assert len(told["body"]) < ANSWER_LIMIT


def test_nobody_listens() -> None:
    async def alone() -> dict[str, Any]:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await request("127.0.0.1", port, "GET", "/", {}, "", NO_TIME, PATIENCE)

    assert asyncio.run(alone()) == {"status": 0, "body": ""}
