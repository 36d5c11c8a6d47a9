"""The engrams of a realtime story, each in a pod of its own, started side by side.

Packets go to and from each by way of its pod's harness: no engram reaches another, and no network is needed.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from validator.sandbox.model import SandboxError
from validator.sandbox.pods import EngramProcess, Pod
from validator.sandbox.stream import Talk, run_stream
from validator.sandbox.stream_model import Entry, StreamCase, StreamRun
from validator.sandbox.stream_model import Packet as Parcel
from validator.stories.hub.live import LiveEvent
from validator.stories.hub.packets import Packet
from validator.suite.realtime.wire import packet_of, parcel, trace_of

MOST_TRACES = 10_000
"""Packets of which an engram's answers are known by their trace."""
OpenPod = Callable[[], AbstractContextManager[Pod]]
_End = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What a pod says, as it comes: `sent`, `receipt`, `rest` or `over`."""

    step: str
    what: str
    data: Any
    clock: float


class Engram:
    """One engram of the story: what it was given, what it is done with, and whether it rests."""

    def __init__(
        self, step: str, open_pod: OpenPod, case: StreamCase, tell: Callable[[Occurrence], None], began: float
    ) -> None:
        self.step = step
        self.ran: list[StreamRun] = []
        self.error: SandboxError | None = None
        self.resting = self.over = False
        self._given = self._numbers = 0
        self._open: dict[str, Packet] = {}
        """Packets that it is not done with, by label."""
        self._traces: dict[str, str] = {}
        """The ids of packets, by trace."""
        self._recent_ids: set[str] = set()
        """Of the packets that it was given since it rested."""
        self._answers: Counter[str] = Counter()
        self._inbox: queue.SimpleQueue[Parcel | None] = queue.SimpleQueue()
        self._open_pod, self._case, self._tell = open_pod, case, tell
        self._killed = threading.Event()
        self._process: EngramProcess | None = None
        self._began = began
        self._started = 0.0
        self._thread = threading.Thread(target=self._run, name=f"engram-{step}", daemon=True)

    def start(self) -> None:
        """Start the pod and the engram in it."""
        self._thread.start()

    def give(self, packet: Packet) -> None:
        """Hand on a packet."""
        self._numbers += 1
        label = str(self._numbers)
        self._open[label] = packet
        if trace := trace_of(packet.metadata):
            self._traces[trace] = packet.id
            if len(self._traces) > MOST_TRACES:
                del self._traces[next(iter(self._traces))]
        if self.resting:
            self._recent_ids.clear()
        if len(self._recent_ids) < 2:  # whether there is one alone is all that is asked
            self._recent_ids.add(packet.id)
        self._given += 1
        self.resting = False
        self._inbox.put(parcel(packet, label))

    def kill(self) -> None:
        """End it at once, as soon as it runs; that it has ended comes as any other occurrence."""
        self.resting = False
        self._killed.set()
        process = self._process
        if process is not None:
            process.kill()

    def end(self) -> None:
        """Nothing more will come: the engram is asked to end once it is done."""
        self._inbox.put(_End)

    def join(self) -> None:
        """Wait until the pod is gone."""
        if self._thread.ident is not None:
            self._thread.join()

    def take(self, occurrence: Occurrence) -> LiveEvent | None:
        """What an occurrence means for the story; None for nothing."""
        match occurrence.what:
            case "sent":
                self.resting = False
                return self._sent(occurrence.data, occurrence.clock)
            case "receipt":
                packet = self._open.pop(occurrence.data, None)
                if packet is None:
                    return None
                return LiveEvent("done", self.step, None, packet.id, clock=occurrence.clock)
            case "rest":
                self.resting = occurrence.data["played"] == self._given
                return None
            case _:
                self.over = self.resting = True
                return LiveEvent("gone", self.step, detail=occurrence.data, clock=occurrence.clock)

    def _sent(self, entry: Entry, clock: float) -> LiveEvent:
        packet = packet_of(entry, "")
        parent = self._traces.get(trace_of(packet.metadata), "") or self._only()
        self._answers[parent] += 1
        number = self._answers[parent]
        if len(self._answers) > MOST_TRACES:
            del self._answers[next(iter(self._answers))]
        name = (parent if number == 1 else f"{parent}.{number}") if parent else f"{self.step}#{number}"
        return LiveEvent("sent", self.step, replace(packet, id=name), parent, clock=clock)

    def _only(self) -> str:
        """The one packet that it can be about; empty where there are several or none. Receipts overtake outputs."""
        return next(iter(self._recent_ids)) if len(self._recent_ids) == 1 else ""

    def _run(self) -> None:
        try:
            with self._open_pod() as pod:
                talk = Talk(iter(self._inbox.get, _End), self._show, self._notice)
                self.ran.append(run_stream(pod, self._case, talk=talk))
        except SandboxError as error:
            self.error = error
        finally:
            self._say("over", self._how())

    def _how(self) -> str:
        if self.error is not None or not self.ran:
            return self.error.message if self.error is not None else "its pod failed"
        run = self.ran[-1]
        if self._killed.is_set():
            return "the case killed it"
        if run.exit.start_error:
            return f"it did not start: {run.exit.start_error.text}"
        lines = run.exit.stderr.text.strip().splitlines()
        last = f": {lines[-1]}" if lines else ""
        return f"{run.settled}, exit status {run.exit.code}{last}"

    def _show(self, entry: Entry) -> None:
        self._say("sent", entry)

    def _notice(self, name: str, data: Any) -> None:
        if name == "started":
            self._process, self._started = data, time.monotonic() - self._began
            if self._killed.is_set():
                data.kill()
        else:
            self._say(name, data)

    @property
    def opened(self) -> float:
        """When its connector was opened, in seconds since the run began: a pod counts from there."""
        return self._started - (self.ran[-1].phases.get("spawn", 0.0) if self.ran else 0.0)

    def _say(self, what: str, data: Any) -> None:
        self._tell(Occurrence(self.step, what, data, time.monotonic() - self._began))


class Pods:
    """All engrams of a story that really run."""

    def __init__(self, engrams: Mapping[str, tuple[OpenPod, StreamCase]], time_limit: float) -> None:
        self._occurrences: queue.SimpleQueue[Occurrence] = queue.SimpleQueue()
        self._setups = engrams
        self._began = time.monotonic()
        self._engrams = {
            step: Engram(step, *setup, self._occurrences.put, self._began) for step, setup in engrams.items()
        }
        self._all = list(self._engrams.values())
        self._end = self._began + time_limit
        self._unheard: Counter[str] = Counter()

    @property
    def steps(self) -> Collection[str]:
        """The steps whose engrams they are."""
        return self._engrams.keys()

    @property
    def runs(self) -> Mapping[str, tuple[StreamRun, ...]]:
        """What each pod has seen, by step; complete once all have ended."""
        return {step: tuple(run for one in self._all if one.step == step for run in one.ran) for step in self._engrams}

    @property
    def opened(self) -> Mapping[str, tuple[float, ...]]:
        """When the connector of each of these runs was opened, in seconds since all began."""
        return {step: tuple(one.opened for one in self._all if one.step == step and one.ran) for step in self._engrams}

    @property
    def errors(self) -> tuple[SandboxError, ...]:
        """Why pods could not do their work."""
        return tuple(engram.error for engram in self._all if engram.error is not None)

    @property
    def unheard(self) -> Mapping[str, int]:
        """How many packets steps have sent after the end, once all have ended."""
        while True:
            try:
                occurrence = self._occurrences.get_nowait()
            except queue.Empty:
                return self._unheard
            self._unheard[occurrence.step] += occurrence.what == "sent"

    @property
    def busy(self) -> tuple[str, ...]:
        """The steps whose engrams are not at rest: some are left only when the time is up."""
        return tuple(step for step, engram in self._engrams.items() if not engram.resting)

    def deliver(self, step: str, packet: Packet) -> None:
        """Hand a packet to the engram of a step."""
        self._engrams[step].give(packet)

    def kill(self, step: str) -> None:
        """End the engram of a step at once."""
        if step in self._engrams and not self._engrams[step].over:
            self._engrams[step].kill()

    def restart(self, step: str) -> None:
        """Start the engram of a step again, in a pod of its own, once it has ended."""
        if step in self._engrams and self._engrams[step].over:
            again = self._engrams[step] = Engram(step, *self._setups[step], self._occurrences.put, self._began)
            self._all.append(again)
            again.start()

    def happened(self) -> LiveEvent | None:
        """Wait for what happens next; None once all are at rest, or the time is up."""
        while not all(engram.resting for engram in self._engrams.values()):
            try:
                occurrence = self._occurrences.get(timeout=max(0.0, self._end - time.monotonic()))
            except queue.Empty:
                return None
            event = self._engrams[occurrence.step].take(occurrence)
            if event is not None:
                return event
        return None

    @contextlib.contextmanager
    def running(self) -> Iterator[Pods]:
        """Start all, side by side; at the end all are gone, however the block ends."""
        try:
            for engram in self._all:
                engram.start()
            yield self
        finally:
            for engram in self._all:
                engram.end()
            for engram in self._all:
                engram.join()
