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
from validator.checks.streaming.bench import Bench
from validator.checks.streaming.session_end import session_end
from validator.findings import Finding, Unchecked
from validator.rules import streaming as rules
from validator.rules.conformance import LOG_FLOOD
from validator.rules.services import IDLE_ADVICE, IDLE_CONNECTIONS
from validator.sandbox.stream_model import StreamRun
from validator.suite.quantities import size_text

Judge = Callable[[Bench, StreamRun], Iterator[Finding]]

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


def judge(bench: Bench, run: StreamRun) -> tuple[Finding | Unchecked, ...]:
    """Everything that one run shows, in the order of importance.

    Where something of ours bit the engram, what went wrong may be our doing: then it is not checked.
    """
    return blame.excused(bench, run, _judged(bench, run))


def _judged(bench: Bench, run: StreamRun) -> tuple[Finding | Unchecked, ...]:
    wire: list[Finding] = [*garbage.judge(bench, run), *limits.judge(bench, run)]
    probe = run.case.probe
    if probe != "protocol":
        broken = list(startup.judge(bench, run))
        if broken:
            return tuple(wire) or tuple(broken)
    contents = [
        *wire,
        *messages.judge(bench, run),
        *mime.judge(bench, run),
        *copies.judge(bench, run),
        *chunks.outbound(bench, run),
    ]
    probed = probe in PROBES or probe in robustness.DEADLY
    verdicts = _probe(bench, run, contents) if probed else _plain(bench, run, contents)
    besides = [*signals.judge(bench, run), *_flood(bench, run), *_hoard(bench, run)]
    return (*contents, *verdicts, *besides, *_unknown(bench, run), *schema.judge(bench, run))


def _flood(bench: Bench, run: StreamRun) -> Iterator[Finding]:
    """More of a log than anyone reads."""
    written = run.exit.stdout.total + run.exit.stderr.total
    if bench.max_logs is not None and written > bench.max_logs:
        yield bench.say(LOG_FLOOD, run, limit=size_text(bench.max_logs))


def _hoard(bench: Bench, run: StreamRun) -> Iterator[Finding]:
    """Connections that requests leave behind; for cases with services of their own `checks/services.py` says it."""
    connections = run.services.connections if run.services is not None else None
    if run.case.probe and connections is not None and connections.hoarded:
        count, busy = connections.idle, connections.busy
        yield bench.say(IDLE_CONNECTIONS, run, advice=IDLE_ADVICE, count=count, busy=busy)


def _unknown(bench: Bench, run: StreamRun) -> Iterator[Unchecked]:
    """What the time was too short for, or the transcript too small."""
    if run.settled == "time-limit" and run.missing():
        what = f"whether the engram is done with all packets of `{run.case.name}`"
        yield Unchecked(what, "it was still busy at the time limit", bench.subject)
    if run.counts.get("omitted", 0):
        yield Unchecked("some messages of a long session", "the transcript does not keep them all", bench.subject)


def _plain(bench: Bench, run: StreamRun, contents: list[Finding]) -> list[Finding | Unchecked]:
    end = session_end(run)
    if end is not None:
        explained = bool(contents) and not end.returned and _refused_by_us(run)
        return [] if explained else [*session.judge(bench, run, end)]
    stalled = list(garbage.stalled(bench, run))
    if stalled:
        return [*stalled]
    found = list(receipts.judge(bench, run))
    lost = any(finding.rule is rules.NO_RECEIPT for finding in found)
    expected = [] if lost else expectations.judge(bench, run)
    return [*found, *expected, *termination.judge(bench, run)]


def _probe(bench: Bench, run: StreamRun, contents: list[Finding]) -> list[Finding]:
    probe = run.case.probe
    end = session_end(run)
    if end is not None and probe not in ENDING:
        if probe in robustness.DEADLY:
            return list(robustness.died(bench, run, end))
        return list(session.judge(bench, run, end))
    found = list(PROBES[probe](bench, run)) if probe in PROBES else []
    if not found and probe not in OWN_RECEIPTS:
        found += garbage.stalled(bench, run)
        if not found and run.missing() and run.settled != "time-limit":
            found += receipts.judge(bench, run)
    if not found and probe not in ENDING:
        found += termination.judge(bench, run)
    return found


def _refused_by_us(run: StreamRun) -> bool:
    return run.counts.get("refused", 0) > 0
