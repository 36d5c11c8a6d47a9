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
