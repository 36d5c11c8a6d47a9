"""Plays the script of a case: sends, waits for events, drops connections, and says when it is over."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from validator.sandbox.harness.frames import Frames
from validator.sandbox.harness.session import GoneError
from validator.sandbox.harness.state import Parcel, State

BEATS = 2
"""Heartbeats after a receipt that show that nothing waits to be sent: the first may have been under way before it."""
REST = 4
"""Heartbeats after which an engram that is played by hand rests. A sender that has an output and a heartbeat to send
takes either: on a busy machine, several times in a row."""
SILENCE_FACTOR = 10
"""How much longer than asked for a silence is waited for."""
Predicate = Callable[[], bool]


class TimeUpError(Exception):
    """The case has used up its time."""


class Director:
    """One script. `run` returns why it ended: `finished`, `exited`, `stalled` or `time-limit`."""

    def __init__(self, state: State, script: Mapping[str, Any]) -> None:
        self.state = state
        self.where = ""
        self._steps = list(script.get("steps") or ())
        self._expected = script.get("expected")
        self._exact = bool(script.get("exact"))
        self._within = script.get("within")
        self._startup = float(script.get("startup", 10.0))
        self._quiet = float(script.get("quiet", 0.15))
        self._patience = float(script.get("patience", 5.0))
        self._window = int(script.get("window", 16))
        self._delivery = str(script.get("delivery", "evaluated"))
        self._handshake = script.get("handshake") or {}
        self._time_limit = float(script.get("time_limit", 30.0))
        self._deadline = math.inf
        self._queue: deque[tuple[Frames, int, float, str]] = deque()
        self._sent: dict[str, Parcel] = {}
        self._failure: BaseException | None = None
        self._by_hand = bool(script.get("by_hand"))
        self._beats = bool(script.get("beats"))
        self._more: deque[Mapping[str, Any] | None] = deque()
        self._played = 0

    async def run(self) -> str:
        """Play all steps, then wait until the engram is done with them."""
        pump = asyncio.ensure_future(self._pump())
        try:
            # The engram's time begins with its program: a daemon may take as long as it likes to start that.
            await self.state.wait(lambda: self.state.started or self.state.exited or self._open_enough)
            self._deadline = self.state.ledger.now() + self._time_limit
            self.where = "waiting for the engram to open its streams"
            if not await self._eventually(lambda: self._open_enough, self._startup):
                return "exited" if self.state.exited else "time-limit"
            for number, step in enumerate(self._steps, 1):
                self.where = f"step {number} ({step['do']})"
                await self._play(step)
            await self._converse()
            self.where = "waiting for what is still due"
            await self._settle()
            if self._dropped_out:
                # Most that end their session are about to end altogether.
                await self._eventually(lambda: self.state.live, self._patience)
        except TimeUpError:
            return "stalled" if self._held_up else "time-limit"
        finally:
            pump.cancel()
        if not self.state.exited:
            return "finished"
        # What it wrote last may still be on its way.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.state.wait(lambda: not self.state.live), 1.0)
        return "exited"

    @property
    def _open_enough(self) -> bool:
        session = self.state.session
        if session is None:
            return False
        withheld = not self._handshake.get("ready", True)
        return session.ready or (withheld and session.control is not None and session.data is not None)

    @property
    def _held_up(self) -> bool:
        """One message has been waiting to be taken for longer than patience lasts: the engram is not merely slow."""
        since = self.state.writing_since
        return since is not None and self.state.ledger.now() - since >= self._patience

    @property
    def _dropped_out(self) -> bool:
        session = self.state.session
        return session is not None and session.ended.is_set() and not session.released.is_set()

    def add(self, step: Mapping[str, Any] | None) -> None:
        """One more step for a case that is played by hand; None ends it."""
        self._more.append(step)
        self.state.poke()

    async def _converse(self) -> None:
        while self._by_hand:
            await self._until(lambda: bool(self._more) or self.state.exited)
            if not self._more:
                return
            step = self._more.popleft()
            if step is None:
                return
            self.where = f"by hand ({step['do']})"
            await self._play(step)
            self._played += 1
            self.state.poke()

    async def watch(self, rest: Callable[[int], None]) -> None:
        """Say whenever the engram has come to rest, and after how many steps by hand.

        It rests when it is done with all packets and sends nothing: heartbeats on Data show that, where it has any.
        """
        state, counts = self.state, self.state.ledger.counts

        def moves() -> tuple[int, int]:
            return self._played, state.activity + state.written

        def rests(seen: tuple[int, int] | None = None) -> bool:
            beats = not counts["data-heartbeats"] or state.beats >= REST
            return self._open_enough and self._done() and not self._more and beats and moves() != seen

        def stirs(seen: tuple[int, int]) -> bool:
            return moves() != seen or state.beats >= REST

        last: tuple[int, int] | None = None
        while True:
            await state.wait(partial(rests, last))
            seen = moves()
            if not counts["data-heartbeats"]:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(state.wait(partial(stirs, seen)), self._quiet)
            if moves() == seen and rests():
                last = seen
                rest(self._played)

    async def _play(self, step: Mapping[str, Any]) -> None:
        match step["do"]:
            case "send":
                await self._send(step)
            case "control":
                await self._control(step)
            case "await":
                await self._await(step)
            case "disconnect":
                self.state.refuse = int(step.get("refuse", 0))
                self.state.refusal = str(step.get("code", "UNAVAILABLE"))
                if self.state.session is not None:
                    self.state.session.release(str(step.get("code", "OK")), data_only=step.get("streams") == "data")
                    await self._until(lambda: not self.state.live)
            case "reading":
                self.state.read(on=bool(step["on"]))
            case "mark":
                self.state.mark(str(step["name"]))
            case other:
                raise ValueError(f"no step {other!r}")

    async def _send(self, step: Mapping[str, Any]) -> None:
        packet = step["packet"]
        if packet.get("delay"):
            await asyncio.sleep(min(float(packet["delay"]), max(0.0, self._deadline - self.state.ledger.now())))
        frames = Frames(packet, self._delivery)
        self._queue.append((frames, int(step.get("times", 1)), 0.0, str(packet.get("repeats") or "")))
        self.state.poke()
        if not step.get("background"):
            await self._until(lambda: not self._queue or self.state.exited)

    async def _control(self, step: Mapping[str, Any]) -> None:
        await self._until(lambda: self.state.session is not None or self.state.exited)
        session = self.state.session
        if session is None:
            return
        try:
            if step.get("action") == "connector.ready" and not step.get("metadata"):
                await session.say_ready(self._handshake)
                self.state.poke()
            else:
                await session.say(step.get("action", ""), step.get("metadata"), step.get("flow", ""))
        except GoneError:
            return

    async def _await(self, step: Mapping[str, Any]) -> None:
        state, count = self.state, int(step.get("count", 1))
        within = step.get("within")
        match step["what"]:
            case "receipts":
                await self._patiently(self._done, within)
            case "outputs":
                await self._patiently(lambda: state.outputs - state.marked_outputs >= count, within)
            case "control":
                name = str(step.get("name", ""))
                await self._patiently(lambda: state.verbs[name] >= count, within)
            case "session":
                await self._eventually(
                    lambda: state.session is not None and state.session.number >= count and state.session.ready, within
                )
            case "sessions-ended":
                await self._eventually(lambda: state.ended >= count, within)
            case "quiet":
                await self._silence(float(within or self._quiet))
            case "stall":
                await self._stall(count, float(within or self._quiet))
            case "exit":
                await self._eventually(lambda: state.exited, within, exits=True)
            case other:
                raise ValueError(f"nothing to await: {other!r}")

    async def _settle(self) -> None:
        state, expected = self.state, self._expected
        await self._patiently(self._done, None)
        if expected is not None:
            await self._patiently(lambda: state.outputs >= expected, self._within)
        if expected is not None and state.outputs >= expected:
            if not self._exact:
                return
            if self._beats:
                await self._drained()
                return
        state.silent = await self._silence(self._quiet)
        if self._beats:
            await self._drained()

    async def _drained(self) -> None:
        """Outputs wait behind one another while receipts overtake them; heartbeats come when none is left."""
        await self._eventually(lambda: self.state.beats >= BEATS, self._patience)

    def _done(self) -> bool:
        """Everything has been sent, and all receipts that are due have come."""
        return not self._queue and not self.state.due

    async def _patiently(self, reached: Predicate, within: float | None) -> None:
        """Wait for something that the engram does, as long as it shows any sign of life."""
        if within is not None:
            await self._eventually(reached, within)
            return
        state = self.state

        def shows_life(seen: int) -> Predicate:
            return lambda: reached() or state.activity != seen

        while not reached() and not state.exited:
            if not await self._eventually(shows_life(state.activity), self._patience):
                return

    async def _eventually(self, reached: Predicate, within: float | None, *, exits: bool = False) -> bool:
        """Wait until something is so, the engram is gone, or the time is up (False). Raises TimeUpError."""
        was = False

        def over() -> bool:
            # What was so once counts, also when it has passed before we get to look again.
            nonlocal was
            was = was or reached()
            return was or (self.state.exited and not exits)

        try:
            await self._until(over, within)
        except TimeoutError:
            return False
        return was

    async def _silence(self, seconds: float) -> bool:
        """Wait until the engram has been silent for so long. False when it never was."""
        state = self.state

        def moved(seen: int) -> Predicate:
            return lambda: state.activity != seen

        # An engram that emits by itself is never silent: it is not waited for without end.
        end = state.ledger.now() + SILENCE_FACTOR * seconds
        while not state.exited and state.ledger.now() < end:
            if not await self._eventually(moved(state.activity), seconds):
                return True
        return state.exited

    async def _stall(self, beats: int, seconds: float) -> None:
        """Wait until nothing moves in either direction, or all is done.

        An engram with an SDK tells the time itself: so many heartbeats on Control while nothing moves show that it runs
        and is stuck. A slow machine slows both down. Without an SDK, so many seconds have to do.
        """
        state = self.state

        def moves() -> int:
            return state.activity + state.written

        def decided(seen: int, heartbeats: int) -> Predicate:
            return lambda: moves() != seen or self._done() or state.verbs["heartbeat"] - heartbeats >= beats

        within = max(seconds, self._patience) if self._beats else seconds
        end = state.ledger.now() + SILENCE_FACTOR * within
        while not state.exited and not self._done() and state.ledger.now() < end:
            seen = moves()
            if not await self._eventually(decided(seen, state.verbs["heartbeat"]), within) or moves() == seen:
                return

    async def _until(self, reached: Predicate, within: float | None = None) -> None:
        """Wait for an event. Raises TimeUpError at the end of the case's time, TimeoutError after `within` seconds."""
        if self._failure is not None:
            raise self._failure
        if reached():
            return
        left = self._deadline - self.state.ledger.now()
        limit = left if within is None else min(within, left)
        if left <= 0:
            raise TimeUpError
        try:
            await asyncio.wait_for(self.state.wait(reached), limit)
        except TimeoutError:
            if limit >= left:
                raise TimeUpError from None
            raise

    async def _pump(self) -> None:
        """Deliver what is queued, no more than the window allows; deliver again what a dropped session left open."""
        state = self.state
        try:
            while True:
                await state.wait(lambda: state.session is not None and state.session.ready and self._has_work())
                session = state.session
                assert session is not None
                try:
                    await self._replay(session)
                    await self._drain(session)
                except GoneError:
                    await session.ended.wait()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - it belongs to the task that waits for the script
            self._failure = error
            state.poke()

    def _has_work(self) -> bool:
        return bool(self._queue) or self.state.unreplayed

    async def _replay(self, session: Any) -> None:
        state = self.state
        for parcel in [parcel for parcel in state.parcels() if parcel.session != session.number]:
            for raw in parcel.messages:
                await self._write(session, raw, f"{parcel.label} (again)")
            parcel.session = session.number
        state.replayed = session.number

    async def _drain(self, session: Any) -> None:
        state = self.state
        # Room for several packets at a time: a wake-up for each receipt would cost more than the packet.
        room = self._window - max(1, self._window // 4)
        while self._queue:
            frames, times, count, repeats = self._queue[0]
            number = int(count)
            while number < times:
                if state.in_flight >= self._window:
                    await state.wait(lambda: state.in_flight <= room or session.ended.is_set())
                if session.ended.is_set():
                    raise GoneError
                parcel = self._parcel(frames, number, times, repeats, session.number)
                number += 1
                self._queue[0] = (frames, times, number, repeats)
                for raw in parcel.messages:
                    await self._write(session, raw, parcel.label)
            self._queue.popleft()
            state.poke()

    def _parcel(self, frames: Frames, number: int, times: int, repeats: str, session: int) -> Parcel:
        earlier = self._sent.get(repeats) if repeats else None
        label = frames.label if times == 1 else f"{frames.label} #{number + 1}"
        if earlier is not None:
            parcel = self.state.send_again(earlier, label, session)
        else:
            parcel = self.state.send(frames, label, session)
        parcel.named = times == 1 and bool(frames.label)
        if parcel.named:
            self._sent[frames.label] = parcel
        return parcel

    async def _write(self, session: Any, raw: bytes, label: str) -> None:
        self.state.writing_since = self.state.ledger.now()
        try:
            await session.deliver(raw, label)
        finally:
            if not session.ended.is_set():
                self.state.writing_since = None
        self.state.written += 1
        if self.state.waiting:
            self.state.poke()
