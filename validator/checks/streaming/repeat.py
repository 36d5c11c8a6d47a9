"""What did not come in time may have been held up by the machine: it is a fault only when it shows twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from validator.findings import Finding, Subject, Unchecked
from validator.rules import streaming as rules

Verdicts = tuple[Finding | Unchecked, ...]

TIMED = {
    rule.code
    for rule in (
        rules.HALF_OPEN, rules.STOPPED_READING, rules.NO_RECEIPT, rules.CHUNKS_IN, rules.NOT_REACKNOWLEDGED,
        rules.REPLAY_LOST, rules.DROPPED, rules.BACKLOG, rules.WRONG_CHUNKS, rules.BAD_HANDSHAKE, rules.NO_HEARTBEAT,
        rules.HANG, rules.DRAINING, rules.CUTOVER, rules.NO_RECONNECT, rules.DEAF, rules.STORM, rules.NEVER_GIVES_UP,
        rules.BURST,
    )
}  # fmt: skip
"""Rules that rest on what came too late, too early, or not at all while it was waited for."""

UNSURE = "it showed in one of two runs: the machine is busy, or the engram does not always behave the same"


def confirmed(verdicts: Verdicts, again: Callable[[], Verdicts], subject: Subject) -> Verdicts:
    """The verdicts of a run; what rests on time only where `again`, the verdicts of another run, says the same.

    What shows in one of two runs is not checked, and said to be: whether the machine or the engram wavers is unknown.
    """
    doubtful = _codes(verdicts) & TIMED
    if not doubtful:
        return verdicts
    doubtful -= _codes(again())
    return tuple(_unsure(each, subject) if _code(each) in doubtful else each for each in verdicts)


def unsure(verdicts: Iterable[Finding | Unchecked]) -> str:
    """Why verdicts do not say that a case passed although they have no fault; empty when nothing wavers."""
    return next((UNSURE for each in verdicts if isinstance(each, Unchecked) and each.reason == UNSURE), "")


def _unsure(each: Finding | Unchecked, subject: Subject) -> Unchecked:
    return Unchecked(f"{each.rule.code} {each.rule.name}" if isinstance(each, Finding) else each.what, UNSURE, subject)


def _codes(verdicts: Iterable[Finding | Unchecked]) -> set[str]:
    return {_code(each) for each in verdicts} - {""}


def _code(each: Finding | Unchecked) -> str:
    """The code of an error or a warning; empty for all that is no fault."""
    return each.rule.code if isinstance(each, Finding) and each.severity.rank else ""
