"""The HTTP of the sandbox's Kubernetes API: whatever a client sends is answered or ended, and the next is served."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from validator.sandbox.harness import http
from validator.sandbox.harness.cluster import Cluster

GOOD = b"GET /version HTTP/1.1\r\nConnection: close\r\n\r\n"
PATCH = b"PATCH /apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/stepruns/s/status HTTP/1.1\r\n"
JSON = b"Content-Type: application/merge-patch+json\r\n"


def respond(request: http.HttpRequest) -> http.HttpResponse:
    return Cluster().respond(request)[0]


async def answers(*sent: bytes) -> list[bytes]:
    """What comes back on a connection for each of these, after the client has said that no more comes."""
    server, port = await http.serve(respond, "127.0.0.1")
    found = []
    async with server:
        for one in sent:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(one)
            writer.write_eof()
            found.append(await asyncio.wait_for(reader.read(), 20))
            writer.close()
    return found


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (PATCH + JSON + b"Content-Length: 9\r\n\r\n{", b""),  # half a body, and no more
        (PATCH + b"Content-Le", b""),
        (PATCH + JSON + b"Content-Length: -1\r\n\r\n", b"411"),
        (PATCH + JSON + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", b"411"),
        (PATCH + JSON + "Content-Length: \xb2\r\n\r\n".encode("latin-1"), b"411"),
        (PATCH + JSON + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n", b"411"),
        (PATCH + JSON + b"Content-Length: 999999999999999999\r\n\r\n{", b"413"),
        (PATCH + JSON + b"Content-Length: 4000000\r\n\r\n" + b"x" * 4_000_000 + GOOD, b"413"),
        (PATCH + JSON + b"Content-Length: 1\r\n\r\n{}}}" + GOOD, b"400"),  # the rest is no request
        (b"GET //[ HTTP/1.1\r\nConnection: close\r\n\r\n", b"404"),
        (b"GET /%zz\xff HTTP/1.1\r\nConnection: close\r\n\r\n", b"404"),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", b"400"),
        (b"x" * 100_000, b"431"),
    ],
)
def test_it_is_answered_and_the_next_is_served(sent: bytes, status: bytes) -> None:
    hostile, good = asyncio.run(answers(sent, GOOD))
    assert hostile.split(b"\r\n")[0].removeprefix(b"HTTP/1.1 ").partition(b" ")[0] == status
    assert good.startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_reads_no_answer_is_not_read_either() -> None:
    """Hundreds of megabytes of answers to a small flood of questions are never made."""
    made = 0

    def large(request: http.HttpRequest) -> http.HttpResponse:
        nonlocal made
        made += 1
        return http.HttpResponse(200, b"x" * (1 << 20))

    async def flood() -> Any:
        server, port = await http.serve(large, "127.0.0.1")
        async with server:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
            writer.write(b"GET / HTTP/1.1\r\n\r\n" * 300)
            await reader.readexactly(1 << 16)
            unread = made
            whole = 1 << 16
            while whole < 300 << 20:
                whole += len(await reader.read(1 << 20))
            writer.close()
            return unread

    assert asyncio.run(flood()) < 50
    assert made == 300
