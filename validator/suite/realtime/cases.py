"""A case of a realtime story as it is written: what is sent, what stands for steps, faults, and what has to come out.

Docs: `docs/packets.md`.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from validator.findings import Json, Location
from validator.stories.hub.faults import KINDS, Fault, FaultKind
from validator.stories.hub.mocks import Answer
from validator.stories.hub.packets import Envelope, Frame, Packet
from validator.stories.hub.play import Action, Event
from validator.stories.hub.primitives import Ended
from validator.suite.packets import packet as parcel
from validator.suite.quantities import seconds

MOST = 100_000
"""Packets that one entry may stand for."""


class CaseError(Exception):
    """A case that is not understood: where, what was found, and what was expected."""


@dataclass(frozen=True, slots=True)
class StepCase:
    """What a case says of one step."""

    answers: tuple[Answer, ...] | None = None
    """Of a mock; None where the step's image is run, if it has one."""
    absent: bool = False
    """Its connector never connects."""
    config: Mapping[str, Json] = field(default_factory=dict)
    """Over what the manifests say."""
    env: Mapping[str, str] = field(default_factory=dict)
    end: Ended | None = None
    """How its job, or the story that it starts, ends."""


@dataclass(frozen=True, slots=True)
class EdgeExpectation:
    """What has to be delivered on an edge."""

    source: str
    target: str
    count: int | None = None
    packets: tuple[Mapping[str, Json], ...] = ()
    """Members of what is delivered (`payload`, `inputs`, `metadata`), each a value, or a JSON Schema at any node."""
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class StepExpectation:
    """What a step has to put out."""

    step: str
    count: int | None = None
    packets: tuple[Mapping[str, Json], ...] = ()
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One case."""

    name: str
    inputs: Mapping[str, Json] = field(default_factory=dict)
    """Of the StoryRun."""
    steps: Mapping[str, StepCase] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    faults: tuple[Fault, ...] = ()
    edges: tuple[EdgeExpectation, ...] = ()
    outputs: tuple[StepExpectation, ...] = ()
    lost: frozenset[str] = frozenset()
    """The causes by which packets may be lost, by code or name of their rule."""
    timeout: float = 60.0
    """Real seconds."""
    location: Location | None = None
    """Where it is written; None where that is not known."""


def case(document: Mapping[str, Json], steps: Collection[str], base: Path, name: str = "packets") -> Case:
    """A case from its document; files are read relative to `base`. Raises CaseError."""
    reader = _Reader(steps, base)
    reader.known(
        document, ("name", "story", "inputs", "steps", "send", "events", "faults", "expect", "timeout"), "the case"
    )
    expect = reader.object(document, "expect")
    reader.known(expect, ("edges", "steps", "lost"), "`expect`")
    return Case(
        name=str(document.get("name") or name),
        inputs=reader.object(document, "inputs"),
        steps={step: reader.step(step, entry) for step, entry in reader.object(document, "steps").items()},
        events=(*reader.sends(document), *reader.events(document)),
        faults=tuple(reader.faults(document)),
        edges=tuple(reader.edges(expect)),
        outputs=tuple(reader.outputs(expect)),
        lost=frozenset(str(rule) for rule in reader.list(expect, "lost")),
        timeout=reader.seconds(document, "timeout", 60.0),
    )


class _Reader:
    def __init__(self, steps: Collection[str], base: Path) -> None:
        self._steps = steps
        self._base = base

    def known(self, holder: Mapping[str, Json], keys: Collection[str], where: str) -> None:
        """Raises CaseError for a key that means nothing."""
        for key in holder:
            if key not in keys:
                raise CaseError(f"{where} has no key `{key}`; expected {', '.join(keys)}{_nearest(key, keys)}")

    def object(self, holder: Mapping[str, Json], key: str) -> Mapping[str, Json]:
        value = holder.get(key, {})
        if not isinstance(value, dict):
            raise CaseError(f"`{key}`: expected an object, found {value!r}")
        return value

    def list(self, holder: Mapping[str, Json], key: str) -> list[Json]:
        value = holder.get(key, [])
        if not isinstance(value, list):
            raise CaseError(f"`{key}`: expected a list, found {value!r}")
        return value

    def objects(self, holder: Mapping[str, Json], key: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """Each entry with its place."""
        for number, entry in enumerate(self.list(holder, key)):
            if not isinstance(entry, dict):
                raise CaseError(f"`{key}[{number}]`: expected an object, found {entry!r}")
            yield f"`{key}[{number}]`", entry

    def seconds(self, holder: Mapping[str, Json], key: str, default: float = 0.0) -> float:
        """A number of seconds, or a duration. Raises CaseError."""
        value = holder.get(key)
        if value is None:
            return default
        try:
            return seconds(value)
        except ValueError as error:
            raise CaseError(f"`{key}`: expected seconds or a duration such as 500ms: {error}") from error

    def name(self, holder: Mapping[str, Json], key: str, where: str) -> str:
        """A step of the story. Raises CaseError."""
        value = holder.get(key)
        if not isinstance(value, str) or value not in self._steps:
            known = ", ".join(sorted(self._steps))
            near = _nearest(str(value), self._steps)
            raise CaseError(f"{where}.{key}: expected a step ({known}), found {value!r}{near}")
        return value

    def step(self, name: str, entry: Json) -> StepCase:
        where = f"`steps.{name}`"
        self.name({"": name}, "", "`steps`")
        if not isinstance(entry, dict):
            raise CaseError(f"{where}: expected an object, found {entry!r}")
        self.known(entry, ("answers", "absent", "config", "env", "ends"), where)
        answers = tuple(self.answer(*one) for one in self.objects(entry, "answers")) if "answers" in entry else None
        return StepCase(
            answers,
            entry.get("absent") is True,
            self.object(entry, "config"),
            {key: str(value) for key, value in self.object(entry, "env").items()},
            self.end(self.object(entry, "ends")) if "ends" in entry else None,
        )

    def answer(self, where: str, entry: Mapping[str, Json]) -> Answer:
        self.known(entry, ("if", "packets", "after", "payload", "metadata", "binary", "audio"), where)
        sent = self.packet(where, entry, "answer")
        condition = entry.get("if", "")
        if not isinstance(condition, str):
            raise CaseError(f"{where}.if: expected a template over `packet` and `inputs`, found {condition!r}")
        return Answer(
            self.seconds(entry, "after"),
            sent.payload,
            sent.metadata,
            sent.frame,
            condition,
            _numbers(entry["packets"], f"{where}.packets") if "packets" in entry else frozenset(),
        )

    def end(self, entry: Mapping[str, Json]) -> Ended:
        self.known(entry, ("after", "problem", "output"), "`ends`")
        output = entry.get("output")
        return Ended(
            self.seconds(entry, "after"),
            str(entry.get("problem") or ""),
            output if isinstance(output, dict) else None,
        )

    def sends(self, document: Mapping[str, Json]) -> Iterator[Event]:
        """Packets, each a second after the one before unless `at` says otherwise."""
        at = 0.0
        for number, (where, entry) in enumerate(self.objects(document, "send"), 1):
            self.known(
                entry,
                ("from", "to", "at", "id", "times", "payload", "inputs", "metadata", "binary", "audio", "chunk"),
                where,
            )
            if ("from" in entry) == ("to" in entry):
                raise CaseError(
                    f"{where}: expected `from` (as if the step had put it out) or `to` (given to its engram)"
                )
            key = "from" if "from" in entry else "to"
            at = self.seconds(entry, "at", at + 1.0)
            packet = self.packet(where, entry, str(entry.get("id") or f"p{number}"))
            times = entry.get("times", 1)
            if not isinstance(times, int) or isinstance(times, bool) or not 0 < times <= MOST:
                raise CaseError(f"{where}.times: expected a number from 1 to {MOST}, found {times!r}")
            action: Action = "send" if key == "from" else "give"
            yield Event(at, action, self.name(entry, key, where), packet, times=times)

    def packet(self, where: str, entry: Mapping[str, Json], name: str) -> Packet:
        try:
            content = parcel(entry, self._base)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CaseError(f"{where}: {error}") from error
        payload, inputs = entry.get("payload"), entry.get("inputs")
        for key, value in (("payload", payload), ("inputs", inputs)):
            if value is not None and not isinstance(value, dict):
                raise CaseError(f"{where}.{key}: expected an object, found {value!r}")
        frame = None
        if content.audio is not None:
            frame = Frame("audio", len(content.audio.content), content.audio.content)
        elif content.binary is not None:
            frame = Frame("binary", len(content.binary.content), content.binary.content, content.binary.mime)
        metadata = {key: str(value) for key, value in self.object(entry, "metadata").items()}
        return Packet(
            name,
            payload if isinstance(payload, dict) else None,
            inputs if isinstance(inputs, dict) else None,
            metadata,
            frame,
            self.envelope(where, entry),
        )

    def envelope(self, where: str, entry: Mapping[str, Json]) -> Envelope | None:
        """The place of a packet that is a part of another one; None where it is whole."""
        if "chunk" not in entry:
            return None
        chunk = self.object(entry, "chunk")
        self.known(chunk, ("of", "index", "count"), f"{where}.chunk")
        index, count = chunk.get("index", 0), chunk.get("count", 1)
        if not isinstance(index, int) or not isinstance(count, int):
            raise CaseError(f"{where}.chunk: expected `of` (a text), `index` and `count` (numbers), found {chunk!r}")
        return Envelope(
            str(entry.get("from")), chunk_id=str(chunk.get("of", "whole")), chunk_index=index, chunk_count=count
        )

    def events(self, document: Mapping[str, Json]) -> Iterator[Event]:
        """What happens to steps: connectors that come and go, engrams that are killed and started again."""
        actions: tuple[Action, ...] = ("connect", "disconnect", "kill", "restart")
        for where, entry in self.objects(document, "events"):
            self.known(entry, ("at", *actions), where)
            named = [action for action in actions if action in entry]
            if len(named) != 1:
                raise CaseError(f"{where}: expected one of {', '.join(actions)}, found {', '.join(named) or 'none'}")
            yield Event(self.seconds(entry, "at"), named[0], self.name(entry, named[0], where))

    def faults(self, document: Mapping[str, Json]) -> Iterator[Fault]:
        for where, entry in self.objects(document, "faults"):
            self.known(entry, ("from", "to", "by", *KINDS), where)
            source, target = self.name(entry, "from", where), self.name(entry, "to", where)
            kinds: list[FaultKind] = [kind for kind in KINDS if kind in entry]
            if not kinds:
                raise CaseError(f"{where}: expected one of {', '.join(KINDS)}")
            for kind in kinds:
                yield Fault(source, target, kind, _numbers(entry[kind], where), self.seconds(entry, "by", 1.0))

    def edges(self, expect: Mapping[str, Json]) -> Iterator[EdgeExpectation]:
        for where, entry in self.objects(expect, "edges"):
            self.known(entry, ("from", "to", "count", "packets", "order"), where)
            source, target = self.name(entry, "from", where), self.name(entry, "to", where)
            yield EdgeExpectation(source, target, *self.expected(where, entry))

    def outputs(self, expect: Mapping[str, Json]) -> Iterator[StepExpectation]:
        for step, entry in self.object(expect, "steps").items():
            where = f"`expect.steps.{step}`"
            self.name({"": step}, "", "`expect.steps`")
            if not isinstance(entry, dict):
                raise CaseError(f"{where}: expected an object, found {entry!r}")
            self.known(entry, ("count", "packets", "order"), where)
            yield StepExpectation(step, *self.expected(where, entry))

    def expected(
        self, where: str, entry: Mapping[str, Json]
    ) -> tuple[int | None, tuple[Mapping[str, Json], ...], bool]:
        """Count, packets, and whether their order counts."""
        count = entry.get("count")
        if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 0):
            raise CaseError(f"{where}.count: expected a number of at least 0, found {count!r}")
        order = entry.get("order", "any")
        if order not in ("any", "exact"):
            raise CaseError(f"{where}.order: expected any or exact, found {order!r}")
        return count, tuple(packet for _, packet in self.objects(entry, "packets")), order == "exact"


def _numbers(value: Json, where: str) -> frozenset[int]:
    """Which packets of an edge: `true` for all, a number, or a list of numbers."""
    if value is True:
        return frozenset()
    listed = value if isinstance(value, list) else [value]
    numbers = [one for one in listed if isinstance(one, int) and not isinstance(one, bool) and one > 0]
    if not listed or len(numbers) != len(listed):
        raise CaseError(f"{where}: expected numbers of packets from 1, or true for all, found {value!r}")
    return frozenset(numbers)


def _nearest(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean `{near[0]}`?" if near else ""
