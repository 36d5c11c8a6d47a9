"""The badge: what each verdict says, in the terms of a shields endpoint."""

from __future__ import annotations

import json

import pytest

from tests.reports.report_samples import GOOD, MIXED
from validator.findings import Severity
from validator.reports import badge
from validator.suite.results import Report

ONLY_WARNINGS = Report(findings=tuple(one for one in MIXED.findings if one.severity is Severity.WARNING), checked=1)


@pytest.mark.parametrize(
    ("report", "message", "color"),
    [
        (GOOD, "passed", "brightgreen"),
        (MIXED, "2 errors", "red"),
        (ONLY_WARNINGS, "1 warning", "yellow"),
        (Report(), "not checked", "lightgrey"),
    ],
)
def test_what_it_says(report: Report, message: str, color: str) -> None:
    told = json.loads(badge.render(report))

    assert (told["message"], told["color"]) == (message, color)
    assert told["schemaVersion"] == 1
    assert told["label"] == "contract"
    assert told["isError"] is (color in {"red", "lightgrey"})
