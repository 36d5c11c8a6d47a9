"""All judges on one run: the one reason that explains it, not all its consequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from validator.checks.streaming import (
    backpressure,
    blame,
    chunks,
    copies,
    expectations,
    garbage,
    handshake,
    limits,
    liveness,
    messages,
    mime,
    receipts,
    reconnect,
    robustness,
    schema,
    session,
    signals,
    startup,
    termination,
)
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.session_end import session_end
from validator.findings import Finding, Unchecked
from validator.rules import streaming as rules
from validator.rules.conformance import LOG_FLOOD
from validator.rules.services import IDLE_ADVICE, IDLE_CONNECTIONS
from validator.sandbox.stream_model import StreamRun
from validator.suite.quantities import size_text

Judge = Callable[[StreamContext, StreamRun], Iterator[Finding]]

PROBES: Mapping[str, Judge] = {
    "held-ready": handshake.held_ready,
    "held-capabilities": handshake.held_capabilities,
    "ready-missing": handshake.bad_ready,
    "ready-malformed": handshake.bad_ready,
    "ack": handshake.ack,
    "protocol": handshake.protocol,
    "heartbeats": liveness.heartbeats,
    "hang": liveness.hang,
    "handoff": liveness.handoff,
    "pause": backpressure.pause,
    "duplicate": receipts.duplicates,
    "replay": receipts.replays,
    "reconnect": reconnect.again,
    "give-up": reconnect.give_up,
    "input-closed": termination.closed_input,
    "chunks": chunks.inbound,
    "chunk-counts": chunks.wrong_counts,
    "chunk-expiry": chunks.expiry,
    "slow-reader": backpressure.slow_reader,
    "burst": robustness.burst,
    "hook-twice": robustness.hook_twice,
}
"""Probe -> its judge; the probes of `robustness.DEADLY` are judged by their survival as well."""

ENDING = {
    "ready-missing", "ready-malformed", "protocol", "hang", "give-up", "input-closed", "reconnect", "replay",
    "chunk-counts",
}  # fmt: skip
"""Probes in which the end of a session means nothing by itself."""
COMING_BACK = {"reconnect", "replay"}
"""Those of them after which the engram must be there again."""
OWN_RECEIPTS = {*ENDING, "chunks", "duplicate", "burst", "handoff", "held-ready", "held-capabilities"}
"""Probes whose judge says what a missing receipt means."""


def judge(context: StreamContext, run: StreamRun) -> tuple[Finding | Unchecked, ...]:
    """Everything that one run shows, in the order of importance.

    Where something of ours bit the engram, what went wrong may be our doing: then it is not checked.
    """
    return blame.excused(context, run, _verdicts_of(context, run))


def _verdicts_of(context: StreamContext, run: StreamRun) -> tuple[Finding | Unchecked, ...]:
    wire: list[Finding] = [*garbage.judge(context, run), *limits.judge(context, run)]
    probe = run.case.probe
    if probe != "protocol":
        broken = list(startup.judge(context, run))
        if broken:
            return tuple(wire) or tuple(broken)
    contents = [
        *wire,
        *messages.judge(context, run),
        *mime.judge(context, run),
        *copies.judge(context, run),
        *chunks.outbound(context, run),
    ]
    probed = probe in PROBES or probe in robustness.DEADLY
    verdicts = _probe(context, run, contents) if probed else _plain(context, run, contents)
    others = [*signals.judge(context, run), *_flood(context, run), *_hoard(context, run)]
    return (*contents, *verdicts, *others, *_unknown(context, run), *schema.judge(context, run))


def _flood(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """More of a log than anyone reads."""
    written = run.exit.stdout.total + run.exit.stderr.total
    if context.max_logs is not None and written > context.max_logs:
        yield context.say(LOG_FLOOD, run, limit=size_text(context.max_logs))


def _hoard(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """Connections that requests leave behind; for cases with services of their own `checks/services.py` says it."""
    connections = run.services.connections if run.services is not None else None
    if run.case.probe and connections is not None and connections.hoarded:
        count, busy = connections.idle, connections.busy
        yield context.say(IDLE_CONNECTIONS, run, advice=IDLE_ADVICE, count=count, busy=busy)


def _unknown(context: StreamContext, run: StreamRun) -> Iterator[Unchecked]:
    """What the time was too short for, or the transcript too small."""
    if run.settled == "time-limit" and run.missing():
        what = f"whether the engram is done with all packets of `{run.case.name}`"
        yield Unchecked(what, "it was still busy at the time limit", context.subject)
    if run.counts.get("omitted", 0):
        yield Unchecked("some messages of a long session", "the transcript does not keep them all", context.subject)


def _plain(context: StreamContext, run: StreamRun, contents: list[Finding]) -> list[Finding | Unchecked]:
    end = session_end(run)
    if end is not None:
        explained = bool(contents) and not end.returned and _refused_by_us(run)
        return [] if explained else [*session.judge(context, run, end)]
    stalled = list(garbage.stalled(context, run))
    if stalled:
        return [*stalled]
    found = list(receipts.judge(context, run))
    lost = any(finding.rule is rules.NO_RECEIPT for finding in found)
    expected = [] if lost else expectations.judge(context, run)
    return [*found, *expected, *termination.judge(context, run)]


def _probe(context: StreamContext, run: StreamRun, contents: list[Finding]) -> list[Finding]:
    probe = run.case.probe
    end = session_end(run)
    if end is not None and probe not in ENDING:
        if probe in robustness.DEADLY:
            return list(robustness.died(context, run, end))
        return list(session.judge(context, run, end))
    found = list(PROBES[probe](context, run)) if probe in PROBES else []
    if not found and probe not in OWN_RECEIPTS:
        found += garbage.stalled(context, run)
        if not found and run.missing() and run.settled != "time-limit":
            found += receipts.judge(context, run)
    if not found and probe not in ENDING:
        found += termination.judge(context, run)
    return found


def _refused_by_us(run: StreamRun) -> bool:
    return run.counts.get("refused", 0) > 0
