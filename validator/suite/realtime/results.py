"""A case of a realtime story that was run, as a row of the reports."""

from __future__ import annotations

from collections.abc import Iterator

from validator.findings import Finding, Severity, Subject
from validator.stories.hub.findings import RULES
from validator.stories.hub.outcomes import HopStatus, Outcome
from validator.suite.realtime.running import Ran
from validator.suite.results import CaseResult
from validator.suite.results import Outcome as Verdict
from validator.suite.story_results import CHECK

MOST_LINES = 200
"""Of the account of a case: with more nobody reads it."""


def row(story: Subject, ran: Ran, evidence: str) -> CaseResult:
    """A case that was run. `evidence` is `real`, `recorded` or `mocked`: the weakest of what stood for the engrams."""
    broken = "; ".join(error.message for error in ran.errors)
    worst = max(ran.findings, key=lambda finding: finding.severity.rank, default=None)
    return CaseResult(
        subject=Subject(story.kind, story.name, case=ran.case.name),
        check=CHECK,
        outcome=Verdict.ERROR if broken else Verdict.of(ran.findings),
        seconds=ran.seconds,
        origin="written",
        message=broken or _message(worst),
        properties={"evidence": evidence, "packets": counted(ran)},
        transcript="\n".join(_account(ran)),
    )


def counted(ran: Ran) -> str:
    """`9 deliveries: 8 delivered, 1 dropped`."""
    ways = ran.played.account.ways
    counts = {status: sum(count for kind, count in ways.items() if kind[2] is status) for status in HopStatus}
    parts = ", ".join(f"{count} {status.value}" for status, count in counts.items() if count) or "none"
    total = sum(ways.values())
    return f"{total} {'delivery' if total == 1 else 'deliveries'}: {parts}"


def _message(worst: Finding | None) -> str:
    return worst.message if worst is not None and worst.severity is not Severity.NOTE else ""


def _account(ran: Ran) -> Iterator[str]:
    """How many packets went where, then each that did not arrive."""
    missing = [one for one in ran.played.outcomes if one.status is not HopStatus.DELIVERED]
    count = sum(count for kind, count in ran.played.account.ways.items() if kind[2] is not HopStatus.DELIVERED)
    yield counted(ran)
    yield from map(_line, missing[:MOST_LINES])
    if count > len(missing[:MOST_LINES]):
        yield f"and {count - len(missing[:MOST_LINES])} more that did not arrive"


def _line(one: Outcome) -> str:
    why = f" {RULES[one.cause].code} {one.detail or one.cause.text}" if one.cause is not None else f" {one.detail}"
    return f"{one.at:.2f}s {one.packet}: {one.source} -> {one.target or 'no step'}: {one.status.value}{why}".rstrip()
