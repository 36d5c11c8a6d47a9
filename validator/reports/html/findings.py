"""The findings, each with its excerpt and witness, and in full what the excerpt shows the end of."""

from __future__ import annotations

import json
from collections.abc import Iterator

from validator.findings import Finding, Json, Severity
from validator.reports.document import finite
from validator.reports.escapes import cut, tail
from validator.reports.excerpts import Lines
from validator.reports.html.markup import Markup, folded, join, message, tag
from validator.reports.panels import TAIL_LINES, Layout, Line, body
from validator.reports.tallies import counted, urgent
from validator.suite.results import Report

MOST_FINDINGS = 10_000
"""More make a page that no browser likes; the worst are shown."""
FULL_LINES = 2_000
FULL_VALUE = 50_000
"""Characters of a value that is told in full."""
SHORT_VALUE = 400
"""A value longer than this is cut in the excerpt."""
WIDTH = 110


def findings(report: Report, lines: Lines) -> Markup:
    """All findings, the worst first, with what chooses among them."""
    every = urgent(report.findings)
    if not every:
        return tag("p", "No findings.")
    parts = [_filters(every), tag("div", *(_finding(one, lines) for one in every[:MOST_FINDINGS]), id="findings")]
    if len(every) > MOST_FINDINGS:
        parts.append(tag("p", f"{counted(len(every) - MOST_FINDINGS, 'finding')} more, none worse than these."))
    return join(parts)


def _filters(every: list[Finding]) -> Markup:
    counts = {severity: sum(1 for one in every if one.severity is severity) for severity in reversed(Severity)}
    boxes = [
        tag(
            "label",
            tag("input", type="checkbox", name="severity", value=severity.value, checked=True),
            f" {counted(number, severity.value)}",
            class_=severity.value,
        )
        for severity, number in counts.items()
        if number
    ]
    rules = sorted({(one.rule.code, one.rule.name) for one in every})
    options = [
        tag("option", "all rules", value="*"),
        *(tag("option", f"{code} {name}", value=code) for code, name in rules),
    ]
    search = tag("input", type="search", id="text", placeholder="Filter by text ( / )", aria_label="Filter by text")
    return tag(
        "div",
        search,
        tag("select", *options, id="rule", aria_label="Rule"),
        tag("fieldset", tag("legend", "Severities"), *boxes),
        tag("output", f"{len(every):,} shown", id="shown", aria_live="polite"),
        tag("button", "Fold all", type="button", id="fold"),
        role="search",
        id="filters",
        hidden=True,
    )


def _finding(finding: Finding, lines: Lines) -> Markup:
    severity = finding.severity.value
    title = (
        tag("b", severity, class_="badge"),
        tag("span", f"{finding.rule.code} {finding.rule.name}", class_="rule"),
        tag("span", message(cut(finding.message, 2_000)), class_="message"),
    )
    return tag(
        "details",
        tag("summary", *title),
        tag("pre", panel(body(finding, lines, Layout(width=WIDTH)))),
        *_full(finding),
        class_=f"finding {severity}",
        open=True,
        data_severity=severity,
        data_rule=finding.rule.code,
        id=f"f-{finding.fingerprint}",
    )


def panel(lines: list[Line]) -> Markup:
    """Styled lines; each style is a class."""
    return join(
        join([*(tag("span", part, class_=f"s-{style}") if style else part for part, style in line), "\n"])
        for line in lines
    )


def _full(finding: Finding) -> Iterator[Markup]:
    """What the excerpt has only in part: long logs, transcripts and witnesses."""
    for name, value in finding.evidence.items():
        shown = _long(value)
        if shown:
            yield folded(f"{name} in full", tag("pre", "\n".join(shown)))


def _long(value: Json) -> list[str]:
    if isinstance(value, str) and "\n" in value.strip("\n"):
        return tail(value, FULL_LINES) if value.strip("\n").count("\n") >= TAIL_LINES else []
    text = json.dumps(finite(value), indent=2, ensure_ascii=False)
    return cut(text, FULL_VALUE).split("\n") if len(text) > SHORT_VALUE else []
