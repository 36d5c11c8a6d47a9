"""Ends: on SIGTERM, and when the input is closed (contract 7). Exit codes after a signal mean nothing (2.9)."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamRun


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """Whether it had to be killed."""
    killed = run.signalled and run.exit.signal == signal.SIGKILL
    if run.case.stop and killed and run.stop_seconds >= run.case.grace:
        yield context.say(
            rules.SIGTERM,
            run,
            advice="Pass a context of signal.NotifyContext(…, syscall.SIGTERM) to the SDK, and return on ctx.Done().",
            grace=f"{run.case.grace:g}",
        )


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
