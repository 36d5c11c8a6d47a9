"""All judges on one run: the one reason that explains it, not all its consequences."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming import (
    battery,
    blame,
    chunks,
    copies,
    expectations,
    garbage,
    limits,
    messages,
    mime,
    receipts,
    schema,
    session,
    signals,
    startup,
    survival,
    termination,
)
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.probe import Probe
from validator.checks.streaming.session_end import session_end
from validator.findings import Finding, Unchecked
from validator.rules import streaming as rules
from validator.rules.conformance import LOG_FLOOD
from validator.rules.services import IDLE_ADVICE, IDLE_CONNECTIONS
from validator.sandbox.stream_model import StreamRun
from validator.suite.quantities import size_text


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
    probed = battery.PROBES.get(probe)
    verdicts = _probe(context, run, probed) if probed is not None else _plain(context, run, contents)
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


def _probe(context: StreamContext, run: StreamRun, probe: Probe) -> list[Finding]:
    end = session_end(run)
    if end is not None and not probe.ends:
        if probe.fatal is not None:
            return list(survival.died(context, run, end, probe.fatal))
        return list(session.judge(context, run, end))
    found = list(probe.judge(context, run)) if probe.judge is not None else []
    if not found and not probe.ends and not probe.owns_receipts:
        found += garbage.stalled(context, run)
        if not found and run.missing() and run.settled != "time-limit":
            found += receipts.judge(context, run)
    if not found and not probe.ends:
        found += termination.judge(context, run)
    return found


def _refused_by_us(run: StreamRun) -> bool:
    return run.counts.get("refused", 0) > 0
