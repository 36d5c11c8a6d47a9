"""One session of an engram: its Data and its Control stream, and the start-up between them (runtime.md 2.5)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from validator.sandbox.harness import decoding
from validator.sandbox.harness.ledger import Ledger
from validator.sandbox.harness.wire import transport_pb2 as wire


class GoneError(Exception):
    """The session ended while something was to be sent."""


class Session:
    """A Data and a Control stream that belong together: the n-th of each."""

    def __init__(self, number: int, ledger: Ledger, *, early: bool = False) -> None:
        self.number = number
        self.data: Any = None
        self.control: Any = None
        self.ready_sent = False
        self.ended = asyncio.Event()
        self.released = asyncio.Event()
        self.code = "OK"
        self.data_only = False
        self.early = early
        self._ledger = ledger
        self._writing = asyncio.Lock()

    @property
    def ready(self) -> bool:
        """Packets may flow."""
        both = self.data is not None and self.control is not None
        return both and (self.ready_sent or self.early) and not self.ended.is_set()

    async def start(self, handshake: Mapping[str, Any]) -> None:
        """Say what a connector says when a control stream opens."""
        if not handshake.get("ready", True):
            return
        await self.say_ready(handshake)

    async def say_ready(self, handshake: Mapping[str, Any]) -> None:
        """`connector.ready`, and the snapshot of capabilities where it is required."""
        capabilities = handshake.get("capabilities", "none")
        metadata = {} if capabilities is None else {"startup.capabilities": str(capabilities)}
        await self.say("connector.ready", metadata)
        self.ready_sent = True
        if capabilities == "required" and handshake.get("send_snapshot", True):
            await self.say("connector.capabilities", dict(handshake.get("snapshot") or {}))

    async def say(
        self, verb: str, metadata: Mapping[str, str] | None = None, flow: str = "", *, shown: bool = True
    ) -> None:
        """Send one control message, `shown` in the transcript. Raises GoneError when there is nobody to hear it."""
        message: Any = wire.ControlResponse()
        if verb in decoding.ACTIONS:
            message.action = decoding.ACTIONS[verb]
        elif verb:
            message.custom_action = verb
        message.metadata.update(metadata or {})
        if flow:
            message.flow.signal = wire.FlowControlSignal.Value(f"FLOW_CONTROL_SIGNAL_{flow.upper()}")
        raw = message.SerializeToString()
        if self.control is None or self.ended.is_set():
            raise GoneError
        async with self._writing:
            try:
                await self.control.write(raw)
            except Exception as error:
                # grpc has several private ways to say that the other side is gone.
                raise GoneError from error
        if shown:
            self._ledger.message("connector", "control", self.number, raw)

    async def deliver(self, raw: bytes, label: str) -> None:
        """Send one message on the Data stream. Waits while the engram does not read. Raises GoneError."""
        if self.data is None or self.ended.is_set():
            raise GoneError
        try:
            await self.data.write(raw)
        except Exception as error:
            raise GoneError from error
        self._ledger.message("connector", "data", self.number, raw, label)

    def release(self, code: str, *, data_only: bool = False) -> None:
        """End the session from our side with this gRPC status."""
        self.code = code
        self.data_only = data_only
        self.released.set()


async def abort(context: Any, code: str, details: str = "") -> None:
    """End a stream with a gRPC status: raises AbortError, or returns for `OK`."""
    import grpc

    if code == "OK":
        return
    with contextlib.suppress(grpc.aio.AbortError):
        await context.abort(getattr(grpc.StatusCode, code), details)
    raise grpc.aio.AbortError
