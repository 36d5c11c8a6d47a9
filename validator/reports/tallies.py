"""The counts of a report and its verdict in words: said the same way by every report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from validator import rules
from validator.findings import Finding, Severity, Unchecked
from validator.suite.cases import CONTRACT
from validator.suite.results import CaseResult, Outcome, Report, Status
from validator.suite.story_results import CHECK as STORIES

CHECKS = {
    "1": "manifests",
    "2": "resolution",
    "3": "pairwise",
    "4": "conformance",
    "5": "isolation",
    "6": "streaming",
    "9": "sandbox",
}
"""The check that a rule belongs to, by the first digit of its code (docs/ARCHITECTURE.md, Three answers)."""


WORST_FIRST = (Outcome.FAILED, Outcome.ERROR, Outcome.NOT_CHECKED, Outcome.WARNED, Outcome.PASSED)
"""What a group of rows shows."""

STATIC = ("manifests", "resolution", "pairwise")
"""Checks that read manifests only."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of what."""

    errors: int
    warnings: int
    notes: int
    unchecked: int
    suppressed: int
    images: int
    cases: Mapping[Outcome, int]


def tally(report: Report) -> Tally:
    """Count everything in a report."""
    by_severity = Counter(finding.severity for finding in report.findings)
    by_outcome = Counter(case.outcome for case in report.cases)
    return Tally(
        errors=by_severity[Severity.ERROR],
        warnings=by_severity[Severity.WARNING],
        notes=by_severity[Severity.NOTE],
        unchecked=len(report.unchecked),
        suppressed=len(report.suppressed),
        images=len(report.images),
        cases={outcome: by_outcome[outcome] for outcome in Outcome},
    )


def check_of(code: str) -> str:
    """The check of a rule's code; its family's digit when the family is not known."""
    return rules.check_of(code) if rules.check_of(code) == "stories" else CHECKS.get(code[2:3], code[:3])


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`, `1,024 cases`, `2 stories`."""
    if number == 1:
        return f"{number:,} {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{number:,} {plural}"


def urgent(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with the worst first, in reading order within a severity."""
    return sorted(findings, key=lambda finding: (-finding.severity.rank, finding.sort_key))


def listed(names: Sequence[str], most: int = 3) -> str:
    """`a`, `b` and 2 more, with the first names in backquotes."""
    shown = [f"`{name}`" for name in names[:most]]
    more = [f"{len(names) - most:,} more"] if len(names) > most else []
    *first, last = [*shown, *more]
    return f"{', '.join(first)} and {last}" if first else last


def severities(counts: Tally) -> str:
    """`2 errors, 1 warning`, or `no findings`."""
    named = ((counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note"))
    return ", ".join(counted(number, noun) for number, noun in named if number) or "no findings"


def ran(cases: Iterable[CaseResult]) -> list[CaseResult]:
    """The cases in which an image ran; static checks have a row for each manifest, which findings tell better."""
    return [case for case in cases if case.check not in STATIC]


def outcomes(rows: Iterable[CaseResult]) -> str:
    """`12 passed, 1 failed, 2 not checked`; empty when there are no rows. Says what was not run this time."""
    every = list(rows)
    return _outcomes(Counter(row.outcome for row in every), sum("cache" in row.properties for row in every))


def case_outcomes(rows: Iterable[CaseResult]) -> Counter[Outcome]:
    """How many cases in which an image ran came to what: a case is the worst of its checks, and counts once."""
    return Counter(min((row.outcome for row in own), key=WORST_FIRST.index) for own in _by_case(ran(rows)))


def cases_with_outcomes(rows: Iterable[CaseResult]) -> str:
    """`4 cases: 3 passed, 1 failed`, as many as `plan` and progress tell of; empty when no image ran."""
    own = _by_case(ran(rows))
    cached = sum(any("cache" in row.properties for row in each) for each in own)
    outcomes = _outcomes(case_outcomes(row for each in own for row in each), cached)
    return f"{counted(len(own), 'case')}: {outcomes}" if own else ""


def _outcomes(counts: Mapping[Outcome, int], cached: int) -> str:
    parts = [
        counted(counts[outcome], "error") if outcome is Outcome.ERROR else f"{counts[outcome]:,} {outcome.words}"
        for outcome in Outcome
        if counts.get(outcome)
    ]
    return ", ".join(parts) + (f" ({cached:,} kept from earlier runs)" if cached else "")


def _by_case(rows: Iterable[CaseResult]) -> list[list[CaseResult]]:
    """The rows of each case. All rows of the streaming contract are of the one case that tries them."""
    found: dict[tuple[str, ...], list[CaseResult]] = {}
    for row in rows:
        subject = row.subject
        case = CONTRACT if subject.case.startswith(f"{CONTRACT}: ") else subject.case
        found.setdefault((subject.kind, subject.name, row.mode, case), []).append(row)
    return list(found.values())


def duration(seconds: float) -> str:
    """`0.13 s`, `4.2 s`, `12 min 5 s`."""
    if seconds >= 60:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"


def verdict(report: Report) -> str:
    """What the exit status means here, in a few words: `passed`, `failed`, or why neither can be said."""
    counts = tally(report)
    if report.interrupted:
        return "interrupted: reports only what had finished"
    if report.status is Status.USAGE:
        kinds = {finding.subject.kind for finding in report.findings if finding.severity is Severity.ERROR}
        only_config = "config" in kinds and "file" not in kinds
        wrong = "the configuration has mistakes" if only_config else "some files could not be read"
        return f"error: {wrong}; everything else was checked"
    if report.status is Status.SANDBOX:
        return "sandbox error: the contract was not tested"
    unjudged = f"no output of {listed(report.unjudged)} was judged" if report.unjudged else ""
    if report.status is Status.NOTHING and unjudged:
        return f"not checked: {unjudged}"
    if report.status is Status.NOTHING:
        return "error: nothing to check"
    if report.status is Status.FINDINGS:
        return "failed"
    if unjudged:
        return f"passed, but {unjudged}"
    if counts.unchecked:
        return f"passed ({counts.unchecked:,} not checked)"
    return "passed"


def without_image(report: Report) -> str:
    """What a run that got no image at all can still do here; empty for others."""
    of_stories = any(row.check == STORIES and row.outcome is Outcome.ERROR for row in report.cases)
    if report.status is not Status.SANDBOX or report.images or of_stories:
        return ""
    return "no image could be run; `engram-validate check` makes the static checks and needs none"


def names(items: Iterable[Unchecked]) -> list[str]:
    """What could not be checked, with the place; what several engrams have in common once, with how often."""
    found = Counter(item.what + (f" ({item.location})" if item.location else "") for item in items)
    return [name if times == 1 else f"{name} ({times:,} times)" for name, times in found.items()]


def reasons(unchecked: Iterable[Unchecked]) -> dict[str, list[Unchecked]]:
    """The things that could not be checked, each once, by reason; the most frequent reason first."""
    grouped: dict[str, list[Unchecked]] = {}
    for item in dict.fromkeys(unchecked):
        grouped.setdefault(item.reason, []).append(item)
    return dict(sorted(grouped.items(), key=lambda entry: (-len(entry[1]), entry[0])))
