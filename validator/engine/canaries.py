"""Runs with canaries: the same case with other config and secrets, and once as in the cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from validator.checks.conformance import Judgement, verdict_of
from validator.checks.isolation.interference import Attempt, judge
from validator.checks.isolation.terms import Terms
from validator.findings import Finding, Unchecked
from validator.sources.manifests import EngramTemplate
from validator.suite.canaries import Planted, Trust, plant
from validator.suite.cases import Case, Mode
from validator.suite.results import Outcome

MOST = 2
"""Runs with canaries for one case."""
SALTS = ("first", "second")


@dataclass(frozen=True, slots=True)
class CanaryRun:
    """What one run with canaries came to."""

    attempt: Attempt
    hung: bool = False
    """It took all of its time: another run would as well."""


Try = Callable[[Planted, bool], CanaryRun]
"""Run a planted case; `True` merges its config into its inputs, as the cluster does for a job."""


def planted(case: Case, template: EngramTemplate, number: int, *, vary_config: bool = True) -> Planted:
    """The case with its first or second canaries (0 or 1)."""
    config, inputs = (
        each.value if each is not None else None for each in (template.config_schema, template.input_schema)
    )
    return plant(case, config, SALTS[number], vary_config=vary_config, inputs=inputs)


def attempts(case: Case, template: EngramTemplate, run: Try) -> tuple[Attempt, ...]:
    """Run it with canaries, then with others where that tells more."""
    canaries = planted(case, template, 0)
    varied = {canary.trust for canary in canaries.canaries}
    if case.mode is Mode.BATCH and varied <= {Trust.ENVIRONMENT}:
        return (run(canaries, True).attempt,)
    first = run(canaries, False)
    if first.hung:
        return (first.attempt,)
    refused = bool(first.attempt.refused)
    if case.mode is Mode.BATCH:
        again = planted(case, template, 1, vary_config=not refused)
        return first.attempt, run(again, bool(case.config)).attempt
    if (refused and Trust.CONFIG in varied) or not all(canary.tells for canary in canaries.canaries):
        again = planted(case, template, 1, vary_config=not refused)
        return first.attempt, run(again, False).attempt
    return (first.attempt,)


def judgement_of(terms: Terms, attempts: Sequence[Attempt]) -> Judgement:
    """The verdict on all attempts: skipped when the engram took none of them and nothing was seen."""
    verdicts = list(judge(terms, attempts))
    findings = tuple(each for each in verdicts if isinstance(each, Finding))
    unchecked = tuple(each for each in verdicts if isinstance(each, Unchecked))
    wrong = [finding for finding in findings if finding.severity.rank]
    if wrong:
        return verdict_of(findings, unchecked)
    if all(attempt.refused for attempt in attempts):
        return Judgement(Outcome.NOT_CHECKED, attempts[0].refused, findings, unchecked)
    return verdict_of(findings, unchecked)
