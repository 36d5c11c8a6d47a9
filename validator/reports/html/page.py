"""The page: the verdict first, then what makes it believable."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from validator import __version__
from validator.reports.comparison import Comparison
from validator.reports.excerpts import Lines
from validator.reports.html import cases, coverage, findings, matrix, sequences, stories, timelines
from validator.reports.html.environment import asset, checksum, environment
from validator.reports.links import Origin, rule_page
from validator.reports.matrix import of_pairs
from validator.reports.tallies import WORST_FIRST, Tally, case_outcomes, duration, reasons, tally, verdict
from validator.suite.results import Outcome, Report

SIGNS = {"passed": "✓", "failed": "✕"}
MOST_ROWS = 250
MOST_NAMES = 100
"""What is named for one reason; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Number:
    """One of the numbers under the verdict."""

    label: str
    value: str
    tone: str
    """The class that colours it; empty for none."""


def render(report: Report, lines: Lines, origin: Origin | None = None, changes: Comparison | None = None) -> str:
    """The whole page. The origin says what was looked at, and where its files can be opened.

    `changes` is what differs from an earlier report, where there is one.
    """
    origin = origin or Origin()
    script = asset("page.js") + (matrix.script() if report.pairs else "")
    return (
        environment()
        .get_template("page.html")
        .render(
            report=report,
            origin=origin,
            version=__version__,
            checksum=checksum(script),
            style=_style(report),
            script=script,
            sign=SIGNS.get(report.result, "⚡"),
            verdict=verdict(report),
            numbers=_numbers(tally(report), report, changes),
            findings=findings.view(report, lines, origin, changes),
            changes=changes,
            stories=stories.view(report),
            most_stories=stories.MOST_STORIES,
            step=stories.STEP,
            sequences=sequences.view(report),
            timelines=timelines.view(report),
            more_timelines=max(len(report.timelines) - timelines.MOST_CASES, 0),
            pairs=_pairs(report),
            cases=cases.view(report),
            reached=coverage.view(report.cases),
            unchecked=list(reasons(report.unchecked).items()),
            rule_page=rule_page,
            most=MOST_ROWS,
            most_names=MOST_NAMES,
        )
    )


def _style(report: Report) -> Markup:
    """The style sheets of what is in the page."""
    style = asset("page.css")
    if report.pairs:
        style += matrix.style()
    if report.timelines:
        style += asset("timelines.css")
    return style + asset("sequence.css") if report.conversations else style


def _pairs(report: Report) -> Markup | None:
    """The table of all pairs; None where there is none."""
    return matrix.table(of_pairs(report.pairs)) if report.pairs else None


def _numbers(counts: Tally, report: Report, changes: Comparison | None) -> tuple[Number, ...]:
    """What there is of what, the worst first; what there is none of is left out, but for findings."""
    words = {
        Outcome.FAILED: "error",
        Outcome.ERROR: "error",
        Outcome.NOT_CHECKED: "unknown",
        Outcome.WARNED: "warning",
        Outcome.PASSED: "passed",
    }
    ran = case_outcomes(report.cases)
    every = (
        _number(counts.errors, "error", "", "error"),
        _number(counts.warnings, "warning", "", "warning"),
        *((_number(counts.notes, "note", "", "note"),) if counts.notes else ()),
        *((_number(len(changes.new), "new finding", "", "error"),) if changes else ()),
        *((_number(len(changes.fixed), "fixed finding", "", "passed"),) if changes else ()),
        *(_number(ran[one], "case", f" {one.words}", words[one]) for one in WORST_FIRST if ran[one]),
        *((_number(counts.unchecked, "check", " not made", "unknown"),) if counts.unchecked else ()),
        *((_number(counts.images, "image"),) if counts.images else ()),
        _number(report.checked, "manifest"),
    )
    return (*every, Number("time", duration(report.seconds), ""))


def _number(number: int, noun: str, more: str = "", tone: str = "") -> Number:
    """`2` above `errors`, `1` above `case failed`; a colour only where there is something."""
    return Number(f"{noun}{'' if number == 1 else 's'}{more}", f"{number:,}", tone if number else "")
