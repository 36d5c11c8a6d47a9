"""Reconnects: back in time, working again, and within the limits (contract 9)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.session_end import last_words
from validator.findings import Finding, Json
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamRun

BACKOFF_MS = 100
"""The base back-off of the probe `give-up`; the SDK's jitter takes a fifth off."""
SLACK = 0.7


def again(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `reconnect`: the connection drops once."""
    dropped = run.marked("dropped")
    if dropped is None:
        return
    if run.sessions < 2:
        yield context.say(rules.NO_RECONNECT, run, at=dropped, reason=gone(run))
        return
    for sent in run.missing()[:1]:
        yield context.say(rules.DEAF, run, at=sent.at, label=sent.label)


def gone(run: StreamRun) -> str:
    """Why an engram did not come back."""
    exited = not run.signalled and run.exit.code is not None
    return last_words(run) or (f"it exited with status {run.exit.code}" if exited else "it said nothing")


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
