"""What can only be said when all cases of an engram are done: what its outputs teach, and which findings repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from validator.checks.isolation.learned import proposed, unseen
from validator.findings import REPRODUCE, Finding, Json, Severity, Subject
from validator.suite.cases import Mode, Origin
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome, RunResult

Outputs: TypeAlias = Mapping[Mode, Sequence[Sequence[Json]]]
"""What each successful case put out, by mode: a program may well put out other things as a job than as a stream."""

_FOUND = {Outcome.FAILED, Outcome.WARNED}


def concluded(run_result: RunResult, units: Iterable[Unit], outputs: Mapping[str, Outputs]) -> RunResult:
    """The result with what is known at the end of each unit; `outputs` are those of its successful cases."""
    findings: list[Finding] = []
    of_unit: dict[Subject, list[Finding]] = defaultdict(list)
    for finding in run_result.findings:
        of_unit[_whole(finding.subject)].append(finding)
    results = list(run_result.results)
    for unit in units:
        remaining, repeating = _without_repeats(of_unit.pop(unit.subject, []), unit)
        results = [_without_repeated(result, unit, repeating, remaining) for result in results]
        findings += _on_outputs(unit, remaining, outputs.get(unit.name, {}))
    return replace(run_result, results=tuple(results), findings=(*findings, *chain.from_iterable(of_unit.values())))


def _on_outputs(unit: Unit, findings: Sequence[Finding], of_mode: Outputs) -> Iterator[Finding]:
    """The findings of a unit, and what all its outputs together show."""
    cases = chain.from_iterable(of_mode.values())
    yield from proposed(unit.template, findings, list(chain.from_iterable(cases)))
    # Samples do not try to bring everything out, however many there are.
    written = {case.mode for case in unit.cases if case.origin is Origin.WRITTEN}
    yield from unseen(
        unit.template, unit.subject, {str(mode): cases for mode, cases in of_mode.items() if mode in written}
    )


def unlooked_at(run_result: RunResult, units: Iterable[Unit], checks: Sequence[str]) -> Iterator[CaseResult]:
    """A row for each engram that ran, and that no chosen check judges: such a run proves nothing about it."""
    ran = {image.template for image in run_result.images}
    checked = {result.subject.name for result in run_result.results if result.check in checks}
    if run_result.broken or run_result.interrupted:
        return
    for unit in units:
        if unit.cases and unit.template.name in ran and unit.name not in checked:
            modes = " and ".join(sorted({str(case.mode) for case in unit.cases}))
            reason = f"its cases are {modes} cases, and of those `--checks {','.join(checks)}` judges none"
            yield CaseResult(unit.subject, checks[0], Outcome.NOT_CHECKED, 0.0, message=reason)


def _without_repeats(findings: Sequence[Finding], unit: Unit) -> tuple[list[Finding], dict[str, Severity]]:
    """The findings without those of derived cases that an ordinary case has as well; of which cases, and the worst.

    Derived are runs with canaries, and the one that explores. What that one knows better is kept.
    """
    derived = {case.name for case in unit.cases if case.canary or case.search is not None}

    def key(finding: Finding) -> tuple[object, ...]:
        return finding.rule.code, finding.location, finding.anchor

    ordinary = {key(finding): finding.severity for finding in findings if finding.subject.case not in derived}
    again = [finding for finding in findings if finding.subject.case in derived and key(finding) in ordinary]
    smaller = {key(finding): finding.evidence for finding in again if REPRODUCE in finding.evidence}
    searches = {case.name for case in unit.cases if case.search is not None}
    found_by = {key(finding): finding.subject.case for finding in again if finding.subject.case in searches}
    remaining = [
        _with_case(_shrunk(finding, smaller.get(key(finding))), found_by.get(key(finding)))
        for finding in findings
        if finding not in again
    ]
    repeating: dict[str, Severity] = {}
    for finding in again:
        worst = (repeating.get(finding.subject.case, Severity.NOTE), ordinary[key(finding)])
        repeating[finding.subject.case] = max(worst, key=lambda severity: severity.rank)
    return remaining, repeating


def _with_case(finding: Finding, case: str | None) -> Finding:
    """The finding with the search that shows it, too."""
    return finding if case is None else replace(finding, cases=(*(finding.cases or (finding.subject.case,)), case))


def _shrunk(finding: Finding, evidence: Mapping[str, Json] | None) -> Finding:
    """The finding with the smallest inputs that show it, as exploring found them."""
    if evidence is None:
        return finding
    smallest: dict[str, Json] = {
        f"smallest {what}": evidence[what] for what in ("inputs", "packets") if what in evidence
    } | {REPRODUCE: evidence[REPRODUCE]}
    return replace(finding, evidence={**finding.evidence, **smallest})


def _without_repeated(
    result: CaseResult, unit: Unit, repeating: Mapping[str, Severity], remaining: Sequence[Finding]
) -> CaseResult:
    """The row of a derived case that repeats findings: as bad as what it repeats.

    A run with canaries that has no other findings has nothing to say of isolation.
    """
    name = result.subject.case
    if _whole(result.subject) != unit.subject or name not in repeating or result.outcome not in _FOUND:
        return result
    if any(case.canary for case in unit.cases if case.name == name):
        own = any(finding.subject == result.subject and finding.severity.rank for finding in remaining)
        return result if own else replace(result, outcome=Outcome.PASSED, message="")
    return replace(result, outcome=Outcome.FAILED) if repeating[name] is Severity.ERROR else result


def _whole(subject: Subject) -> Subject:
    return Subject(subject.kind, subject.name)
