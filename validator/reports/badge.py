"""A badge of the verdict, as JSON for an endpoint of shields: what a README shows of the last run.

Source: shields.io/badges/endpoint-badge (schemaVersion, label, message, color, isError).
"""

from __future__ import annotations

import json

from validator.findings import Json, Severity
from validator.reports.tallies import counted
from validator.suite.results import Report

LABEL = "contract"
COLORS = {"passed": "brightgreen", "failed": "red", "error": "lightgrey"}


def render(report: Report) -> str:
    """One JSON object, on one line."""
    fields: dict[str, Json] = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": _message(report),
        "color": "yellow" if report.result == "passed" and _number(report, Severity.WARNING) else COLORS[report.result],
        "isError": report.result != "passed",
    }
    return json.dumps(fields) + "\n"


def _message(report: Report) -> str:
    errors, warnings = (_number(report, severity) for severity in (Severity.ERROR, Severity.WARNING))
    if report.result == "error":
        return "not checked"
    if errors:
        return counted(errors, "error")
    return counted(warnings, "warning") if warnings else report.result


def _number(report: Report, severity: Severity) -> int:
    return sum(finding.severity is severity for finding in report.findings)
