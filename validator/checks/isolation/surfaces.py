"""What leaves an engram, place by place: everything in which something can be seen that should have stayed inside.

Source: contract `runtime.md` 1.4, 1.5 (status, signals, effects), 2.10 and section 5.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from validator.checks.conformance import show
from validator.checks.streaming import messages
from validator.findings import Json, Path
from validator.sandbox.harness import store
from validator.sandbox.model import BatchRun, Request
from validator.sandbox.stream_model import StreamRun
from validator.schemas.offload import restored

LOG_LINES = 2000
"""Lines of a log that are looked at, from its end."""


class Place(StrEnum):
    """Where something was seen."""

    OUTPUT = "output"
    """The output of a job, or the payload of a packet."""
    INPUTS = "emitted inputs"
    """`inputs` of a packet: they override what the story says about the next step (runtime.md 2.10)."""
    METADATA = "metadata"
    PACKET = "packet"
    """Anything else of a message: opaque bytes, transports, control messages."""
    STORED = "stored file"
    """In the storage of the run, without being a part of the output: its logs, or a file of the engram's own."""
    SIGNAL = "signal"
    EFFECT = "effect"
    REQUEST = "request"
    """What was asked of the Kubernetes API besides."""
    ERROR = "error message"
    LOG = "log"


DECLARED = frozenset({Place.OUTPUT, Place.INPUTS})
"""What outputSchema declares."""


@dataclass(frozen=True, eq=False)
class Surface:
    """One document that left the engram. Compared by identity.

    Not slotted: what is read off it is read once, however many values are looked for.
    """

    place: Place
    value: Json

    @cached_property
    def texts(self) -> list[tuple[Path, str]]:
        """Every text in it, with its path."""
        return [(path, leaf) for path, leaf in leaves(self.value) if isinstance(leaf, str)]

    @cached_property
    def words(self) -> list[tuple[Path, str]]:
        """Every text and every member name, which can leak as well as a value."""
        return [*self.texts, *names(self.value)]

    @cached_property
    def whole(self) -> str:
        """All words in one text: what is not in there is nowhere in it."""
        return "\n".join(text for _, text in self.words)

    def named(self, path: Path) -> str:
        """How messages call a part of it."""
        if self.place is Place.LOG:
            return "the log"
        if self.place is Place.ERROR:
            return "the error message"
        return f"{self.place} {show(path)}" if path else f"the {self.place}"


def leaves(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Everything in a document that is no object and no array, with its path."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from leaves(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def names(value: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every member name in a document, with the path of the member."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield (*path, name), name
            yield from names(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from names(item, (*path, index))


def of_batch(run: BatchRun) -> tuple[Surface, ...]:
    """Everything that a batch run left behind."""
    return tuple(surface for surface in _batch(run) if surface.value not in (None, {}, [], ""))


def unread(run: BatchRun | StreamRun) -> str:
    """Why what an engram has stored is not judged; empty where all of it was read."""
    if not run.unread:
        return ""
    room = f"{store.FILE_LIMIT} files, {store.BYTE_LIMIT >> 20} MiB together, in at most {store.DEPTH_LIMIT} folders"
    return f"of what the engram stores the sandbox reads {room}, and not `{run.unread[0]}`; test it with less"


def _batch(run: BatchRun) -> Iterator[Surface]:
    offloaded: set[str] = set()
    yield Surface(Place.OUTPUT, restored(run.output, run.files, offloaded))
    for key, document in run.files.items():
        if key not in offloaded:
            yield Surface(Place.STORED, document)
    status: dict[str, Json] = dict(run.status)
    yield from _api_writes(status, run.requests)
    yield Surface(Place.ERROR, {key: status[key] for key in ("error", "lastFailureMsg") if status.get(key)})
    messages = [str(text) for text in (run.error.get("message"), status.get("lastFailureMsg")) if text]
    yield from _logs(run.exit.stdout.text, run.exit.stderr.text, messages)


def _api_writes(status: Mapping[str, Json], requests: Sequence[Request]) -> Iterator[Surface]:
    """What was written by way of the Kubernetes API: signals, effects, and what else was asked of it."""
    yield Surface(Place.SIGNAL, {key: status[key] for key in ("signals", "signalEvents") if status.get(key)})
    yield Surface(Place.EFFECT, status.get("effects"))
    for request in requests:
        if request.method in {"POST", "PUT", "PATCH"} and not _is_status(request.path):
            yield Surface(Place.EFFECT if "/effectclaims" in request.path else Place.REQUEST, request.body)


def of_stream(run: StreamRun) -> tuple[Surface, ...]:
    """Everything that a streaming run put on the wire, and its logs."""
    return tuple(surface for surface in _stream(run) if surface.value not in (None, {}, [], ""))


def payloads(run: StreamRun) -> tuple[Json, ...]:
    """The structured outputs of a streaming run: what outputSchema is about."""
    found = [surface.value for surface in of_stream(run) if surface.place in DECLARED]
    return tuple(value for value in found if isinstance(value, dict))


def _stream(run: StreamRun) -> Iterator[Surface]:
    for entry in run.outputs:
        body = entry.body
        if messages.kind(entry) == "error":
            yield Surface(Place.ERROR, messages.payload(entry))
        else:
            yield Surface(Place.OUTPUT, messages.payload(entry))
            yield Surface(Place.INPUTS, messages.inputs(entry))
            # Raw bytes today; what is in there is the engram's output anyway.
            yield Surface(Place.OUTPUT, body.get("json"))
        yield Surface(Place.METADATA, _metadata(body))
        opaque = ("transports",) if "json" in body else ("head", "transports")
        yield Surface(Place.PACKET, {key: body[key] for key in opaque if body.get(key)})
    for entry in run.transcript:
        if entry.by == "engram" and entry.stream == "control" and entry.event == "message":
            yield Surface(Place.PACKET, dict(entry.body))
    for document in run.files.values():
        yield Surface(Place.STORED, document)
    yield from _api_writes(run.status, run.requests)
    yield from _logs(run.exit.stdout.text, run.exit.stderr.text)


def _metadata(body: Mapping[str, Json]) -> Json:
    """Metadata of the message and of its envelope; what the SDK adds is no word of the engram."""
    found: dict[str, Json] = {}
    packet = body.get("packet")
    for source in (body.get("metadata"), packet.get("metadata") if isinstance(packet, dict) else None):
        if isinstance(source, dict):
            found |= {key: value for key, value in source.items() if not key.startswith("bubu.")}
    return found


def _logs(stdout: str, stderr: str, messages: Sequence[str] = ()) -> Iterator[Surface]:
    """Both logs, without the lines that only repeat the error message."""
    repeated = {form for text in messages for form in (text, json.dumps(text, ensure_ascii=False)[1:-1])}
    for text in (stdout, stderr):
        lines: list[Json] = [
            line
            for line in text.splitlines()[-LOG_LINES:]
            if line.strip() and not any(form in line for form in repeated)
        ]
        yield Surface(Place.LOG, lines)


def _is_status(path: str) -> bool:
    """Whether a request is a patch of the run's own status, which is looked at as it ended."""
    return "/stepruns/" in path and path.partition("?")[0].endswith("/status")
