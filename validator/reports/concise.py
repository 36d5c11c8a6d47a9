"""Findings a line each, for editors, terminals and other tools; alone, by file, or only counted by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from rich.cells import cell_len

from validator.findings import Finding
from validator.reports.escapes import brief
from validator.reports.panels import Line
from validator.reports.tallies import counted
from validator.suite.results import Report

LONGEST = 1_000
"""Characters of a message."""


def concise(report: Report) -> Iterator[Line]:
    """`file:line:column: severity[code] message`, in reading order: the form that most editors understand."""
    for finding in report.findings:
        yield ((f"{brief(str(finding.location))}: ", "place"), *_message(finding))


def grouped(report: Report) -> Iterator[Line]:
    """The findings of each file below its name."""
    for file, found in groupby(report.findings, key=lambda finding: finding.location.file):
        findings = list(found)
        places = [f"{finding.location.line}:{finding.location.column}" for finding in findings]
        width = max(map(len, places))
        yield ((brief(file) or "no file", "place"), (f" ({counted(len(findings), 'finding')})", "dim"))
        for place, finding in zip(places, findings, strict=True):
            yield ((f"  {place:>{width}} ", "dim"), *_message(finding))
        yield ()


def statistics(report: Report) -> Iterator[Line]:
    """How many findings each rule has, the most frequent first, and how many of them `check --fix` can mend."""
    counts = Counter(finding.rule for finding in report.findings)
    fixable = Counter(finding.rule for finding in report.findings if _fixable(finding))
    width = max((len(f"{count:,}") for count in counts.values()), default=0)
    names = max((cell_len(rule.name) for rule in counts), default=0)
    for rule, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0].code)):
        severity = rule.severity.value
        mends = f"  {fixable[rule]:,} with an edit" if fixable[rule] else ""
        padding = " " * (names - cell_len(rule.name))
        yield (
            (f"{count:>{width},}  {rule.code}  ", ""),
            (f"{severity:<7}", severity),
            (f"  {rule.name}{padding}", ""),
            (mends, "dim"),
        )


def _message(finding: Finding) -> Line:
    severity = finding.severity.value
    return ((f"{severity}[{finding.rule.code}]", severity), (f" {brief(finding.message, LONGEST)}", ""))


def _fixable(finding: Finding) -> bool:
    suggestion = finding.suggestion
    return suggestion is not None and suggestion.location is not None
