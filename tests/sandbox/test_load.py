"""What a client has left behind is counted with its own case."""

from __future__ import annotations

import asyncio
import socket

import pytest

from validator.sandbox.harness import load
from validator.sandbox.harness.http import HttpRequest, HttpResponse, serve

HEAD = b"POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n"


def respond(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, b"{}")


def test_what_clients_that_are_gone_have_sent_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty half requests lie ready, unread, when their clients have ended."""
    monkeypatch.setattr(load, "HELD_BYTES", 10_000)
    borne = load.Load()

    async def count() -> tuple[int, int, int]:
        server, port = await serve(respond, "127.0.0.1", borne)
        for client in [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]:
            client.sendall(HEAD + b"x" * 1_000)
            client.close()
        before = borne.turned_away
        await borne.settle()
        settled = borne.turned_away
        await borne.settle()
        server.close()
        return before, settled, borne.turned_away

    before, settled, later = asyncio.run(count())

    assert before == 0
    assert settled > 0
    assert later == settled
    assert borne.bears(load.HELD_BYTES), "nothing is held for them"


def test_clients_that_go_on_do_not_hold_a_case_up() -> None:
    borne = load.Load()

    async def go_on() -> None:
        while True:
            borne.bears()
            await asyncio.sleep(0)

    async def settle() -> None:
        other = asyncio.ensure_future(go_on())
        await asyncio.wait_for(borne.settle(), 30)
        other.cancel()

    asyncio.run(settle())
