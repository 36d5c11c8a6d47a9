"""The checks that need nothing but manifests, and the rows of what came of them."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from validator.engine.causes import causes
from validator.engine.lost import without_lost
from validator.engine.options import STATIC
from validator.engine.story_checks import CheckVerdicts, check_stories
from validator.findings import Finding, Subject, Unchecked
from validator.rules.platforms import holds
from validator.sources.collector import paused
from validator.sources.workspace import Workspace
from validator.suite.results import CaseResult, Outcome, RunResult

SHOWN: dict[str, tuple[str, ...]] = {"manifests": (), "resolution": ("story",), "pairwise": ("story",)}
"""Which kinds of subjects each static check looks at; none means all."""


@dataclass(frozen=True, slots=True)
class StaticOptions:
    """What is to be checked, and how."""

    checks: Sequence[str]
    version: str
    """The platform: what it does as one would expect is not told."""
    workers: int = 1
    """Processes that look at stories."""


def run_static(workspace: Workspace, options: StaticOptions, unreadable: Sequence[Finding] = ()) -> RunResult:
    """Run the checks; each manifest becomes a case of each check."""
    names = [check for check in STATIC if check in options.checks]
    with paused():
        by_check = dict(_verdicts_by_check(workspace, names, options.workers))
    found = {
        name: [one for one in each.verdicts if isinstance(one, Finding) and holds(one.rule, options.version)]
        for name, each in by_check.items()
    }
    unchecked = tuple(one for each in by_check.values() for one in each.verdicts if isinstance(one, Unchecked))
    everything = [finding for findings in found.values() for finding in findings]
    findings = causes(without_lost(everything, unreadable, workspace))
    results: list[CaseResult] = []
    for name, each in by_check.items():
        codes = {finding.rule.code for finding in found[name]}
        own = [finding for finding in findings if finding.rule.code in codes]
        results += _rows(workspace, name, own, each.seconds)
    return RunResult(tuple(results), tuple(findings), unchecked)


def _verdicts_by_check(workspace: Workspace, names: Sequence[str], workers: int) -> Iterator[tuple[str, CheckVerdicts]]:
    """What each check says, and how long it took."""
    stories = check_stories(workspace, names, workers)
    for name in names:
        started = time.monotonic()
        check = importlib.import_module(f"validator.checks.{name}")
        verdicts = list(check.check_all(workspace, stories[name].verdicts))
        yield name, CheckVerdicts(verdicts, time.monotonic() - started + stories[name].seconds)


def _rows(workspace: Workspace, check: str, findings: Sequence[Finding], seconds: float) -> list[CaseResult]:
    """One row a manifest: the time of the whole check is shared out evenly."""
    kinds = SHOWN[check]
    own = [manifest.subject for manifest in workspace.manifests if not manifest.provided]
    subjects = list(dict.fromkeys(subject for subject in own if not kinds or subject.kind in kinds))
    worst: dict[Subject, Finding] = {}
    for finding in sorted(findings, key=lambda finding: -finding.severity.rank):
        worst.setdefault(Subject(finding.subject.kind, finding.subject.name), finding)
    return [
        CaseResult(
            subject=subject,
            check=check,
            outcome=Outcome.of([worst[subject]] if subject in worst else []),
            seconds=seconds / len(subjects),
            message=worst[subject].message if subject in worst else "",
        )
        for subject in subjects
    ]
