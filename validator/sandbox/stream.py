"""One streaming case in a pod: a mock connector plays the script, and what was on the wire is the truth."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from validator.findings import Json
from validator.rules import sandbox as rules
from validator.sandbox import environment, services, stream_script
from validator.sandbox.model import Exit, Limits, Request, SandboxError
from validator.sandbox.pods import EngramProcess, Pod
from validator.sandbox.step_run import StepRun, step_run
from validator.sandbox.stream_model import Entry, LogLine, Packet, Step, StreamCase, StreamRun

BEAT = 0.005
"""Seconds between heartbeats of an idle Data stream: in a cluster ten, but here they tell when nothing waits to be
sent."""
MARGIN = 15.0
"""Seconds that the harness gets beyond a case's time limit before it counts as broken."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A case that is played by hand: packets as they come, outputs as they come back."""

    packets: Iterable[Packet | Step]
    """Read in a thread of its own, until it ends."""
    show: Callable[[Entry], None]
    notice: Callable[[str, Any], None] = lambda name, data: None
    """What else happens: `started` with the engram's process, `receipt` with the label of a packet, and `rest` with the
    number of packets and steps after which the engram is done with all and sends nothing."""


def run_stream(pod: Pod, case: StreamCase, limits: Limits | None = None, talk: Talk | None = None) -> StreamRun:
    """Run a case to its end, or until its time limit; with `talk`, its packets come after those of the case.

    Raises SandboxError when the sandbox could not do its work.
    """
    if not case.services:
        return _run(pod, case, limits, talk)
    with services.serving(pod, case.name, case.services) as served:
        run = _run(pod, served.stream(case), limits, talk)
    return replace(run, services=served.log)


def _run(pod: Pod, case: StreamCase, limits: Limits | None, talk: Talk | None) -> StreamRun:
    began = time.monotonic()
    key = uuid.uuid4().hex
    with pod.harness.subscribed(key) as events, step_run(pod, case.name, case.identity, storage=case.storage) as step:
        script = stream_script.script(case) | {"by_hand": talk is not None, "beats": bool(pod.image.sdk_version)}
        opened = pod.harness.call("stream.open", key=key, script=script)
        try:
            spawned = time.monotonic()
            env = _environment(case, opened["endpoint"], step)
            engram = pod.spawn(env, limits, home=step.home, storage=step.storage)
            running = time.monotonic()
            try:
                pod.harness.tell("stream.started", key=key)
                _watch(pod, key, engram)
                if talk is not None:
                    talk.notice("started", engram)
                    _talk(pod, key, talk.packets)
                settled = _settled(pod, events, case, talk)
                signalled, ended, stopped = _stop(engram, case)
            finally:
                # Also on the way out of an exception: nothing of a case outlives it.
                engram.kill()
        finally:
            record = pod.harness.call("stream.close", key=key)
    entries = stream_script.transcript(record["transcript"])
    return StreamRun(
        case=case,
        transcript=entries,
        sent=stream_script.sent(record["sent"]),
        settled=settled["why"],
        where=settled["where"],
        exit=ended,
        signalled=signalled,
        stop_seconds=stopped,
        counts=record["counts"],
        logs=tuple(_log_lines(ended, opened["epoch"])),
        phases={**_phases(entries), "spawn": running - spawned, "stop": stopped},
        status=step.seen["status"],
        requests=tuple(Request(**request) for request in step.seen["requests"]),
        objections=tuple(step.seen["objections"]),
        unknown=tuple(step.seen["unknown"]),
        limits=(*step.seen["limits"], *record["limits"]),
        files=step.seen["files"],
        unread=tuple(step.seen["unread"]),
        sdk_version=pod.image.sdk_version,
        lookups=tuple(record["lookups"]),
        unrouted=record["unrouted"],
        seconds=time.monotonic() - began,
    )


def binding(case: StreamCase, endpoint: str) -> dict[str, Json]:
    """`BUBU_TRANSPORT_BINDING` (contract/runtime.md 2.3)."""
    return {
        "name": "sandbox-binding",
        "namespace": case.identity.namespace,
        "binding": {
            "driver": "grpc",
            "endpoint": endpoint,
            "protocolVersion": case.protocol_version,
            "audioCodecs": list(case.audio_codecs),
            "videoCodecs": list(case.video_codecs),
            "binaryTypes": list(case.binary_types),
        },
    }


def _environment(case: StreamCase, endpoint: str, step: StepRun) -> dict[str, str]:
    return environment.realtime(
        case.identity,
        binding=binding(case, endpoint),
        config=case.config,
        context=case.context,
        secrets=case.secrets,
        home=step.home,
        steprun=step.name,
        storage=step.storage,
        extra={
            "BUBU_GRPC_CHANNEL_BUFFER_SIZE": str(case.buffer),
            "BUBU_GRPC_RECONNECT_MAX_RETRIES": str(case.retries),
            "BUBU_GRPC_RECONNECT_BASE_BACKOFF": "20ms",
            "BUBU_GRPC_RECONNECT_MAX_BACKOFF": "200ms",
            "BUBU_GRPC_HEARTBEAT_INTERVAL": environment.duration(BEAT),
            **case.env,
        },
    )


def _watch(pod: Pod, key: str, engram: EngramProcess) -> None:
    """Let the script know when the engram ends, so that it stops waiting."""

    def wait() -> None:
        # Whoever judges the engram waits for it as well, and hears why nobody knows how it ended.
        with contextlib.suppress(SandboxError):
            engram.wait()
        pod.harness.tell("stream.exited", key=key)

    threading.Thread(target=wait, name="engram-exit", daemon=True).start()


def _talk(pod: Pod, key: str, packets: Iterable[Packet | Step]) -> None:
    """Hand packets on as they come."""

    def read() -> None:
        for number, packet in enumerate(packets, 1):
            pod.harness.tell("stream.play", key=key, step=stream_script.by_hand(packet, number))
        pod.harness.tell("stream.play", key=key, step=None)

    threading.Thread(target=read, name="packets-by-hand", daemon=True).start()


def _settled(pod: Pod, events: Any, case: StreamCase, talk: Talk | None) -> Mapping[str, str]:
    import queue

    limit = time.monotonic() + case.time_limit + MARGIN
    while True:
        try:
            name, data = events.get(timeout=max(0.0, limit - time.monotonic()))
        except queue.Empty:
            raise pod.harness.lose("the script of a streaming case did not end") from None
        if name == "stream.message" and talk is not None and data is not None:
            talk.show(stream_script.transcript([data])[0])
        if name in {"stream.receipt", "stream.rest"} and talk is not None:
            talk.notice(name.removeprefix("stream."), data)
        if name == "lost":
            raise SandboxError(rules.HARNESS_FAILED, reason=str(data))
        if name == "stream.failed":
            raise SandboxError(rules.HARNESS_FAILED, reason=str(data))
        if name == "stream.settled":
            settled: Mapping[str, str] = data
            return settled


def _stop(engram: EngramProcess, case: StreamCase) -> tuple[bool, Exit, float]:
    """End the engram: whether it was still there to be asked, how it ended, and how long that took."""
    ended = engram.wait(0)
    if ended is not None:
        return False, ended, 0.0
    began = time.monotonic()
    ended = engram.terminate(case.grace)
    return True, ended, time.monotonic() - began


def _phases(entries: tuple[Entry, ...]) -> dict[str, float]:
    """When things happened first, in seconds since the connector was opened."""
    found: dict[str, float] = {}
    for entry in entries:
        if entry.event == "open" and entry.stream == "control":
            found.setdefault("control_open", entry.at)
        elif entry.event == "message" and entry.by == "engram":
            if entry.stream == "data" and not entry.body.get("heartbeat"):
                found.setdefault("first_output", entry.at)
            elif entry.label == "ack":
                found.setdefault("ready_ack", entry.at)
        elif entry.event == "mark" and entry.label == "settled":
            found["settled"] = entry.at
    return found


def _log_lines(ended: Exit, epoch: float) -> Iterator[LogLine]:
    """The engram's lines; those of the SDK carry a time, the others take that of the line before."""
    for stream, log in (("stdout", ended.stdout), ("stderr", ended.stderr)):
        at = -1.0
        for line in log.text.splitlines():
            at = log_time(line, epoch, at)
            if line.strip():
                yield LogLine(at, stream, line)


def log_time(line: str, epoch: float, before: float) -> float:
    """When a line was written, in seconds since `epoch`; -1 when that is unknown.

    A time in whole seconds only says in which second it was: not before that began, nor before the line above.
    """
    if not line.startswith("{"):
        return before
    try:
        document = json.loads(line)
        written = datetime.fromisoformat(str(document.get("time") or document.get("ts")))
    except (ValueError, RecursionError, AttributeError):
        return before
    if not written.tzinfo:
        return before
    at = written.timestamp() - epoch
    if written.microsecond:
        return max(0.0, at)
    return max(at, before) if at > 0 else before
