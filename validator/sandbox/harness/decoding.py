"""Wire messages as documents for the transcript: everything a judge needs, and nothing that is long."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import math
import re
from typing import Any

from validator.sandbox.harness import jsontext, limits, structs
from validator.sandbox.harness.wire import transport_pb2 as wire
from validator.sandbox.harness.wire_names import HEARTBEAT_KEY, PACKET_MIME

DOCUMENT_LIMIT = 1 << 20
"""Bytes of an envelope or Struct that are kept as a document; beyond, only its size is known."""
TEXT_LIMIT = 2048
"""Characters of a string that is kept whole."""
HEAD = 256
_BRACE = re.compile(rb"[ \t\r\n]*\{")

Decoded = tuple[str, dict[str, Any], list[dict[str, Any]]]
"""Label, document, violations of limits."""


def _cut(value: Any) -> Any:
    return _text(value) if isinstance(value, str) else value


def data(raw: bytes, *, outbound: bool, limit: int = DOCUMENT_LIMIT) -> Decoded:
    """A message of the Data stream; envelopes and Structs above the limit only by their size.

    Raises ValueError for bytes that are none.
    """
    kind = wire.DataResponse if outbound else wire.DataRequest
    body: dict[str, Any] = {}
    message: Any
    try:
        message = _parse(kind, raw)
    except ValueError:
        message = _parse(kind, structs.without(raw))
        body["trimmed"] = True
    frame = message.WhichOneof("frame")
    if frame:
        body["frame"] = frame
        _FRAMES[frame](getattr(message, frame), body, limit)
    if message.metadata:
        body["metadata"] = _strings(message.metadata)
    for name in filter(message.HasField, ("payload", "inputs")):
        if len(raw) > limit and getattr(message, name).ByteSize() > limit:
            body["trimmed"] = True
        else:
            body[name] = _struct(getattr(message, name))
    if message.transports:
        names = ("name", "kind", "mode")
        body["transports"] = [
            {name: getattr(each, name)[:TEXT_LIMIT] for name in names} for each in message.transports[:16]
        ]
    if message.HasField("envelope"):
        body["envelope"] = {field.name: _cut(value) for field, value in message.envelope.ListFields()}
    if not outbound and is_heartbeat(message):
        body["heartbeat"] = True
    return "", body, list(limits.violations(message))


def frame(raw: bytes) -> bytes:
    """The bytes of the frame of a message of an engram; empty where there is none, or no message."""
    try:
        message = _parse(wire.DataRequest, raw)
    except ValueError:
        return b""
    match message.WhichOneof("frame"):
        case "audio":
            return bytes(message.audio.pcm)
        case None:
            return b""
        case kind:
            return bytes(getattr(message, kind).payload)


def is_heartbeat(message: Any) -> bool:
    """Whether a message of an engram on the Data stream says no more than that it lives."""
    value = str(message.metadata.get(HEARTBEAT_KEY, ""))
    return message.WhichOneof("frame") is None and value.strip().lower() == "true"


def control(raw: bytes, *, outbound: bool) -> Decoded:
    """A message of the Control stream. Raises ValueError for bytes that are none."""
    message: Any = _parse(wire.ControlResponse if outbound else wire.ControlRequest, raw)
    body: dict[str, Any] = {}
    if message.metadata:
        body["metadata"] = _strings(message.metadata)
    if message.HasField("flow"):
        body["flow"] = {"signal": wire.FlowControlSignal.Name(message.flow.signal)[20:].lower()}
    return verb(message), body, list(limits.violations(message))


def verb(message: Any) -> str:
    """The name of a control message: its custom action, else its standard one, such as `connector.ready`."""
    custom: str = message.custom_action.strip()
    if custom:
        return custom[:128]
    return VERBS.get(message.action, str(message.action))


def _verb(name: str) -> str:
    short = name.removeprefix("CONTROL_ACTION_").lower()
    if short.startswith(("connector_", "handoff_")):
        return short.replace("_", ".")
    return short.replace("_", "-")


VERBS = {number: _verb(name) for name, number in wire.ControlAction.items()}
ACTIONS = {name: number for number, name in VERBS.items()}


def _parse(kind: Any, raw: bytes) -> Any:
    from google.protobuf.message import DecodeError

    try:
        return kind.FromString(raw)
    except DecodeError as error:
        raise ValueError(str(error)) from None


def _binary(frame: Any, body: dict[str, Any], limit: int) -> None:
    body["mime"] = _text(frame.mime_type)
    body["bytes"] = len(frame.payload)
    if frame.mime_type.partition(";")[0].strip().lower() != PACKET_MIME:
        _raw(frame.payload, body, limit)
        return
    if len(frame.payload) > limit:
        body["trimmed"] = True
        return
    try:
        document = jsontext.read(frame.payload)
    except ValueError as error:
        body["packet_error"] = f"no JSON: {error}"
        body["head"] = _head(frame.payload)
        return
    if isinstance(document, dict):
        body["packet"] = document
    else:
        body["packet_error"] = "the envelope is no JSON object"


def _raw(payload: bytes, body: dict[str, Any], limit: int) -> None:
    """Opaque bytes: how they begin, which they are, and whether all of them together are a JSON object."""
    body["head"] = _head(payload)
    if len(payload) > HEAD:
        body["sha256"] = hashlib.sha256(payload).hexdigest()
    if not _BRACE.match(payload):
        return
    if len(payload) > limit:
        if jsontext.is_object(payload):
            body["json_object"] = True
        return
    with contextlib.suppress(ValueError):
        document = jsontext.read(payload)
        if isinstance(document, dict):
            body["json_object"] = True
            body["json"] = document


def _audio(frame: Any, body: dict[str, Any], _: int) -> None:
    body.update(
        bytes=len(frame.pcm), sample_rate_hz=frame.sample_rate_hz, channels=frame.channels, codec=_text(frame.codec)
    )


def _video(frame: Any, body: dict[str, Any], _: int) -> None:
    body.update(bytes=len(frame.payload), codec=_text(frame.codec), width=frame.width, height=frame.height)


_FRAMES = {"binary": _binary, "audio": _audio, "video": _video}


def _head(payload: bytes) -> dict[str, str]:
    head = payload[:HEAD]
    try:
        return {"text": head.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(head).decode("ascii")}


def _text(value: str) -> str:
    return value if len(value) <= TEXT_LIMIT else f"{value[:HEAD]}… ({len(value)} characters)"


def _strings(values: Any) -> dict[str, str]:
    return {_text(key): _text(values[key]) for key in sorted(values)[:128]}


def _struct(value: Any) -> Any:
    """A `Struct` as a document. Numbers that JSON cannot say become their names."""
    return {key: _value(each) for key, each in value.fields.items()}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _struct(value.struct_value)
    if kind == "list_value":
        return [_value(each) for each in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return number if math.isfinite(number) else str(number)
    return None if kind in {None, "null_value"} else getattr(value, kind)
