"""Packets that an engram must survive (contract 2 and 11; issue: hooks, errors, unknown kinds, bursts, large ones)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from validator.checks.streaming import messages, session
from validator.checks.streaming.context import SDK, StreamContext
from validator.checks.streaming.session_end import SessionEnd
from validator.findings import Finding, Json, Rule
from validator.rules import streaming as rules
from validator.sandbox.stream_model import Send, StreamRun
from validator.suite.quantities import size_text

ADVICE = "Drop what you do not know: call Done() and go on."
LOG_ADVICE = "Log the error of EmitSignal, and go on."

DEADLY: dict[str, Rule] = {
    "hooks": rules.HOOK,
    "hook-twice": rules.HOOK,
    "upstream-error": rules.UPSTREAM_ERROR,
    "unknown-kind": rules.UNKNOWN_KIND,
    "empty-payload": rules.EMPTY_PAYLOAD,
    "signals-fail": rules.SIGNAL_FAILS,
    "burst": rules.BURST,
    "large": rules.LARGE,
}
"""Probe -> what it is called when it ends the session."""


def died(context: StreamContext, run: StreamRun, end: SessionEnd) -> Iterator[Finding]:
    """The probe's packet ended the session."""
    probe = run.case.probe
    rule = DEADLY[probe]
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
        **_facts(run, _reason(run, end)),
    )


def _reason(run: StreamRun, end: SessionEnd) -> str:
    if run.exit.oom:
        return "it used more memory than it may"
    return "its Stream returned" if end.returned else end.reason


def _facts(run: StreamRun, reason: str) -> dict[str, Any]:
    sends = [step for step in run.case.steps if isinstance(step, Send)]
    return {
        "reason": reason,
        "problem": f"the session ended ({reason})",
        "count": max((step.times for step in sends), default=1),
        "size": size_text(max((sent.size for sent in run.sent), default=0) >> 20 << 20),
    }


def burst(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `burst`: every packet is reported as done."""
    if (missing := run.missing()) and run.settled != "time-limit":
        problem = "packets were never reported as done"
        evidence: dict[str, Json] = {"missing": len(missing), "first": missing[0].label}
        yield context.say(
            rules.BURST, run, at=missing[0].at, evidence=evidence, **{**_facts(run, ""), "problem": problem}
        )


def hook_twice(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `hook-twice`: one message id, delivered twice, with a plain packet behind each."""
    second, plain = run.marked("second"), context.baseline
    if second is None or plain is None:
        return
    before = [messages.shape(entry) for entry in run.outputs if entry.at < second]
    after = [messages.shape(entry) for entry in run.outputs if entry.at >= second]
    if len(before) > plain and sorted(before) == sorted(after):
        yield context.say(rules.HOOK_TWICE, run, fault="sdk", at=second)
