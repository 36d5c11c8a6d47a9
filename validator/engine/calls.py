"""What an engram called in a run, among the verdicts of the check `isolation`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from validator.checks import services
from validator.checks.conformance import Judgement, verdict_of
from validator.findings import Finding
from validator.sandbox.model import BatchRun, Exit
from validator.sandbox.stream_model import StreamRun
from validator.suite.cases import Case
from validator.suite.plan import Unit
from validator.suite.results import Outcome


def of_batch(unit: Unit, case: Case, run: BatchRun) -> tuple[Finding, ...]:
    """The calls of a batch run."""
    error = str(run.error.get("message") or run.status.get("lastFailureMsg") or "")
    seen = services.Seen(run.services, run.lookups, (error, *_logs(run.exit)), run.unrouted)
    return _findings_of(unit, case, seen)


def of_stream(unit: Unit, case: Case, run: StreamRun) -> tuple[Finding, ...]:
    """The calls of a streaming run."""
    return _findings_of(unit, case, services.Seen(run.services, run.lookups, _logs(run.exit), run.unrouted))


def with_calls(judgements: Mapping[str, Judgement], findings: Iterable[Finding]) -> dict[str, Judgement]:
    """The judgements of a batch run, with these findings in that of `isolation`."""
    more = tuple(findings)
    if not more:
        return dict(judgements)
    before = judgements.get("isolation") or Judgement(Outcome.PASSED)
    found = (*before.findings, *more)
    if before.outcome is Outcome.NOT_CHECKED and not any(finding.subject.case for finding in more):
        # It did nothing: names are looked up, and addresses dialled, by any case of the pod.
        return {**judgements, "isolation": replace(before, findings=found)}
    return {**judgements, "isolation": verdict_of(found, before.unchecked)}


def _findings_of(unit: Unit, case: Case, seen: services.Seen) -> tuple[Finding, ...]:
    subject = replace(unit.subject, case=case.name)
    return tuple(services.judge(subject, unit.image_location, case, unit.cases, seen))


def _logs(ended: Exit) -> tuple[str, str]:
    return ended.stderr.text, ended.stdout.text
