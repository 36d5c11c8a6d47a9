"""The report for GitLab's code quality widget: a JSON list of issues, each at a line.

Source: docs.gitlab.com/ci/testing/code_quality (Code Quality report format).
"""

from __future__ import annotations

import json

from validator.findings import Finding, Json, Severity
from validator.reports.escapes import cut, visible
from validator.reports.github import repository_path
from validator.reports.tallies import urgent
from validator.suite.results import Report

SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}
LONGEST = 4_000


def render(report: Report, *, prefix: str = "") -> str:
    """The issues as JSON text in ASCII, without what is in no file of the repository: it has no line to stand at."""
    issues = [_issue(finding, path) for finding in urgent(report.findings) if (path := _path(finding, prefix))]
    return json.dumps(issues, indent=1) + "\n"


def _path(finding: Finding, prefix: str) -> str:
    return repository_path(finding.location.file, prefix)


def _issue(finding: Finding, path: str) -> Json:
    location = finding.location
    return {
        "description": visible(cut(f"{finding.rule.code} {finding.rule.name}: {finding.message}", LONGEST)),
        "check_name": finding.rule.code,
        "fingerprint": finding.fingerprint,
        "severity": SEVERITIES[finding.severity],
        "location": {"path": visible(path), "lines": {"begin": location.line, "end": location.end_line}},
    }
