"""The mock connector by itself: what no engram does, and what the SDK would never send."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest

from validator.sandbox.harness import decoding, ledger
from validator.sandbox.harness.connector import BEAT_LIMIT, SERVICE, Case
from validator.sandbox.harness.director import Director
from validator.sandbox.harness.ledger import Ledger
from validator.sandbox.harness.load import STREAM_LIMIT
from validator.sandbox.harness.outward import Outward
from validator.sandbox.harness.state import State
from validator.sandbox.harness.wire import transport_pb2 as wire
from validator.sandbox.harness.wire_names import PROTOCOL_KEY, PROTOCOL_VERSION

SCRIPT = {"steps": [], "time_limit": 5.0, "startup": 5.0}


class Host:
    """A harness with a loopback address."""

    address = "127.0.0.1"
    store = home = ""
    outward = Outward([])

    def emit(self, event: str, key: str, data: Any) -> None:
        """Nobody listens."""


def played(talk: Any) -> dict[str, Any]:
    """The record of a case whose engram is `talk`, which gets a channel to the connector."""

    async def play() -> dict[str, Any]:
        case = Case("case", SCRIPT, Host())  # type: ignore[arg-type]  # no names are looked up here
        try:
            async with grpc.aio.insecure_channel(await case.open()) as channel:
                await talk(channel)
        finally:
            record = await case.close()  # a server that still runs holds up the process at its next collection
        return record

    return asyncio.run(play())


def test_hub_push_is_taken_and_brings_nothing_back() -> None:
    async def push(channel: Any) -> None:
        call = channel.stream_stream(f"/{SERVICE}/HubPush")()
        for number in range(3):
            message = wire.HubPushRequest(metadata={"n": str(number)})
            await call.write(message.SerializeToString())
        await call.done_writing()
        assert await call.read() is grpc.aio.EOF  # type: ignore[attr-defined]  # the stubs lack it
        assert await call.code() is grpc.StatusCode.OK

    record = played(push)
    assert record["counts"]["hub-push"] == 3
    assert [(entry["stream"], entry["event"]) for entry in record["transcript"]] == [("hub-push", "open")]


def test_a_stream_without_the_protocol_is_refused() -> None:
    async def opened(channel: Any) -> None:
        for metadata in ((), ((PROTOCOL_KEY, "0.9.0"),)):
            call = channel.stream_stream(f"/{SERVICE}/Data")(metadata=metadata)
            assert await call.code() is grpc.StatusCode.FAILED_PRECONDITION

    assert played(opened)["counts"]["refused"] == 2


@pytest.mark.parametrize(("streams", "limits"), [(STREAM_LIMIT, 0), (STREAM_LIMIT + 1, 1)])
def test_streams_for_which_there_is_no_room_are_our_limit_and_on_record(streams: int, limits: int) -> None:
    async def open_streams(channel: Any) -> None:
        calls = [channel.stream_stream(f"/{SERVICE}/HubPush")() for _ in range(streams)]
        for call in calls:
            with contextlib.suppress(asyncio.InvalidStateError, grpc.aio.AioRpcError):  # it may be refused already
                await call.write(wire.HubPushRequest().SerializeToString())
        ends = [asyncio.ensure_future(call.code()) for call in calls]
        if limits:
            (end,), _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            assert end.result() is grpc.StatusCode.RESOURCE_EXHAUSTED
        for call, end in zip(calls, ends, strict=True):
            if not end.done():
                await call.done_writing()
        await asyncio.gather(*ends)

    assert played(open_streams)["limits"] == [f"the connector has room for {STREAM_LIMIT} streams at a time"] * limits


def test_heartbeats_leave_room_for_what_is_said() -> None:
    """They come by the clock, so a slow machine has many; what the transcript lacks must not depend on it."""
    beats = ledger.HEAD_ENTRIES

    async def beat(channel: Any) -> None:
        metadata = ((PROTOCOL_KEY, PROTOCOL_VERSION),)
        data = channel.stream_stream(f"/{SERVICE}/Data")(metadata=metadata)
        control = channel.stream_stream(f"/{SERVICE}/Control")(metadata=metadata)
        for verb, count in (("heartbeat", beats), ("noop", 1)):
            for number in range(count):
                message = wire.ControlRequest(action=decoding.ACTIONS[verb], metadata={"ts": str(number)})
                await control.write(message.SerializeToString())
        while decoding.verb(wire.ControlResponse.FromString(await control.read())) != "ack":
            pass
        for _ in range(beats):  # one ACK each, and that of the last message
            await control.read()
        for call in (data, control):
            await call.done_writing()
            await call.code()

    record = played(beat)
    labels = Counter((entry["by"], entry["label"]) for entry in record["transcript"] if entry["event"] == "message")
    assert labels["engram", "heartbeat"] == BEAT_LIMIT
    assert labels["connector", "ack"] == BEAT_LIMIT + 1
    assert labels["engram", "noop"] == 1
    assert record["counts"]["control"] == beats + 1
    assert record["counts"].get("omitted", 0) == 0


def settled(limit: float, talk: Callable[[Case], Awaitable[None]]) -> list[str]:
    """Why a case with so much time ended, `talk` having seen it open."""
    told: list[str] = []

    class Listening(Host):
        def emit(self, event: str, key: str, data: Any) -> None:
            told.append(data["why"])
            over.set()

    async def play() -> None:
        case = Case("case", {"steps": [], "time_limit": limit, "startup": limit}, Listening())  # type: ignore[arg-type]
        await case.open()
        await talk(case)
        await asyncio.wait_for(over.wait(), 20)
        await case.close()

    over = asyncio.Event()
    asyncio.run(play())
    return told


def test_the_time_of_an_engram_begins_with_its_program() -> None:
    async def stalls(case: Case) -> None:
        # A daemon that takes four times as long as the engram may: nothing has ended until the program is there.
        await asyncio.sleep(0.2)
        assert not case._task.done()  # type: ignore[union-attr]  # open has made it
        case.started()

    async def dies(case: Case) -> None:
        case.exited()

    assert settled(0.05, stalls) == ["time-limit"]
    assert settled(20.0, dies) == ["exited"]


class Clock(Ledger):
    """A ledger whose time is set by hand."""

    time = 0.0

    def now(self) -> float:
        """That time, in seconds."""
        return self.time


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["answer 1.0", "beat 1.1", "beat 1.2", "beat 1.3"], 3),
        (["beat 1.0", "beat 1.1", "answer 1.2", "beat 1.3"], 1),
        (["answer 1.0", "beat 1.0", "beat 1.0001", "beat 1.0002"], 0),
        (["answer 1.0", "beat 1.1", "beat 1.1001", "beat 1.2"], 2),
    ],
    ids=["a quiet engram", "one that answers in between", "a buffer that is read at once", "two in a heap"],
)
def test_heartbeats_count_from_the_last_answer_on_and_one_by_one(events: list[str], expected: int) -> None:
    clock = Clock()
    state = State(clock)
    for event in events:
        what, at = event.split()
        clock.time = float(at)
        (state.stir if what == "answer" else state.beat)()
    assert state.beats == expected


@pytest.mark.parametrize(("moves", "expected"), [(0, 5), (1, 10), (3, 20)])
def test_an_engram_with_an_sdk_is_stuck_when_its_own_clock_says_so(moves: int, expected: int) -> None:
    """Each receipt makes the count of heartbeats begin again, however slow the machine is."""
    state = State(Ledger())
    script = {"steps": [], "time_limit": 60.0, "patience": 60.0, "beats": True}
    director = Director(state, script)

    async def beaten() -> int:
        state.due = {1: []}
        waiting = asyncio.ensure_future(director._play({"do": "await", "what": "stall", "count": 5, "within": 0.001}))
        beats = 0
        while not waiting.done() and beats < 100:
            await asyncio.sleep(0)
            beats += 1
            state.verbs["heartbeat"] += 1
            if beats % 5 == 4 and beats // 5 < moves:
                state.activity += 1
            state.poke()
            # The task wakes, looks, and waits again.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await waiting
        return beats

    assert asyncio.run(beaten()) in range(expected - 1, expected + 5)
