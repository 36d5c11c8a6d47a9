"""Findings as GitHub annotations, by workflow commands: no token is needed, so they work on forks as well.

GitHub shows ten errors, ten warnings and ten notices a step; the ones that matter come first, the rest is counted.
"""

from __future__ import annotations

import posixpath
from collections import Counter

from validator.findings import Finding, Location, Severity
from validator.reports.escapes import command_data, command_property, cut, workflow_log
from validator.reports.excerpts import last_line
from validator.reports.tallies import counted, urgent
from validator.reports.values import compact
from validator.suite.results import Report

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
LIMIT = 10
MESSAGE_LIMIT = 4_000
TITLE_LIMIT = 255


def render(report: Report, *, prefix: str = "", limit: int = LIMIT) -> str:
    """One command a line, the worst first, then a line that counts what GitHub would not show.

    `prefix` is the path from the repository's root to the workspace root; `limit` holds for each severity.
    """
    told: Counter[Severity] = Counter()
    lines = []
    hidden: Counter[Severity] = Counter()
    for finding in urgent(report.findings):
        if told[finding.severity] < limit:
            told[finding.severity] += 1
            lines.append(annotation(finding, prefix))
        else:
            hidden[finding.severity] += 1
    if hidden:
        rest = ", ".join(
            counted(hidden[severity], severity.value) for severity in reversed(Severity) if hidden[severity]
        )
        lines.append(
            workflow_log(f"{rest} not annotated: GitHub shows {limit} of each a step. The report has all of them.")
        )
    return "".join(f"{line}\n" for line in lines)


def annotation(finding: Finding, prefix: str = "") -> str:
    """The workflow command for one finding."""
    properties = {
        **_place(finding.location, prefix),
        "title": cut(f"{finding.rule.code} {finding.rule.name}", TITLE_LIMIT),
    }
    rendered = ",".join(f"{name}={command_property(value)}" for name, value in properties.items())
    return f"::{COMMANDS[finding.severity]} {rendered}::{command_data(cut(_message(finding), MESSAGE_LIMIT))}"


def _message(finding: Finding) -> str:
    """The message with what makes it believable and what to do: all that is seen beside the diff."""
    lines = [cut(finding.message, MESSAGE_LIMIT // 2), f"in {finding.subject}"]
    for name, value in finding.evidence.items():
        if not (isinstance(value, str) and "\n" in value):  # logs are for the log
            lines.append(f"{name}: {compact(value, 300)}")
    lines += [f"see {related.location}: {related.message}" for related in finding.related[:3]]
    if finding.suggestion:
        lines.append(f"help: {finding.suggestion.text}")
    return "\n".join(lines)


def _place(location: Location, prefix: str) -> dict[str, str]:
    """The place in GitHub's terms: ends are inclusive, and columns are allowed only within one line."""
    file = repository_path(location.file, prefix)
    if not file:
        return {}
    last, end_column = last_line(location)
    place = {"file": file, "line": str(location.line)}
    if last != location.line:
        return {**place, "endLine": str(last)}
    place |= {"endLine": str(last), "col": str(location.column)}
    if end_column:
        place["endColumn"] = str(max(location.column, end_column - 1))
    return place


def repository_path(file: str, prefix: str) -> str:
    """The path from the repository's root; empty when the file is not in the repository."""
    path = posixpath.normpath(posixpath.join(prefix, file))
    return "" if path.startswith(("../", "/")) or path in {"..", "."} else path
