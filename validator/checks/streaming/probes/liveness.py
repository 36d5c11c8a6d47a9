"""Signs of life, hang time-outs and handoffs (contract 6 and 8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.probe import Probe
from validator.checks.streaming.sample import Sample
from validator.checks.streaming.scripts import answers, environment, fence, observed, row
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import (
    Await,
    Control,
    Mark,
    Send,
    StreamCase,
    StreamRun,
)

HEARTBEAT_MS = 50
HEARTBEAT_WITHIN = 3.0
HANG_MS = 300
RARE_MS = 10_000
"""An interval without a heartbeat within a case, as in a cluster."""
HANG_WITHIN = 4.0


def _heartbeats(sample: Sample) -> StreamCase:
    """Section 8: an idle engram, with short intervals."""
    interval = HEARTBEAT_MS
    steps = (
        Await("control", name="heartbeat", within=HEARTBEAT_WITHIN),
        Await("control", name="data-heartbeat", within=HEARTBEAT_WITHIN),
    )
    env = environment(sample, BUBU_TRANSPORT_HEARTBEAT_INTERVAL=interval, BUBU_GRPC_HEARTBEAT_INTERVAL=interval)
    return row(sample, "heartbeats", steps, env=env)


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


def _hang(sample: Sample) -> StreamCase:
    """Section 6: no traffic at all, with a hang time-out."""
    steps = (*fence(sample.patience), Mark("silence"), Await("sessions-ended", within=HANG_WITHIN))
    # Heartbeats are traffic.
    env = environment(sample, BUBU_GRPC_HANG_TIMEOUT=HANG_MS, BUBU_GRPC_HEARTBEAT_INTERVAL=RARE_MS)
    return row(sample, "hang", steps, env=env, stop=False)


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


def _handoff(sample: Sample) -> StreamCase:
    """Section 8: the connector drains, and comes back."""
    steps = (
        Send(sample.packet),
        Await("receipts"),
        *answers(sample),
        Control("handoff.draining"),
        Await("control", name="ack handoff.draining", within=sample.patience),
        # What it had put out before may still be on its way.
        Await("quiet", within=sample.observe),
        Mark("draining"),
        *observed(sample),
        Mark("cutover"),
        Control("handoff.cutover"),
        Control("handoff.ready"),
        Send(replace(sample.packet, label="the packet after the cutover")),
        Await("receipts"),
    )
    return row(sample, "handoff", steps)


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


# fmt: off
PROBES = (
    Probe("heartbeats", _heartbeats, "nothing, with short intervals", "heartbeats on both streams",
          (rules.NO_HEARTBEAT,), judge=heartbeats),
    Probe("hang", _hang, "nothing, with a hang time-out", "the session ends", (rules.HANG,), judge=hang, ends=True),
    Probe("handoff", _handoff, "drains, cuts over", "quiet between, alive after", (rules.DRAINING, rules.CUTOVER),
          judge=handoff, is_long=True, owns_receipts=True),
)
# fmt: on
