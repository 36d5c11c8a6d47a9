"""How a session ended that nobody asked to end, and what the engram said of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from validator.sandbox.stream_model import Disconnect, StreamCase, StreamRun

Run = Callable[[StreamCase], StreamRun]
"""How a case is run: `run_stream` in some pod."""

REASON = 300
_PREFIX = re.compile(r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(\.\d+)? )?")
_WRAPPER = re.compile(r"^.*?transport connector retries exhausted: ")
_CANCELLED = re.compile(r"context canceled|code = Canceled")
_VARIABLE = ((re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):\d+"), r"\1"), (re.compile(r"0x[0-9a-f]{4,}"), "0x…"))
"""What differs from run to run without a meaning: ports and addresses."""
_TRACE = re.compile(r"^\s*\S+\.go:\d+ \+0x[0-9a-f]+$")
_CRASH = re.compile(r"^panic: |^fatal error: ")
"""What the runtime of Go writes when it ends the program, whatever the SDK says besides."""
_PANIC = re.compile(r"panicked: |^panic: |^fatal error: ")


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """An end that came from the engram."""

    reason: str
    """In the engram's words, without times; `it said nothing` when it did."""
    at: float
    exited: bool
    """The program ended; False when it opened a new session, or none any more."""
    code: int | None = None
    panicked: bool = False
    unexplained: bool = False
    """The SDK ended the session without a reason, or because of a cancellation, which follows from whatever it was."""

    @property
    def returned(self) -> bool:
        """Nothing was wrong, as far as it said: its Stream returned."""
        return self.exited and self.unexplained


def session_end(run: StreamRun) -> SessionEnd | None:
    """The end that the engram chose; None when it was still there to be stopped."""
    dropped = sum(1 for step in run.case.steps if isinstance(step, Disconnect))
    exited = not run.signalled and (run.exit.code is not None or run.exit.signal is not None)
    ends = [entry.at for entry in run.transcript if entry.event == "end" and entry.by == "engram"]
    if not exited and run.sessions <= 1 + dropped + _refused(run) and not _gone(run):
        return None
    at = ends[0] if ends else run.transcript[-1].at if run.transcript else 0.0
    reason = last_words(run)
    quiet = not reason or bool(_CANCELLED.search(reason))
    unexplained = quiet and not run.exit.oom and (not exited or run.exit.code in {0, 1})
    return SessionEnd(
        reason=reason or "it said nothing",
        at=at,
        exited=exited,
        code=run.exit.code if exited else None,
        panicked=bool(_PANIC.search(reason)),
        unexplained=unexplained,
    )


def explained(run: Run) -> Run:
    """The same, but a case that ends without a reason is run once more, to hear it.

    The SDK receives and sends side by side. When it will not send a message, both end, and which of them it blames is
    a race: the one that failed, or the one that was cancelled because of it, which looks as if Stream had returned.
    """

    def again(case: StreamCase) -> StreamRun:
        first = run(case)
        end = session_end(first)
        if end is None or not end.unexplained:
            return first
        second = run(case)
        end_of_second = session_end(second)
        return first if end_of_second is None or end_of_second.unexplained else second

    return again


def back(run: Run) -> Run:
    """The same, but a case from which the engram did not come back, without a reason, is run once more.

    When a connection drops, the SDK closes the input. An engram that returns from Stream at that, as it should, may do
    so before the SDK has noted why, which then takes it for the end (a race as in runtime.md 2.9).
    """

    def again(case: StreamCase) -> StreamRun:
        first = run(case)
        end = session_end(first)
        return run(case) if end is not None and end.returned else first

    return again


def _gone(run: StreamRun) -> bool:
    """Its last session was over before the case was, by its own doing, and no other came."""
    settled = run.marked("settled")
    ends = [entry for entry in run.transcript if entry.event == "end" and entry.stream == "data"]
    return settled is not None and any(
        end.by == "engram" and end.session == run.sessions and end.at < settled for end in ends
    )


def _refused(run: StreamRun) -> int:
    return max(run.counts.get("refused", 0), 0)


def last_words(run: StreamRun) -> str:
    """Why the SDK ended the session, else the last line of standard error; empty when neither says anything."""
    lines = [log.text.strip() for log in run.logs if log.stream == "stderr" and log.text.strip()]
    crash = next((line for line in lines if _CRASH.search(line)), "")
    if crash:
        return _stable(crash)
    for log in reversed(run.logs):
        if '"Transport connector session ended' in log.text:
            try:
                document = json.loads(log.text)
            except (ValueError, RecursionError):
                continue
            return _stable(str(document.get("error", "")))
    panic = next((line for line in lines if _PANIC.search(line)), "")
    text = panic or (lines[-1] if lines else "")
    if _TRACE.search(text):
        return "it crashed, and dumped more goroutines than are kept of a log"
    return _stable(_WRAPPER.sub("", _PREFIX.sub("", text)))


def _stable(text: str) -> str:
    for pattern, replacement in _VARIABLE:
        text = pattern.sub(replacement, text)
    return text[:REASON]
