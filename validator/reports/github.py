"""Findings as GitHub annotations, by workflow commands: no token is needed, so they work on forks as well.

GitHub shows ten errors, ten warnings and ten notices a step; the ones that matter come first, the rest is counted.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from validator.findings import Finding, Location, Severity
from validator.reports.diff import Changed
from validator.reports.escapes import command_data, command_property, cut, inline
from validator.reports.excerpts import last_line
from validator.reports.tallies import counted, urgent
from validator.reports.values import evidence_text
from validator.suite.results import Report

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
LIMIT = 10
MESSAGE_LIMIT = 4_000
TITLE_LIMIT = 255
MOST_OTHERS = 3
MOST_EVIDENCE = 2
"""What is shown beside the diff has three lines: the rest is in the summary and in the log."""


def render(
    report: Report, *, prefix: str = "", limit: int = LIMIT, changed: Changed | None = None, run: str = ""
) -> str:
    """One command a line: the worst first, and of these what stands in the diff; then one that counts the rest.

    `prefix` is the path from the repository's root to the workspace root; `limit` holds for each severity. `changed` is
    what the pull request shows, where that is known; `run` is the page with the job summary.
    """
    groups: dict[tuple[Severity, str, Location], list[Finding]] = {}
    for finding in pressing(report.findings, changed or {}, prefix):
        groups.setdefault((finding.severity, finding.rule.code, finding.location), []).append(finding)
    sizes = Counter(severity for severity, _, _ in groups)
    room = dict.fromkeys(Severity, limit)
    if any(size > limit for size in sizes.values()):
        room[Severity.NOTE] -= 1  # the place of the one that counts the rest
    lines: list[str] = []
    hidden: Counter[Severity] = Counter()
    for (severity, _, _), (finding, *others) in groups.items():
        if room[severity]:
            room[severity] -= 1
            lines.append(annotation(finding, prefix, others))
        else:
            hidden[severity] += 1 + len(others)
    if hidden:
        lines.append(_rest(hidden, limit, run))
    return "".join(f"{line}\n" for line in lines)


def pressing(findings: Iterable[Finding], changed: Changed, prefix: str = "") -> list[Finding]:
    """The worst first, of these what stands in the diff, and then in reading order: not all may be shown."""

    def order(finding: Finding) -> tuple[int, bool]:
        lines = changed.get(repository_path(finding.location.file, prefix), {})
        return -finding.severity.rank, finding.location.line not in lines

    return sorted(urgent(findings), key=order)


def _rest(hidden: Mapping[Severity, int], limit: int, run: str) -> str:
    """An annotation of its own: who reads only the pull request must not take ten for all."""
    rest = ", ".join(counted(hidden[severity], severity.value) for severity in reversed(Severity) if hidden[severity])
    where = f"The summary has all of them: {run}" if run else "The report has all of them."
    text = f"{rest} not annotated: GitHub shows {limit} of each a step. {where}"
    return f"::notice title=engram-validate::{command_data(text)}"


def annotation(finding: Finding, prefix: str = "", others: Sequence[Finding] = ()) -> str:
    """The workflow command for one finding, and for `others` of the same rule at the same place."""
    properties = {
        **_place(finding.location, prefix),
        "title": cut(f"{finding.rule.code} {finding.rule.name}", TITLE_LIMIT),
    }
    rendered = ",".join(f"{name}={command_property(value)}" for name, value in properties.items())
    text = cut(_message(finding, others), MESSAGE_LIMIT)
    return f"::{COMMANDS[finding.severity]} {rendered}::{command_data(text)}"


def _message(finding: Finding, others: Sequence[Finding]) -> str:
    """What is wrong, whom it concerns with what makes it believable, and what to do: a line each, beside the diff."""
    facts = [f"in {cut(inline(str(finding.subject)), 300)}"]
    for other in others[:MOST_OTHERS]:
        message = "the same" if other.message == finding.message else cut(inline(other.message), 300)
        facts.append(f"also in {cut(inline(str(other.subject)), 200)}: {message}")
    if len(others) > MOST_OTHERS:
        facts.append(f"and {len(others) - MOST_OTHERS:,} more of this rule here")
    evidence = [
        f"{inline(name)}: {evidence_text(name, value, 300)}"
        for name, value in finding.evidence.items()
        if not (isinstance(value, str) and "\n" in value)  # logs are for the log
    ]
    facts += evidence[:MOST_EVIDENCE]
    lines = [cut(inline(finding.message), MESSAGE_LIMIT // 2), "; ".join(facts)]
    if finding.suggestion:
        advice, _, more = finding.suggestion.text.strip().partition("\n")
        lines.append(
            f"help: {inline(advice).removesuffix(':')} (the log has the lines)" if more else f"help: {inline(advice)}"
        )
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
