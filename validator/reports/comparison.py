"""What changed since an earlier report: which findings are new, which are gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from validator.findings import Finding
from validator.suite.results import Report


@dataclass(frozen=True, slots=True)
class Comparison:
    """The findings of a report beside those of an earlier one. The same finding has the same fingerprint in both."""

    new: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    same: int

    @property
    def words(self) -> str:
        """`2 new, 1 fixed, 14 as before`."""
        return f"{len(self.new):,} new, {len(self.fixed):,} fixed, {self.same:,} as before"


def compare(report: Report, before: Report) -> Comparison:
    """What a report has more and less than an earlier one; equal findings count as often as they are there."""
    new = _without(report.findings, before.findings)
    return Comparison(new, _without(before.findings, report.findings), len(report.findings) - len(new))


def _without(findings: Iterable[Finding], others: Iterable[Finding]) -> tuple[Finding, ...]:
    left = Counter(finding.fingerprint for finding in others)
    remaining = []
    for finding in findings:
        if left[finding.fingerprint]:
            left[finding.fingerprint] -= 1
        else:
            remaining.append(finding)
    return tuple(remaining)
