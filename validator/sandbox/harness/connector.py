"""The mock connector: a gRPC server a case, that plays the case's script to the engram and records what was said.

It is the server side of `transport.v1.TransportConnectorService` (contract/runtime.md, section 2). Messages are raw
bytes here: they are decoded when the case is closed, apart from the few that something waits for.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from validator.sandbox.harness import decoding
from validator.sandbox.harness.decoding import DOCUMENT_LIMIT
from validator.sandbox.harness.director import Director
from validator.sandbox.harness.ledger import Ledger
from validator.sandbox.harness.load import STREAM_LIMIT
from validator.sandbox.harness.outward import Mark
from validator.sandbox.harness.protocol import Handler, Host
from validator.sandbox.harness.session import GoneError, Session, abort
from validator.sandbox.harness.state import State
from validator.sandbox.harness.wire import transport_pb2 as wire
from validator.sandbox.harness.wire_names import HEARTBEAT_KEY, PROTOCOL_KEY, PROTOCOL_VERSION, RECEIPT

SERVICE = "transport.v1.TransportConnectorService"
SEQUENCE = re.compile(r"[0-9]{1,20}")
"""A uint64; of thousands of digits Python makes no number at all."""
HEADER_LIMIT = 8192
"""Bytes of request metadata that a connector of grpc-go accepts by default."""
METADATA_LIMIT = 1 << 20
"""Bytes of it that are read at all, to be told of."""
MESSAGE_LIMIT = 16 << 20
"""Bytes of a message: above what the SDK sends (10 MiB), and bearable from as many streams as there may be."""
VERB_LIMIT = 256
"""Names of control messages that are counted one by one."""
BEAT = HEARTBEAT_KEY.encode()
BEAT_LIMIT = 16
"""Heartbeats on each stream that the transcript shows, with our ACKs; all are counted.

They come by the clock: on a slow machine they would leave no room for the messages that a verdict needs."""
_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", -1),
    ("grpc.http2.bdp_probe", 0),
    ("grpc.absolute_max_metadata_size", METADATA_LIMIT),
    ("grpc.max_metadata_size", METADATA_LIMIT),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.so_reuseport", 0),
)


Stream = Callable[[Any, Any], Awaitable[None]]
"""Handles a stream of requests, in its context."""


class Case:
    """One engram's connector: server, sessions, script."""

    def __init__(self, key: str, script: Mapping[str, Any], host: Host) -> None:
        self.key = key
        self.state = State(Ledger(int(script.get("document_limit") or DOCUMENT_LIMIT)))
        self._host = host
        self._handshake: Mapping[str, Any] = script.get("handshake") or {}
        self._opened = {"data": 0, "control": 0}
        self._streams = 0
        self.turned_away = 0
        """Streams that were refused because there were too many."""
        self._sessions: dict[int, Session] = {}
        self._server: Any = None
        self._task: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._director = Director(self.state, script)
        self._by_hand = bool(script.get("by_hand"))

    async def open(self) -> str:
        """Listen, start the script, and say where."""
        import grpc

        self._server = grpc.aio.server(options=_OPTIONS, maximum_concurrent_rpcs=4 * STREAM_LIMIT)
        stream = grpc.stream_stream_rpc_method_handler
        streams = {"Data": self._data, "Control": self._control, "HubPush": self._hub_push}
        handlers = {name: stream(self._bounded(handle)) for name, handle in streams.items()}
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        port = self._server.add_insecure_port(f"{self._host.address}:0")
        await self._server.start()
        self._task = asyncio.ensure_future(self._direct())
        if self._by_hand:
            self._watch = asyncio.ensure_future(self._director.watch(self._at_rest))
        return f"{self._host.address}:{port}"

    async def _direct(self) -> None:
        try:
            why = await self._director.run()
        except Exception as error:  # noqa: BLE001 - the driver must hear of it, or it waits for nothing
            self._host.emit("stream.failed", self.key, f"{type(error).__name__}: {error}")
            return
        self.state.ledger.event("driver", "", "mark", label="settled")
        self._host.emit("stream.settled", self.key, {"why": why, "where": self._director.where})

    def _at_rest(self, played: int) -> None:
        self._host.emit("stream.rest", self.key, {"played": played})

    def _shown(self, raw: bytes) -> dict[str, Any] | None:
        """The newest entry for whoever plays by hand, with the bytes of its frame: a relay hands them on."""
        entry = self.state.ledger.last(raw)
        frame = decoding.frame(raw)
        if entry is not None and frame:
            entry["body"]["content"] = base64.b64encode(frame).decode("ascii")
        return entry

    def play(self, step: Mapping[str, Any] | None) -> None:
        """One more step of a case that is played by hand."""
        self._director.add(step)

    def started(self) -> None:
        """The engram's program runs."""
        self.state.started = True
        self.state.poke()

    def exited(self) -> None:
        """The driver has seen the engram end."""
        self.state.exited = True
        self.state.poke()

    async def close(self) -> dict[str, Any]:
        """Stop listening; everything that is known."""
        for task in filter(None, (self._task, self._watch)):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        for session in self._sessions.values():
            session.release("UNAVAILABLE")
        if self._server is not None:
            await self._server.stop(0)
        state = self.state
        counts = dict(state.ledger.counts)
        counts.update(
            outputs=state.outputs, omitted=state.ledger.omitted, refused=state.refused, silent=int(state.silent)
        )
        limits = [f"the connector has room for {STREAM_LIMIT} streams at a time"] if self.turned_away else []
        return {"transcript": state.ledger.entries(), "sent": state.sent(), "counts": counts, "limits": limits}

    def _bounded(self, handle: Stream) -> Stream:
        """The same for as many streams at a time as there may be."""

        async def bounded(requests: Any, context: Any) -> None:
            if self._streams >= STREAM_LIMIT:
                self.turned_away += 1
                await abort(context, "RESOURCE_EXHAUSTED", f"more than {STREAM_LIMIT} streams at a time")
            self._streams += 1
            try:
                await handle(requests, context)
            finally:
                self._streams -= 1

        return bounded

    async def _data(self, _: Any, context: Any) -> None:
        session = await self._open("data", context)
        state, ledger, number = self.state, self.state.ledger, session.number
        reader = asyncio.ensure_future(self._read_data(context, number))
        try:
            await self._serve(session, "data", context, reader)
        finally:
            reader.cancel()
            self._end(session, "data")
            ledger.event("engram" if not session.released.is_set() else "connector", "data", "end", number)
            state.poke()

    async def _read_data(self, context: Any, number: int) -> None:
        state = self.state
        ledger = state.ledger
        counts = ledger.counts
        reading, read, end = state.reading, context.read, _end_of_stream()
        while True:
            if not reading.is_set():
                await reading.wait()
            raw = await read()
            if raw is end:
                return
            beat = len(raw) < 256 and BEAT in raw and _is_heartbeat(raw)
            if not beat or counts["data-heartbeats"] < BEAT_LIMIT:
                ledger.message("engram", "data", number, raw)
                if self._by_hand and not beat:
                    self._host.emit("stream.message", self.key, self._shown(raw))
            if beat:
                counts["data-heartbeats"] += 1
                state.verbs["data-heartbeat"] += 1
                state.beat()
            else:
                state.outputs += 1
                state.stir()
            if state.waiting:
                state.poke()

    async def _control(self, _: Any, context: Any) -> None:
        session = await self._open("control", context)
        reader = asyncio.ensure_future(self._read_control(session, context))
        try:
            with contextlib.suppress(GoneError):
                await session.start(self._handshake)
            self.state.poke()
            await self._serve(session, "control", context, reader)
        finally:
            reader.cancel()
            self._end(session, "control")
            who = "engram" if not session.released.is_set() else "connector"
            self.state.ledger.event(who, "control", "end", session.number)
            self.state.poke()

    async def _read_control(self, session: Session, context: Any) -> None:
        from google.protobuf.message import DecodeError

        end = _end_of_stream()
        state, number = self.state, session.number
        counts = state.ledger.counts
        while True:
            raw = await context.read()
            if raw is end:
                return
            try:
                message: Any = wire.ControlRequest.FromString(raw)
            except DecodeError:
                state.ledger.message("engram", "control", number, raw)
                counts["garbage"] += 1
                continue
            verb = decoding.verb(message)
            shown = verb != "heartbeat" or state.verbs[verb] < BEAT_LIMIT
            if shown:
                state.ledger.message("engram", "control", number, raw)
            if verb == RECEIPT:
                counts["receipts"] += 1
                state.stir()
                self._receipt(message.metadata)
            else:
                counts["control"] += 1
                self._count(verb)
                if verb != "heartbeat":
                    state.activity += 1
                await self._acknowledge(session, verb, message, shown=shown)
            if state.waiting:
                state.poke()

    def _receipt(self, metadata: Mapping[str, str]) -> None:
        sequence = metadata.get("sequence", "")
        known = metadata.get("stream_id") == "st-1" and metadata.get("partition", "") == "p0"
        number = int(sequence) if known and SEQUENCE.fullmatch(sequence) else 0
        label = self.state.label(number) if self._by_hand else ""
        if not (number and self.state.receipt(number)):
            self.state.ledger.counts["stray-receipts"] += 1
        elif label:
            self._host.emit("stream.receipt", self.key, label)

    def _count(self, verb: str) -> None:
        verbs = self.state.verbs
        if verb in verbs or len(verbs) < VERB_LIMIT:
            verbs[verb] += 1

    async def _acknowledge(self, session: Session, verb: str, message: Any, *, shown: bool) -> None:
        """Answer as the real connector does; an ACK is never answered (streaming contract, section 8)."""
        if verb == "ack":
            self._count(f"ack {message.metadata.get('type', '')[:128]}")
            return
        alive = {"status": "alive"} if verb == "heartbeat" else {}
        with contextlib.suppress(GoneError):
            await session.say("ack", {"type": verb[:128], "received": "true", "handled": "true", **alive}, shown=shown)

    async def _open(self, stream: str, context: Any) -> Session:
        """Pair the stream with its other half. Raises AbortError when the engram must be refused."""
        state = self.state
        self._opened[stream] += 1
        number = self._opened[stream]
        metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        size = sum(len(key) + len(value) + 32 for key, value in metadata.items())
        shown = {key[:128]: value[:256] for key, value in sorted(metadata.items())[:64]}
        state.ledger.event("engram", stream, "open", number, metadata=shown, header_bytes=size)
        state.activity += 1
        refusal = self._refusal(metadata, size, number)
        if refusal:
            code, details = refusal
            state.refused += 1
            state.ledger.event("connector", stream, "end", number, code=code, details=details)
            if stream == "data":
                state.ended += 1
            state.poke()
            await abort(context, code, details)
        session = self._sessions.get(number)
        if session is None:
            session = self._sessions[number] = Session(number, state.ledger, early=bool(self._handshake.get("early")))
        setattr(session, stream, context)
        if state.session is None or state.session.number <= number:
            state.session = session
        state.poke()
        return session

    def _refusal(self, metadata: Mapping[str, str], size: int, number: int) -> tuple[str, str] | None:
        if size > HEADER_LIMIT:
            return "RESOURCE_EXHAUSTED", f"{size} bytes of metadata"
        if metadata.get(PROTOCOL_KEY) != PROTOCOL_VERSION:
            return "FAILED_PRECONDITION", f"{PROTOCOL_KEY} must be {PROTOCOL_VERSION}"
        if number in self._sessions:
            return None
        if self.state.refuse:
            self.state.refuse -= 1 if self.state.refuse > 0 else 0
            return self.state.refusal, "refused by the case"
        return None

    async def _serve(self, session: Session, stream: str, context: Any, reader: asyncio.Future[Any]) -> None:
        """Keep a stream open until either side ends the session."""
        released = asyncio.ensure_future(session.released.wait())
        ended = asyncio.ensure_future(session.ended.wait())
        try:
            await asyncio.wait({reader, released, ended}, return_when=asyncio.FIRST_COMPLETED)
            if released.done():
                if not (session.data_only and stream == "control"):
                    await abort(context, session.code, "ended by the case")
                else:
                    await asyncio.wait({reader, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            released.cancel()
            ended.cancel()

    def _end(self, session: Session, stream: str) -> None:
        setattr(session, stream, None)
        if not session.ended.is_set():
            session.ended.set()
            self.state.ended += 1

    async def _hub_push(self, _: Any, context: Any) -> None:
        """Hub to connector: no engram calls it; whoever does is read to the end and gets nothing back."""
        self.state.ledger.event("engram", "hub-push", "open")
        while await context.read() is not _end_of_stream():
            self.state.ledger.counts["hub-push"] += 1


def _end_of_stream() -> Any:
    import grpc.aio

    return vars(grpc.aio)["EOF"]


def _is_heartbeat(raw: bytes) -> bool:
    from google.protobuf.message import DecodeError

    try:
        message: Any = wire.DataRequest.FromString(raw)
    except DecodeError:
        return False
    return decoding.is_heartbeat(message)


class Streams:
    """The ops of the family `stream`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._cases: dict[str, Case] = {}
        self._marks: dict[str, Mark] = {}
        """What had been wanted of the world when a case began."""
        self._turned_away = 0
        """By cases that are closed."""

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """`open`, `started`, `play`, `exited`, `close`."""
        return {
            "open": self.open_case,
            "started": self.case_started,
            "play": self.play_step,
            "exited": self.case_exited,
            "close": self.close_case,
        }

    async def open_case(self, key: str, script: dict[str, Any]) -> dict[str, Any]:
        """Start a connector for a case. The event `stream.settled` says when its script has ended."""
        if key in self._cases:
            raise ValueError(f"case {key!r} is open already")
        case = self._cases[key] = Case(key, script, self._host)
        self._marks[key] = self._host.outward.mark()
        try:
            endpoint = await case.open()
        except BaseException:
            del self._cases[key]
            raise
        return {"endpoint": endpoint, "epoch": time.time() - case.state.ledger.now()}

    async def play_step(self, key: str, step: dict[str, Any] | None) -> None:
        """One more step of a case that was opened with `by_hand`; null ends its script."""
        self._cases[key].play(step)

    async def case_started(self, key: str) -> None:
        """The engram's time begins: its program runs."""
        if key in self._cases:
            self._cases[key].started()

    async def case_exited(self, key: str) -> None:
        """Tell the script that the engram is gone."""
        if key in self._cases:
            self._cases[key].exited()

    async def close_case(self, key: str) -> dict[str, Any]:
        """Stop the connector; its record."""
        case = self._cases.pop(key)
        record = await case.close() | self._host.outward.since(self._marks.pop(key))
        self._turned_away += case.turned_away
        return record

    def turned_away(self) -> int:
        """How many streams were refused because there were too many."""
        return self._turned_away + sum(case.turned_away for case in self._cases.values())

    async def close(self) -> None:
        """Stop every connector."""
        for key in list(self._cases):
            with contextlib.suppress(Exception):
                await self.close_case(key)


async def open_family(host: Host) -> Streams:
    """The family `stream`. grpc's own log would drown the engram's."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    return Streams(host)
