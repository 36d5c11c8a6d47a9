"""Message validity: something in it, objects where objects belong, errors in their envelope (contract 1, 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding, Json
from validator.rules import streaming as rules
from validator.sandbox.harness.wire_names import ERROR_TYPES, EXIT_CLASSES, PACKET_MIME
from validator.sandbox.stream_model import Entry, StreamRun


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """Every message by itself; each kind of mistake once."""
    seen: set[tuple[str, str]] = set()
    for entry in run.outputs:
        for finding in _judge(context, run, entry):
            if (finding.rule.code, finding.message) not in seen:
                seen.add((finding.rule.code, finding.message))
                yield finding


def _judge(context: StreamContext, run: StreamRun, entry: Entry) -> Iterator[Finding]:
    body = entry.body
    if is_chunk(entry):
        return
    if "packet_error" in body:
        problem = str(body["packet_error"])
        mime = str(body.get("mime"))
        yield context.say(rules.RESERVED_MIME, run, at=entry.at, mime=mime, problem=problem)
        return
    if is_empty(entry):
        yield context.say(
            rules.EMPTY_MESSAGE,
            run,
            at=entry.at,
            advice="Put the data into Payload; send nothing when there is nothing to say.",
            what="a message",
            found=_contents(entry),
        )
        return
    packet = body.get("packet")
    if isinstance(packet, dict):
        for member in ("payload", "inputs"):
            if member in packet and not isinstance(packet[member], dict):
                yield context.say(rules.NOT_OBJECT, run, at=entry.at, member=member, found=_type(packet[member]))
    if kind(entry) == "error":
        problems = list(error_problems(entry))
        if problems:
            yield context.say(
                rules.BAD_ERROR,
                run,
                at=entry.at,
                advice="Make error packets with sdk.NewStreamErrorMessage.",
                problem="; ".join(problems),
            )


def is_chunk(entry: Entry) -> bool:
    """Whether the message is part of a larger one."""
    envelope = entry.body.get("envelope")
    return isinstance(envelope, dict) and any(key.startswith("chunk_") or key == "total_bytes" for key in envelope)


def kind(entry: Entry) -> str:
    """The kind of a message: of its envelope, else of its metadata."""
    packet, metadata = entry.body.get("packet"), entry.body.get("metadata")
    if isinstance(packet, dict) and packet.get("kind"):
        return str(packet["kind"])
    return str(metadata.get("bubu.envelope.kind", "")) if isinstance(metadata, dict) else ""


def payload(entry: Entry) -> Json:
    """The structured payload: of the envelope, whose numbers are exact, else the copy beside it."""
    return _member(entry, "payload")


def inputs(entry: Entry) -> Json:
    """The structured inputs."""
    return _member(entry, "inputs")


def _member(entry: Entry, name: str) -> Json:
    packet = entry.body.get("packet")
    if isinstance(packet, dict) and name in packet:
        member: Json = packet[name]
        return member
    return entry.body.get(name)


def error_message(entry: Entry) -> str:
    """What an error packet says."""
    error = payload(entry)
    message = error.get("message") if isinstance(error, dict) else None
    return str(message or "the engram put out an error packet")


def shape(entry: Entry) -> str:
    """What two answers to the same packet have in common, whatever their values are."""
    document = payload(entry)
    names = sorted(document) if isinstance(document, dict) else type(document).__name__
    return repr((entry.body.get("frame"), entry.body.get("mime"), kind(entry), names))


def is_empty(entry: Entry) -> bool:
    """Nothing that makes a message valid. A message that was trimmed is not empty."""
    body = entry.body
    if body.get("trimmed") or body.get("payload") is not None or body.get("inputs") is not None:
        return False
    if body.get("transports"):
        return False
    frame = body.get("frame")
    if not frame:
        return True
    packet = body.get("packet")
    if frame == "binary" and isinstance(packet, dict):
        return all(packet.get(name) in (None, []) for name in ("payload", "inputs", "transports"))
    return not body.get("bytes")


def error_problems(entry: Entry) -> Iterator[str]:
    """What keeps an error packet from being a StructuredError v1 (contract 2; runtime.md 1.4)."""
    if entry.body.get("frame") in {"audio", "video"} or (
        entry.body.get("frame") == "binary" and entry.body.get("mime") != PACKET_MIME
    ):
        yield "it carries media"
        return
    error = payload(entry)
    if not isinstance(error, dict):
        yield "it has no payload"
        return
    if error.get("version") != "v1":
        yield f"`version` is {_shown(error.get('version'))}, expected `v1`"
    if error.get("type") not in ERROR_TYPES:
        yield f"`type` is {_shown(error.get('type'))}, expected one of {', '.join(sorted(ERROR_TYPES))}"
    if not isinstance(error.get("message"), str) or not error["message"]:
        yield "`message` is missing"
    if "exitClass" in error and error["exitClass"] not in EXIT_CLASSES:
        yield f"`exitClass` is {_shown(error['exitClass'])}, expected one of {', '.join(sorted(EXIT_CLASSES))}"


def _contents(entry: Entry) -> str:
    parts = []
    if kind(entry):
        parts.append(f"kind `{kind(entry)[:64]}`")
    metadata = entry.body.get("metadata")
    own = [key for key in metadata if not key.startswith("bubu.")] if isinstance(metadata, dict) else []
    if own:
        parts.append(f"metadata {', '.join(own[:5])}")
    return " and ".join(parts) or "nothing at all"


def _type(value: Any) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "null")


def _shown(value: Json) -> str:
    return "missing" if value is None else f"`{str(value)[:64]}`"
