"""What can only be said when all cases of an engram are done: what its outputs teach, and what was told twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from validator.checks.isolation.learned import proposed, unseen
from validator.findings import REPRODUCE, Finding, Json, Subject
from validator.suite.cases import Mode, Origin
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome, RunResult

Outputs: TypeAlias = Mapping[Mode, Sequence[Sequence[Json]]]
"""What each successful case put out, by mode: a program may well put out other things as a job than as a stream."""


def concluded(run_result: RunResult, units: Iterable[Unit], outputs: Mapping[str, Outputs]) -> RunResult:
    """The result with what is known at the end of each unit; `outputs` are those of its successful cases."""
    findings: list[Finding] = []
    of_unit: dict[Subject, list[Finding]] = defaultdict(list)
    for finding in run_result.findings:
        of_unit[_whole(finding.subject)].append(finding)
    results = list(run_result.results)
    for unit in units:
        of_mode = outputs.get(unit.name, {})
        seen = [output for cases in of_mode.values() for case in cases for output in case]
        derived = {case.name for case in unit.cases if case.canary or case.search is not None}
        kept, told = _once(of_unit.pop(unit.subject, []), derived)
        canaries = {case.name for case in unit.cases if case.canary}
        results = [_cleared(result, unit.subject, canaries & told, kept) for result in results]
        findings += proposed(unit.template, kept, seen)
        # Samples do not try to bring everything out, however many there are.
        written = {case.mode for case in unit.cases if case.origin is Origin.WRITTEN}
        findings += unseen(
            unit.template, unit.subject, {str(mode): cases for mode, cases in of_mode.items() if mode in written}
        )
    rest = [finding for each in of_unit.values() for finding in each]
    return replace(run_result, results=tuple(results), findings=(*findings, *rest))


def unlooked_at(run_result: RunResult, units: Iterable[Unit], checks: Sequence[str]) -> Iterator[CaseResult]:
    """A row for each engram that ran, and that no chosen check judges: such a run proves nothing about it."""
    ran = {image.template for image in run_result.images}
    judged = {result.subject.name for result in run_result.results if result.check in checks}
    if run_result.broken or run_result.interrupted:
        return
    for unit in units:
        if unit.cases and unit.template.name in ran and unit.name not in judged:
            modes = " and ".join(sorted({str(case.mode) for case in unit.cases}))
            reason = f"its cases are {modes} cases, and of those `--checks {','.join(checks)}` judges none"
            yield CaseResult(unit.subject, checks[0], Outcome.NOT_CHECKED, 0.0, message=reason)


def _once(findings: Sequence[Finding], derived: set[str]) -> tuple[list[Finding], set[str]]:
    """The findings without those of derived cases that an ordinary case tells as well, and which cases told those.

    `derived` are runs with canaries, and the one that explores. What that one knows better is kept.
    """

    def key(finding: Finding) -> tuple[object, ...]:
        return finding.rule.code, finding.location, finding.anchor

    ordinary = {key(finding) for finding in findings if finding.subject.case not in derived}
    again = [finding for finding in findings if finding.subject.case in derived and key(finding) in ordinary]
    smaller = {key(finding): finding.evidence for finding in again if REPRODUCE in finding.evidence}
    kept = [
        _shrunk(finding, smaller[key(finding)]) if key(finding) in smaller else finding
        for finding in findings
        if finding not in again
    ]
    return kept, {finding.subject.case for finding in again}


def _shrunk(finding: Finding, evidence: Mapping[str, Json]) -> Finding:
    """The finding with the smallest inputs that show it, as exploring found them."""
    smallest: dict[str, Json] = {
        f"smallest {what}": evidence[what] for what in ("inputs", "packets") if what in evidence
    } | {REPRODUCE: evidence[REPRODUCE]}
    return replace(finding, evidence={**finding.evidence, **smallest})


def _cleared(result: CaseResult, subject: Subject, told: set[str], kept: Sequence[Finding]) -> CaseResult:
    """A run with canaries that found nothing but what was told already has nothing to say of isolation."""
    own = (
        _whole(result.subject) == subject
        and result.subject.case in told
        and result.outcome in {Outcome.FAILED, Outcome.WARNED}
    )
    if not own or any(finding.subject == result.subject and finding.severity.rank for finding in kept):
        return result
    return replace(result, outcome=Outcome.PASSED, message="")


def _whole(subject: Subject) -> Subject:
    return Subject(subject.kind, subject.name)
