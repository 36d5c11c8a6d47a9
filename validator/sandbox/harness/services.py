"""The family `service`: stub HTTP(S) services of a case, each on a port of its own, and what was asked of them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from validator.sandbox.harness import stub
from validator.sandbox.harness.connections import Connections
from validator.sandbox.harness.exchanges import Exchange, Reply, StubRequest, answer
from validator.sandbox.harness.load import SERVICE_BYTES, SERVICE_CONNECTIONS
from validator.sandbox.harness.protocol import TRUST, Handler, Host
from validator.sandbox.harness.room import Room

CALL_LIMIT = 200
"""Requests kept one by one; the others are counted."""
BODY_LIMIT = 16 << 10
"""Bytes of a body shown with its request."""


class Case:
    """The services of one case."""

    def __init__(self) -> None:
        self.servers: list[asyncio.Server] = []
        self.talks: set[asyncio.Task[Any]] = set()
        self.connections = Connections(SERVICE_CONNECTIONS)
        self.room = Room(SERVICE_BYTES)
        self.calls: list[dict[str, Any]] = []
        self.counts: dict[str, int] = {}
        self.authority: Path | None = None

    def answer(self, service: str, exchanges: list[Exchange], request: StubRequest) -> Reply:
        """Answer a request and remember it."""
        reply, problem = answer(service, exchanges, request)
        self.counts[service] += 1
        if len(self.calls) < CALL_LIMIT:
            self.calls.append(_call(service, request, reply, problem))
        return reply

    async def talk(
        self, service: str, exchanges: list[Exchange], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One connection, from its beginning to its end."""
        connection = self.connections.open(writer)
        if connection is None:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self.talks.add(task)

        def reply_to(request: StubRequest) -> Reply:
            self.connections.at_work(connection)
            return self.answer(service, exchanges, request)

        try:
            at_rest = partial(self.connections.at_rest, connection)
            await stub.converse(reader, writer, reply_to, at_rest, self.room)
        except asyncio.CancelledError:
            # The case is over. Raised any further, it would only be logged.
            pass
        finally:
            self.talks.discard(task)
            self.connections.close(connection)
            writer.close()

    @property
    def record(self) -> dict[str, int]:
        """What is known of its connections: `crowded` were ended for want of memory, `oversized` for their body."""
        return self.connections.record | {
            "crowded": self.room.turned_away,
            "size": SERVICE_BYTES,
            "oversized": self.room.oversized,
            "largest": stub.BODY_LIMIT,
        }

    def turned_away(self) -> int:
        """How many connections were ended, although a request was under way."""
        return self.connections.record["refused"] + self.room.turned_away

    async def close(self) -> None:
        """End every connection and listener."""
        for server in self.servers:
            server.close()
        for task in self.talks:
            task.cancel()
        await asyncio.gather(*self.talks, return_exceptions=True)
        if self.authority is not None:
            self.authority.unlink(missing_ok=True)


class Services:
    """Open cases by their keys."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._cases: dict[str, Case] = {}
        self._turned_away = 0
        """By cases that are closed."""

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """`open`, `close`."""
        return {"open": self.open_case, "close": self.close_case}

    async def open_case(self, *, key: str, services: list[dict[str, Any]], authority: str = "") -> dict[str, Any]:
        """Serve a case: `[{name, port, exchanges, certificate?}]`; the ports by name, and where the CA's file is.

        A port that is taken is replaced by a free one. `certificate` is a private key and its chain as PEM.
        """
        case = self._cases[key] = Case()
        ports: dict[str, int] = {}
        try:
            for service in services:
                name = str(service["name"])
                case.counts[name] = 0
                exchanges = [Exchange(written) for written in service["exchanges"]]
                context = _context(service["certificate"]) if service.get("certificate") else None
                server = await self._listen(partial(case.talk, name, exchanges), int(service["port"]), context)
                case.servers.append(server)
                ports[name] = server.sockets[0].getsockname()[1]
            if authority:
                folder = Path(self._host.home, TRUST)
                folder.mkdir(exist_ok=True)
                case.authority = folder / f"ca-{key}.pem"
                case.authority.write_text(authority, encoding="ascii")
        except BaseException:
            await self._cases.pop(key).close()
            raise
        return {"ports": ports, "authority": str(case.authority or "")}

    async def close_case(self, key: str) -> dict[str, Any]:
        """Stop the services of a case; what was asked of them."""
        case = self._cases.pop(key)
        await case.close()
        self._turned_away += case.turned_away()
        return {"calls": case.calls, "counts": case.counts, "connections": case.record}

    def turned_away(self) -> int:
        """How many connections were ended, although a request was under way."""
        return self._turned_away + sum(case.turned_away() for case in self._cases.values())

    async def close(self) -> None:
        """Stop everything."""
        for key in list(self._cases):
            with contextlib.suppress(Exception):
                await self.close_case(key)

    async def _listen(self, talk: Any, port: int, context: ssl.SSLContext | None) -> asyncio.Server:
        address = self._host.address
        try:
            return await asyncio.start_server(talk, address, port, limit=stub.HEAD_LIMIT, ssl=context)
        except OSError:
            return await asyncio.start_server(talk, address, 0, limit=stub.HEAD_LIMIT, ssl=context)


async def open_family(host: Host) -> Services:
    """The family `service`. Nothing listens before a case asks for it."""
    return Services(host)


def _context(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    # The key is made for this case alone; OpenSSL only reads it from a file.
    with tempfile.NamedTemporaryFile("w", suffix=".pem", dir=_scratch()) as file:
        file.write(certificate)
        file.flush()
        context.load_cert_chain(file.name)
    return context


def _scratch() -> str | None:
    """In memory where there is such a place: the root of a harness container is read-only."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - unpredictable names, made exclusively


def _call(service: str, request: StubRequest, reply: Reply, problem: str) -> dict[str, Any]:
    """A request as it is reported. Values of headers stay here: that is where credentials travel."""
    body: Any = request.json
    if body is None or len(request.body) > BODY_LIMIT:
        body = request.text[:BODY_LIMIT]
    return {
        "service": service,
        "method": request.method[:32],
        "path": request.target[:2048],
        "status": 0 if reply.fail in {"close", "reset", "timeout"} else reply.status,
        "headers": sorted(request.headers),
        "content_type": request.headers.get("content-type", "")[:200],
        "body": body,
        "unforeseen": problem,
    }
