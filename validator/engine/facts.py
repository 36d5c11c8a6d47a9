"""One fact, one finding: what several runs of an engram show is told once, with every case that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from validator.findings import Finding, Subject
from validator.rules import conformance
from validator.rules.conformance import INPUTS_CARRIED
from validator.rules.isolation import CONFIG_THROUGH_INPUTS
from validator.rules.streaming import NEVER_RAN, START
from validator.suite.results import CaseResult, Outcome

CANNOT_START = {conformance.WRONG_ARCHITECTURE, conformance.MISSING_ENTRYPOINT}
PLACED = 3
"""Names of an anchor from which on it leads to a place within a schema."""


def once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, those of one fact joined: the first case by name is shown, and all are named.

    A fact is a rule broken at one place of the manifests, for one reason. Where the place lies within a schema it is
    the reason too, and the message only has the value of one case or another; elsewhere the message is the reason.
    Findings of no case are left as they are. The order of the findings does not matter to the outcome.
    """
    facts: dict[tuple[object, ...], list[Finding]] = {}
    for finding in _telling(list(findings)):
        facts.setdefault(_fact(finding), []).append(finding)
    return tuple(each for same in facts.values() for each in ([_joined(same)] if same[0].subject.case else same))


def unstarted(results: Iterable[CaseResult], findings: Iterable[Finding]) -> tuple[CaseResult, ...]:
    """The results; of an image that cannot start one case fails, and the others have judged nothing.

    `findings` are those of `once`.
    """
    hidden = {
        replace(finding.subject, case=case): f"{NEVER_RAN} (see {finding.subject.case})"
        for finding in findings
        if finding.rule in CANNOT_START or START in finding.evidence
        for case in finding.cases
        if case != finding.subject.case
    }
    return tuple(
        replace(result, outcome=Outcome.NOT_CHECKED, message=hidden[result.subject])
        if result.subject in hidden and result.outcome is Outcome.FAILED
        else result
        for result in results
    )


def _telling(findings: list[Finding]) -> list[Finding]:
    """The findings without notes that a field carries its inputs, where config is seen to come out that way."""
    leaks = [finding for finding in findings if finding.rule is CONFIG_THROUGH_INPUTS]
    return [
        finding
        for finding in findings
        if finding.rule is not INPUTS_CARRIED
        or not any(
            leak.anchor[: len(finding.anchor)] == finding.anchor and leak.subject.name == finding.subject.name
            for leak in leaks
        )
    ]


def _fact(finding: Finding) -> tuple[object, ...]:
    subject = finding.subject
    place = tuple(part for part in finding.anchor if isinstance(part, str))
    placed = len(finding.anchor) >= PLACED and finding.anchor[0] == "spec"
    reason = "" if subject.case and placed else finding.message
    return finding.rule.code, finding.severity, finding.location, _whole(subject), bool(subject.case), place, reason


def _joined(same: list[Finding]) -> Finding:
    cases = sorted({case for finding in same for case in finding.cases or (finding.subject.case,)})
    shown = min(same, key=lambda finding: (finding.subject.case, finding.message, str(finding.anchor)))
    return replace(shown, cases=tuple(cases))


def _whole(subject: Subject) -> Subject:
    return replace(subject, case="")
