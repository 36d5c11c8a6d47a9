"""Runs of stories as a report of their own, for `story run`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from validator.engine import facts
from validator.engine.grading import standard, threshold
from validator.engine.outcomes import regraded
from validator.engine.preparation import Prepared
from validator.findings import Finding
from validator.suite.results import CaseResult, Outcome, Report
from validator.suite.story_results import StoryRan
from validator.suite.timelines import Timeline, timeline


def report_of(prepared: Prepared, ran: Sequence[StoryRan], more: Sequence[Finding] = (), sandbox: str = "") -> Report:
    """What a run of stories came to. Suppressions, severities and `fail-on` of the configuration hold."""
    shown = [finding for one in ran for finding in one.findings]
    report = report_from(prepared, [one.row() for one in ran], shown, more, sandbox)
    return replace(report, timelines=timelines(ran))


def timelines(ran: Iterable[StoryRan]) -> tuple[Timeline, ...]:
    """The cases whose end is known, as the reports draw them."""
    return tuple(drawing for one in ran if (drawing := timeline(one)) is not None)


def report_from(
    prepared: Prepared,
    rows: Sequence[CaseResult],
    found: Iterable[Finding],
    more: Sequence[Finding] = (),
    sandbox: str = "",
) -> Report:
    """What cases of stories came to; `more` is of no case."""
    findings = (*prepared.unreadable, *facts.once(found), *more)
    graded = standard(prepared.workspace, prepared.config, prepared.baseline).grade(findings)
    return Report(
        findings=graded.findings,
        suppressed=graded.suppressed,
        cases=regraded(rows, findings, graded.findings),
        fail_on=threshold(prepared.options.fail_on or prepared.config.fail_on),
        sandbox=sandbox,
        usage_errors=bool(prepared.unreadable),
        sandbox_errors=any(row.outcome is Outcome.ERROR for row in rows),
        checked=len(rows),
        seconds=sum(row.seconds for row in rows),
    )


def as_graded(ran: StoryRan, report: Report) -> StoryRan:
    """A case with its findings as they count: without those that are suppressed, at the severities that hold."""
    known = {_key(finding): finding.severity for finding in report.findings}
    findings = (replace(one, severity=known[_key(one)]) for one in ran.findings if _key(one) in known)
    return replace(ran, findings=tuple(findings))


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.rule.code, finding.location, finding.message
