"""Packets that come again, ends of the input and reconnects (contract 5, 7 and 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from validator.checks.streaming import messages
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.probe import Probe
from validator.checks.streaming.sample import Sample
from validator.checks.streaming.scripts import answers, environment, fence, row
from validator.checks.streaming.session_end import back, last_words
from validator.findings import Finding, Json
from validator.rules import streaming as rules
from validator.sandbox.stream_model import (
    Await,
    Disconnect,
    Mark,
    Send,
    StreamCase,
    StreamRun,
)

UNDER_WAY = 8
"""Packets that a dropped connection finds an engram at work on."""
OPEN = 0.25
"""Seconds from the arrival of a packet to a drop that finds it open."""
BACKOFF_MS = 100
"""The base back-off of the probe `give-up`; the SDK's jitter takes a fifth off."""
SLACK = 0.7


def _duplicate(sample: Sample) -> StreamCase:
    """Section 5: a packet that is done comes again."""
    steps = (
        Send(replace(sample.packet, label="the packet")),
        Await("receipts"),
        *answers(sample),
        Mark("again"),
        Send(replace(sample.packet, repeats="the packet", label="the packet")),
        Await("receipts"),
    )
    return row(sample, "duplicate", steps)


def duplicates(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `duplicate`: one packet twice, the second time after it was done."""
    again = run.marked("again")
    if again is None:
        return
    label = next((sent.label for sent in run.sent if sent.at >= again), "a packet")
    if any(sent.at >= again and sent.due and not sent.receipts for sent in run.sent):
        yield context.say(rules.NOT_REACKNOWLEDGED, run, fault="sdk", at=again, label=label)
        return
    before = sorted(messages.shape(entry) for entry in run.outputs if entry.at < again)
    after = sorted(messages.shape(entry) for entry in run.outputs if entry.at >= again)
    if context.baseline and after and before == after:
        yield context.say(rules.DUPLICATE, run, fault="sdk", at=again, label=label)


def _input_closed(sample: Sample) -> StreamCase:
    """Section 7: the streams end, and no reconnect is allowed."""
    steps = (
        Send(sample.packet),
        Await("receipts"),
        Mark("closed"),
        Disconnect("OK"),
        Await("exit", within=sample.grace),
    )
    return row(sample, "input-closed", steps, stop=False, time_limit=sample.time_limit + sample.grace)


def closed_input(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `input-closed`: the connector ends the streams, and the engram may not reconnect."""
    closed = run.marked("closed")
    if closed is None or any(entry.event == "open" and entry.at >= closed for entry in run.transcript):
        # It reconnects where it may not: the probe `give-up` judges that.
        return
    if run.signalled:
        waited = run.case.steps[-1]
        yield context.say(
            rules.CLOSED_INPUT,
            run,
            at=closed,
            advice="Return from Stream when the input channel is closed or ctx.Done().",
            grace=f"{getattr(waited, 'within', 0) or 0:g}",
        )


def _reconnect(sample: Sample) -> StreamCase:
    """Section 9: the connection drops while nothing is open."""
    steps = (
        Send(sample.packet),
        Await("receipts"),
        Mark("dropped"),
        Disconnect("UNAVAILABLE"),
        Await("session", 2, within=sample.patience),
        Send(replace(sample.packet, label="the first packet after it"), background=True),
        Await("receipts"),
    )
    return row(sample, "reconnect", steps, retries=3)


def again(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `reconnect`: the connection drops once."""
    dropped = run.marked("dropped")
    if dropped is None:
        return
    if run.sessions < 2:
        yield context.say(rules.NO_RECONNECT, run, at=dropped, reason=_gone(run))
        return
    for sent in run.missing()[:1]:
        yield context.say(rules.DEAF, run, at=sent.at, label=sent.label)


def _gone(run: StreamRun) -> str:
    """Why an engram did not come back."""
    exited = not run.signalled and run.exit.code is not None
    return last_words(run) or (f"it exited with status {run.exit.code}" if exited else "it said nothing")


def _replay(sample: Sample) -> StreamCase:
    """Section 5: the connection drops before a packet is done, and while others have just come."""
    many = UNDER_WAY if UNDER_WAY * sample.pace <= sample.observe else 0
    more = replace(sample.packet, label="a packet under way")
    steps = (
        Send(sample.packet),
        Await("receipts"),
        *answers(sample),
        Mark("open"),
        Send(replace(sample.packet, label="the open packet")),
        # There is no event for "it has the packet", which alone makes it matter that it is open: its first outputs say
        # so, else an answer on the other stream and a moment. Not longer, so that one who takes its time is not done.
        *fence(sample.observe),
        *((Await("outputs", sample.answers, within=2 * OPEN),) if sample.answers else ()),
        Await("exit", within=OPEN),
        *((Mark("under way"), Send(more, times=many), *fence(sample.observe)) if many else ()),
        Disconnect("UNAVAILABLE"),
        Await("session", 2, within=sample.patience),
        Await("receipts"),
    )
    return row(sample, "replay", steps, retries=3)


def replays(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `replay`: the connection drops while packets are open, and they come again."""
    if not run.signalled and run.exit.code not in {None, 0, 1}:
        # 0 and 1 may be the SDK's, which races with Stream (runtime.md 2.9).
        yield context.say(rules.NO_RECONNECT, run, reason=_gone(run))
        return
    for sent in run.missing()[:1]:
        yield context.say(rules.REPLAY_LOST, run, fault="sdk", at=sent.at, label=sent.label)


def _give_up(sample: Sample) -> StreamCase:
    """Section 9: nobody is there any more."""
    steps = (
        Send(sample.packet),
        Await("receipts"),
        Mark("dropped"),
        Disconnect("UNAVAILABLE", refuse=-1),
        Await("exit", within=sample.patience + 2),
    )
    base, most = BACKOFF_MS, 2 * BACKOFF_MS
    env = environment(sample, BUBU_GRPC_RECONNECT_BASE_BACKOFF=base, BUBU_GRPC_RECONNECT_MAX_BACKOFF=most)
    return row(sample, "give-up", steps, env=env, retries=2, stop=False)


def give_up(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `give-up`: every further session is refused."""
    dropped = run.marked("dropped")
    if dropped is None:
        return
    opens = [e.at for e in run.transcript if e.event == "open" and e.stream == "data" and e.at >= dropped]
    starts = [e.at for e in run.transcript if e.event == "end" and e.stream == "data"][:1] + opens
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    hasty = [gap for gap in gaps if gap < SLACK * BACKOFF_MS / 1000]
    allowed = run.case.retries
    if len(hasty) > 1:
        evidence: dict[str, Json] = {"attempts": len(opens), "seconds_between": [round(gap, 3) for gap in gaps[:20]]}
        yield context.say(rules.STORM, run, fault="sdk", at=dropped, evidence=evidence, base=BACKOFF_MS)
    elif run.signalled or len(opens) > allowed:
        yield context.say(rules.NEVER_GIVES_UP, run, at=dropped, retries=allowed)


# fmt: off
PROBES = (
    Probe("duplicate", _duplicate, "sends a packet again that is done", "no second answer, another receipt",
          (rules.DUPLICATE, rules.NOT_REACKNOWLEDGED), judge=duplicates, owns_receipts=True),
    Probe("input-closed", _input_closed, "ends both streams, no retries left", "the engram exits",
          (rules.CLOSED_INPUT,), judge=closed_input, ends=True),
    Probe("reconnect", _reconnect, "drops the connection once", "a second session that works",
          (rules.NO_RECONNECT, rules.DEAF), judge=again, needs=frozenset({"input-closed"}), ends=True, runner=back),
    Probe("replay", _replay, "drops it while packets are open", "they are handled after all",
          (rules.REPLAY_LOST, rules.NO_RECONNECT), judge=replays, needs=frozenset({"input-closed", "reconnect"}),
          ends=True, is_long=True, runner=back),
    Probe("give-up", _give_up, "refuses every further session", "back-off, then the engram exits",
          (rules.STORM, rules.NEVER_GIVES_UP), judge=give_up, needs=frozenset({"input-closed"}), ends=True),
)
# fmt: on
