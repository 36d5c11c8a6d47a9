"""The page: the verdict first, then what makes it believable."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from validator import __version__
from validator.reports import matrix
from validator.reports.excerpts import Lines
from validator.reports.html import cases, findings, stories
from validator.reports.html.markup import Markup, join, tag
from validator.reports.tallies import counted, duration, outcomes, ran, severities, tally, verdict
from validator.suite.results import Report

SIGNS = {"passed": "✓", "failed": "✕"}


def render(report: Report, lines: Lines) -> str:
    """The whole page."""
    script = _asset("page.js") + (matrix.script() if report.pairs else "")
    checksum = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    sections = [
        _section("findings-section", "Findings", [findings.findings(report, lines)]),
        _section("stories", "Stories", stories.stories(report)),
        _section("pairs", "Every template with every other", _pairs(report)),
        _section("coverage", "Who was checked for what", cases.coverage(report)),
        _section("images", "Tested images", cases.images(report)),
        _section("cases", "Cases", cases.cases(report)),
        _section("unchecked", "Could not be checked: neither passed nor failed", cases.unchecked(report)),
        _section("suppressed", "Suppressed", cases.suppressed(report)),
        _section("times", "Times", cases.times(report)),
    ]
    parts = {
        "checksum": checksum,
        "style": _asset("page.css") + (matrix.style() if report.pairs else ""),
        "title": f"{report.result}: engram-validate",
        "header": _header(report),
        "main": join(sections),
        "script": script,
    }
    before, *rest = _asset("page.html").split("{{")
    pieces = [before]
    for piece in rest:  # one pass, so that nothing in a part is taken for a place of another
        name, _, after = piece.partition("}}")
        pieces += [parts[name], after]
    return "".join(pieces)


def _header(report: Report) -> Markup:
    facts = [severities(tally(report))]
    if ran_cases := ran(report.cases):
        facts.append(f"{counted(len(ran_cases), 'case')}: {outcomes(ran_cases)}")
    facts.append(f"{counted(report.checked, 'manifest')} in {duration(report.seconds)}")
    facts.append(f"engram-validate {__version__}")
    if report.sandbox:
        facts.append(report.sandbox)
    return join(
        [
            tag("h1", tag("span", SIGNS.get(report.result, "⚡"), aria_hidden="true"), f" {verdict(report)}"),
            tag("p", "; ".join(facts)),
        ]
    )


def _pairs(report: Report) -> Iterator[Markup]:
    """The table, with what makes it usable."""
    if report.pairs:
        yield tag("p", "Rows emit, columns accept, whether a story joins them or not. Arrow keys move, Enter pins.")
        yield Markup(matrix.table(matrix.of_pairs(report.pairs)))
    elif report.no_pairs:
        yield tag("p", report.no_pairs)


def _section(name: str, title: str, content: Iterable[Markup]) -> Markup:
    """A section with its heading; nothing at all when it is empty."""
    parts = [*content]
    return tag("section", tag("h2", title), *parts, id=name) if parts else Markup("")


def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
