"""Sequence diagrams of realtime stories in the page; what a case looks like is said in `packets_page`."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from validator.reports import packets_page
from validator.suite.results import Report

MOST_ROWS = 2_000
"""Packets and log lines of one case: the page has more to show."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One case."""

    story: str
    case: str
    passed: bool
    counts: str
    content: Markup


def view(report: Report) -> tuple[Sequence, ...]:
    """The cases of realtime stories, those that failed first."""
    return tuple(
        Sequence(
            one.story,
            one.case,
            one.passed,
            one.counts,
            Markup(packets_page.section(one, most=MOST_ROWS)),  # noqa: S704 - escaped there
        )
        for one in sorted(report.conversations, key=lambda one: one.passed)
    )
