"""What of ours explains what went wrong in a streaming run: then it is not checked, with what to do.

The table of what can bite is that of all modes (`checks/stand_in.py`). What an engram put out is never excused by it:
only that its session ended, or that something did not come. Where it had no connection left to a stub service, all that
went wrong may come from that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from validator.checks import decoding, stand_in
from validator.checks.services import unreached
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.messages import kind, payload
from validator.checks.streaming.session_end import last_words, session_end
from validator.findings import Finding, Unchecked
from validator.rules import streaming as rules
from validator.sandbox.stream_model import StreamRun

EXCUSABLE = {
    rule.code
    for rule in (
        rules.NEVER_CONNECTED, rules.SESSION_LOST, rules.RETURNS, rules.NO_RECEIPT, rules.STOPPED_READING,
    )
}  # fmt: skip
"""Rules that rest on an end, or on what did not come; `UNEXPECTED` as well, where nothing but errors came out."""
_REMARK = re.compile(r'"level": ?"(?:TRACE|DEBUG|INFO)"|^(?:TRACE|DEBUG|INFO)\b', re.IGNORECASE)
_WHAT = "what went wrong in `{}`"


def excused(
    context: StreamContext, run: StreamRun, verdicts: tuple[Finding | Unchecked, ...]
) -> tuple[Finding | Unchecked, ...]:
    """The verdicts on a run, without what may be our doing; in place of that, why it is not checked."""
    wrong = [each for each in verdicts if isinstance(each, Finding) and each.severity.rank]
    overrun = run.services.connections.overrun if run.services is not None else ""
    ours = wrong if overrun else [each for each in wrong if _excusable(run, each)]
    reason = next(stand_in.reasons(_seen(context, run, ours)), "") if ours else ""
    if not reason:
        return verdicts
    remaining = tuple(each for each in verdicts if each not in ours)
    return (*remaining, unchecked(context, run, reason))


def unchecked(context: StreamContext, run: StreamRun, reason: str) -> Unchecked:
    """What went wrong in a run is not checked, because it may be our doing."""
    return Unchecked(_WHAT.format(run.case.name), reason, context.subject)


def reason_in(verdicts: Iterable[Finding | Unchecked]) -> str:
    """Why what went wrong is not checked; empty where nothing was excused."""
    start = _WHAT.partition("{")[0]
    return next((each.reason for each in verdicts if isinstance(each, Unchecked) and each.what.startswith(start)), "")


def _excusable(run: StreamRun, finding: Finding) -> bool:
    only_errors = all(kind(entry) == "error" for entry in run.outputs)
    return finding.rule.code in EXCUSABLE or (finding.rule is rules.UNEXPECTED and only_errors)


def _seen(context: StreamContext, run: StreamRun, ours: list[Finding]) -> stand_in.Seen:
    logs = "\n".join(log.text for log in run.logs)
    words = [last_words(run), *_errors(run)]
    waits = any(each.rule in {rules.NO_RECEIPT, rules.STOPPED_READING} for each in ours)
    return stand_in.Seen(
        words="\n".join(words),
        requests=run.requests,
        unknown=run.unknown,
        limits=run.limits,
        services=run.services,
        waited=tuple(dict.fromkeys(unreached(logs))) if waits else (),
        refused=_refused(context, run, ours, logs),
    )


def _clean(run: StreamRun) -> bool:
    """Whether the program ended by itself, as one that gives up does: with a status, and no crash."""
    end = session_end(run)
    return end is not None and end.exited and bool(end.code) and not end.panicked and not run.exit.oom


def _printed(run: StreamRun) -> str:
    """The last line of standard output, where programs without an SDK say what is wrong; a log's remarks are none."""
    lines = [log.text.strip() for log in run.logs if log.stream == "stdout" and log.text.strip()]
    return lines[-1] if lines and not _REMARK.search(lines[-1]) else ""


def _errors(run: StreamRun) -> Iterator[str]:
    """What the engram's error packets say."""
    for entry in run.outputs:
        error = payload(entry) if kind(entry) == "error" else None
        if isinstance(error, dict):
            yield str(error.get("message") or "")


def _refused(context: StreamContext, run: StreamRun, ours: list[Finding], logs: str) -> str:
    """What of the invented values the engram refused, and its words: cleanly, before its session or by naming them.

    A crash, an end without a word and a decoder that refuses what the schema allows are faults whatever the values.
    """
    invented, words = context.invented, last_words(run) or _printed(run)
    if invented is None or not words or not _clean(run) or any(decoding.of_config(logs)):
        return ""
    before = any(each.rule is rules.NEVER_CONNECTED for each in ours)
    return f"{invented.what}: {words}" if before or invented.named_in(words) else ""
