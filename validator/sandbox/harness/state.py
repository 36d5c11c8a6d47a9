"""What a case has come to so far: sessions, packets under way, receipts; and who waits for it to change."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from validator.sandbox.harness.frames import Frames
from validator.sandbox.harness.ledger import Ledger
from validator.sandbox.harness.session import Session

PAUSE = 0.002
"""Seconds: less than half of the interval at which engrams send heartbeats here."""
SENT_LIMIT = 5000
"""Packets whose fate is kept one by one; of the rest only those that are still open."""


@dataclass(slots=True)
class Parcel:
    """A packet on its way."""

    label: str
    sequence: int
    due: bool
    at: float
    session: int
    messages: list[bytes]
    size: int
    named: bool = True
    """It may be asked for again by its label."""
    receipts: list[float] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """For the record."""
        return {
            "label": self.label,
            "at": round(self.at, 6),
            "session": self.session,
            "sequence": self.sequence,
            "due": self.due,
            "receipts": [round(at, 6) for at in self.receipts],
            "size": self.size,
        }


class State:
    """Counters and open ends of one case."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.session: Session | None = None
        self.ended = 0
        self.refuse = 0
        self.refusal = "UNAVAILABLE"
        self.refused = 0
        self.started = False
        """The engram's program runs: its time has begun."""
        self.exited = False
        self.silent = True
        self.outputs = 0
        self.marked_outputs = 0
        self.activity = 0
        self.beats = 0
        """Heartbeats on the Data stream since its last output or receipt, but for those that came in a heap."""
        self._last_activity = 0.0
        self.written = 0
        self.writing_since: float | None = None
        """When the message that is being written was begun."""
        self.replayed = 1
        """The last session that was given what earlier ones left open."""
        self.verbs: Counter[str] = Counter()
        self.reading = asyncio.Event()
        self.reading.set()
        self.due: dict[int, list[Parcel]] = {}
        self.in_flight = 0
        self.waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._recorded: list[Parcel] = []
        self._sequence = 0

    def stir(self) -> None:
        """An output or a receipt has come."""
        self.activity += 1
        self.beats = 0
        self._last_activity = self.ledger.now()

    def beat(self) -> None:
        """A heartbeat on the Data stream has come.

        Those that lay in a buffer come at once, and may be older than what came before them: only what comes after a
        pause counts.
        """
        before, self._last_activity = self._last_activity, self.ledger.now()
        if self._last_activity - before >= PAUSE:
            self.beats += 1

    @property
    def live(self) -> bool:
        """A session is open."""
        return self.session is not None and not self.session.ended.is_set()

    @property
    def unreplayed(self) -> bool:
        """A session is there that has not been given what an earlier one left open."""
        return self.session is not None and self.session.number != self.replayed and bool(self.due)

    def parcels(self) -> Iterator[Parcel]:
        """Packets without a receipt, in order."""
        for parcels in self.due.values():
            yield from parcels

    def send(self, frames: Frames, label: str, session: int) -> Parcel:
        """A new packet gets its number."""
        if frames.sequenced:
            self._sequence += 1
        sequence = self._sequence if frames.sequenced else 0
        parcel = Parcel(label, sequence, frames.due, self.ledger.now(), session, frames.at(sequence), frames.size)
        self._track(parcel)
        return parcel

    def send_again(self, earlier: Parcel, label: str, session: int) -> Parcel:
        """The same packet with the same number."""
        parcel = Parcel(
            label, earlier.sequence, earlier.due, self.ledger.now(), session, earlier.messages, earlier.size
        )
        self._track(parcel)
        return parcel

    def _track(self, parcel: Parcel) -> None:
        if parcel.due:
            self.due.setdefault(parcel.sequence, []).append(parcel)
            self.in_flight += 1
        if len(self._recorded) < SENT_LIMIT:
            self._recorded.append(parcel)

    def label(self, sequence: int) -> str:
        """How the packet with this number is called; empty when nobody waits for it."""
        return next((parcel.label for parcel in self.due.get(sequence, ())), "")

    def receipt(self, sequence: int) -> bool:
        """The engram is done with a packet. False when nobody waits for it."""
        parcels = self.due.get(sequence)
        if not parcels:
            return False
        parcel = parcels.pop(0)
        parcel.receipts.append(self.ledger.now())
        if not parcel.named:
            # Only a packet with a name of its own can be sent again: of a thousand, none need be kept.
            parcel.messages = []
        if not parcels:
            del self.due[sequence]
        self.in_flight -= 1
        return True

    def read(self, *, on: bool) -> None:
        """Stop or go on reading the Data stream."""
        if on:
            self.reading.set()
        else:
            self.reading.clear()

    def mark(self, name: str) -> None:
        """Counting for `await` starts anew here."""
        self.marked_outputs = self.outputs
        self.verbs.clear()
        self.ledger.event("driver", "", "mark", self.session.number if self.session else 0, name)

    def sent(self) -> list[dict[str, Any]]:
        """The fate of the packets, for the record."""
        recorded = {id(parcel) for parcel in self._recorded}
        open_ends = [parcel for parcel in self.parcels() if id(parcel) not in recorded][:SENT_LIMIT]
        return [parcel.document() for parcel in (*self._recorded, *open_ends)]

    async def wait(self, reached: Callable[[], bool]) -> None:
        """Until something is so: asked again whenever something happened."""
        if reached():
            return
        entry = (reached, asyncio.get_running_loop().create_future())
        self.waiting.append(entry)
        try:
            await entry[1]
        finally:
            if entry in self.waiting:
                self.waiting.remove(entry)

    def poke(self) -> None:
        """Something happened."""
        for entry in self.waiting[:]:
            reached, future = entry
            if not future.done() and reached():
                future.set_result(None)
                self.waiting.remove(entry)
