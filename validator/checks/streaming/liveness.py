"""Signs of life, hang time-outs and handoffs (contract 6 and 8)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamRun

HEARTBEAT_MS = 50
HEARTBEAT_WITHIN = 3.0
HANG_MS = 300
RARE_MS = 10_000
"""An interval without a heartbeat within a case, as in a cluster."""
HANG_WITHIN = 4.0


def heartbeats(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `heartbeats`: an idle session with short intervals."""
    control = any(e.by == "engram" and e.stream == "control" and e.label == "heartbeat" for e in run.transcript)
    data = run.counts.get("data-heartbeats", 0) > 0 or bool(run.outputs)
    for stream, there in (("Control", control), ("Data", data)):
        if not there:
            yield context.say(
                rules.NO_HEARTBEAT,
                run,
                fault="sdk",
                stream=stream,
                seconds=f"{HEARTBEAT_WITHIN:g}",
                interval=HEARTBEAT_MS,
            )


def hang(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `hang`: nothing travels in either direction."""
    quiet = run.marked("silence")
    settled = run.marked("settled")
    if quiet is None or settled is None:
        return
    if any(e.event == "end" and e.by == "engram" and quiet <= e.at < settled for e in run.transcript):
        return
    if run.signalled and not any(e.event == "message" and quiet <= e.at < settled for e in run.transcript):
        yield context.say(rules.HANG, run, fault="sdk", at=quiet, seconds=f"{HANG_WITHIN:g}", timeout=HANG_MS)


def handoff(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `handoff`: quiet while draining, alive after the cutover."""
    draining, cutover = run.marked("draining"), run.marked("cutover")
    if draining is None or cutover is None:
        return
    count = sum(1 for entry in run.outputs if draining <= entry.at < cutover)
    if count:
        yield context.say(
            rules.DRAINING,
            run,
            at=draining,
            advice="Implement ControlDirectiveHandler and hold packets back from handoff.draining to handoff.cutover.",
            evidence={"count": count},
        )
    for sent in run.missing()[:1]:
        if sent.at >= cutover and run.settled != "time-limit":
            yield context.say(rules.CUTOVER, run, at=cutover, label=sent.label)
