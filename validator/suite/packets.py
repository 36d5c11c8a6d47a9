"""A streaming case as it is written, into what the mock connector plays."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from validator.findings import Json
from validator.sandbox.model import Secret
from validator.sandbox.stream_model import Audio, Binary, Expectation, Packet, Send, StreamCase
from validator.suite.cases import Case
from validator.suite.quantities import seconds
from validator.suite.services import services


def stream_case(
    case: Case, base: Path, config: Mapping[str, Json], secrets: Mapping[str, Secret], timeout: float
) -> StreamCase:
    """The case for the sandbox; files are read relative to `base`.

    Raises OSError when a file cannot be read, ValueError when bytes are no base64.
    """
    more: dict[str, Any] = {
        "config": config,
        "secrets": secrets,
        "context": case.context or {"inputs": {}, "steps": {}},
        "env": case.env,
        "delivery": case.delivery,
        "time_limit": timeout,
        "startup": timeout,
        "patience": timeout / 2,
        "services": services(case, base),
        "storage": case.storage,
        "expect": Expectation(
            packets=tuple(packet for packet in case.expect.packets or () if isinstance(packet, dict)),
            order="exact" if case.expect.ordered else "any",
            count=case.expect.count,
            within=case.expect.within,
        ),
    }
    if case.sessions:
        sessions = tuple(tuple(packet(entry, base) for entry in session) for session in case.sessions)
        return StreamCase.from_sessions(case.name, sessions, **more)
    return StreamCase(name=case.name, steps=tuple(Send(packet(entry, base)) for entry in case.send), **more)


def packet(entry: Mapping[str, Any], base: Path) -> Packet:
    """One entry of `send`. Raises as `stream_case` does."""
    return Packet(
        payload=entry.get("payload"),
        inputs=entry.get("inputs"),
        metadata=entry.get("metadata", {}),
        kind=entry.get("kind", "data"),
        id=entry.get("id", ""),
        hook=entry.get("hook", ""),
        delay=seconds(entry["delay"]) if "delay" in entry else 0.0,
        binary=_binary(entry["binary"], base) if "binary" in entry else None,
        audio=_audio(entry["audio"], base) if "audio" in entry else None,
        transports=tuple(entry.get("transports", ())),
        sequenced="hook" not in entry,
    )


def _binary(entry: Mapping[str, Any], base: Path) -> Binary:
    mime = {"mime": entry["mime"]} if "mime" in entry else {}
    return Binary(_content(entry, base), **mime)


def _audio(entry: Mapping[str, Any], base: Path) -> Audio:
    named = {key: entry[key] for key in ("sample_rate_hz", "channels", "codec") if key in entry}
    return Audio(_content(entry, base), **named)


def _content(entry: Mapping[str, Any], base: Path) -> bytes:
    if "file" in entry:
        return Path(base, entry["file"]).read_bytes()
    if "base64" in entry:
        return base64.b64decode(entry["base64"], validate=True)
    return str(entry.get("text", "")).encode()
