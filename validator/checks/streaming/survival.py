"""What it is called when an unusual packet ends a session (contract 2 and 11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from validator.checks.streaming import session
from validator.checks.streaming.context import SDK, StreamContext
from validator.checks.streaming.session_end import SessionEnd
from validator.findings import Finding, Rule
from validator.rules import streaming as rules
from validator.sandbox.stream_model import (
    Send,
    StreamRun,
)
from validator.suite.quantities import size_text

ADVICE = "Drop what you do not know: call Done() and go on."
LOG_ADVICE = "Log the error of EmitSignal, and go on."


def died(context: StreamContext, run: StreamRun, end: SessionEnd, rule: Rule) -> Iterator[Finding]:
    """The probe's packet ended the session."""
    probe = run.case.probe
    if probe == "upstream-error" and any("error messages must not carry media" in log.text for log in run.logs):
        gap = f"{SDK} {run.sdk_version} ends the session of whoever receives an error packet"
        yield context.say(rules.GAP, run, fault="sdk", at=end.at, gap=gap)
        return
    specific = list(session.refused(context, run, end))
    if specific:
        yield from specific
        return
    if probe == "burst" and end.returned:
        # Nothing in these packets is unusual: it ends by itself after so many, as it would in any case.
        yield from session.judge(context, run, end)
        return
    hooks = [step.packet.hook for step in run.case.steps if isinstance(step, Send) and step.packet.hook]
    yield context.say(
        rule,
        run,
        at=end.at,
        advice=LOG_ADVICE if probe == "signals-fail" else ADVICE,
        evidence={"hooks": list(hooks)} if hooks else {},
        **facts(run, _reason(run, end)),
    )


def _reason(run: StreamRun, end: SessionEnd) -> str:
    if run.exit.oom:
        return "it used more memory than it may"
    return "its Stream returned" if end.returned else end.reason


def facts(run: StreamRun, reason: str) -> dict[str, Any]:
    """What messages of these rules say of the packets, and of why the session ended."""
    sends = [step for step in run.case.steps if isinstance(step, Send)]
    return {
        "reason": reason,
        "problem": f"the session ended ({reason})",
        "count": max((step.times for step in sends), default=1),
        "size": size_text(max((sent.size for sent in run.sent), default=0) >> 20 << 20),
    }
