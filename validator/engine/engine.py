"""The run: read what there is, check what can be read, run what can be run, and say it all in one Report."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from validator.engine.examination import Examiner
from validator.engine.options import DYNAMIC, STATIC, Options, UsageError
from validator.findings import Finding, Location, Severity, Subject, Unchecked
from validator.rules import conformance as conformance_rules
from validator.sandbox.model import SandboxError
from validator.sources.files import load_file
from validator.sources.limits import Limits
from validator.sources.workspace import Workspace, load
from validator.suite import config as configuration
from validator.suite import plan, scheduler
from validator.suite.config import Config
from validator.suite.events import Observer, ignore
from validator.suite.results import CaseResult, Outcome, Report
from validator.suite.scheduler import Outturn

SHOWN: dict[str, tuple[str, ...]] = {"manifests": (), "resolution": ("story",), "pairwise": ("story",)}
"""Which kinds of subjects each static check looks at; none means all."""


def run(options: Options, observer: Observer = ignore) -> Report:
    """Do what was asked. Raises UsageError when it makes no sense; every other trouble is in the Report."""
    started = time.monotonic()
    config, mistakes = _configured(options)
    workspace = load(
        options.root,
        manifests=[*options.paths, *options.manifests] or _from(config, config.manifests),
        templates=[*options.templates, *_from(config, config.templates)],
    )
    targets = tuple(plan.unknown_targets(workspace, config))
    static = _static(workspace, options.checks)
    dynamic, sandbox = _dynamic(workspace, options, config, observer)
    unreadable = (*mistakes, *targets, *workspace.problems)
    return Report(
        findings=_graded((*unreadable, *static.findings, *dynamic.findings), config),
        unchecked=tuple(dict.fromkeys((*static.unchecked, *dynamic.unchecked))),
        cases=(*static.results, *dynamic.results),
        images=dynamic.images,
        fail_on=_threshold(options.fail_on or config.fail_on),
        sandbox=sandbox,
        usage_errors=bool(unreadable),
        sandbox_errors=dynamic.broken,
        checked=sum(1 for manifest in workspace.manifests if not manifest.provided),
        seconds=time.monotonic() - started,
    )


def _configured(options: Options) -> tuple[Config, tuple[Finding, ...]]:
    """The configuration that was named, else the one in the root, else none."""
    names = [options.config] if options.config else configuration.NAMES
    path = next((options.root / name for name in names if (options.root / name).is_file()), None)
    if path is None:
        if options.config:
            raise UsageError(f"there is no configuration file {options.config}")
        return Config(base=options.root, images=options.images), ()
    shown = path.relative_to(options.root).as_posix() if path.is_relative_to(options.root) else path.as_posix()
    loaded = load_file(path, shown, Limits(), named=True)
    if loaded is None or not loaded.documents:
        return Config(base=path.parent, images=options.images), loaded.problems if loaded is not None else ()
    config, mistakes = configuration.parse(loaded.documents[0].root, path.parent)
    return replace(config, images=(*config.images, *options.images)), (*loaded.problems, *mistakes)


def _from(config: Config, patterns: Sequence[str]) -> list[str]:
    return [str(config.base / pattern) for pattern in patterns]


def _threshold(name: str) -> Severity | None:
    return None if name == "never" else Severity(name)


def _static(workspace: Workspace, checks: Sequence[str]) -> Outturn:
    """Run the checks that need nothing but manifests; each manifest becomes a case of each check."""
    results: list[CaseResult] = []
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for name in (check for check in STATIC if check in checks):
        started = time.monotonic()
        verdicts = list(importlib.import_module(f"validator.checks.{name}").check(workspace))
        found = [verdict for verdict in verdicts if isinstance(verdict, Finding)]
        findings += found
        unchecked += [verdict for verdict in verdicts if isinstance(verdict, Unchecked)]
        results += _rows(workspace, name, found, time.monotonic() - started)
    return Outturn(tuple(results), tuple(findings), tuple(unchecked))


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
            outcome=Outcome.FAILED if subject in worst and worst[subject].severity.rank else Outcome.PASSED,
            seconds=seconds / len(subjects),
            message=worst[subject].message if subject in worst else "",
        )
        for subject in subjects
    ]


def _dynamic(workspace: Workspace, options: Options, config: Config, observer: Observer) -> tuple[Outturn, str]:
    """Run every unit; with the line that says which sandbox was taken and why."""
    checks = tuple(check for check in DYNAMIC if check in options.checks)
    units = tuple(plan.units(workspace, config, options.wanted)) if checks else ()
    if not units:
        return Outturn(), ""
    from validator.sandbox.sandbox import open_sandbox

    notes = tuple(_last_releases(units))
    examiner = Examiner(config, options.timeout or config.timeout, checks)
    try:
        with open_sandbox(options.sandbox or config.sandbox) as sandbox:
            outturn = scheduler.run(
                sandbox,
                units,
                examiner,
                base=config.base,
                limits=config.limits,
                workers=options.workers,
                observer=observer,
            )
            line = sandbox.reason
    except SandboxError as error:
        outturn, line = Outturn(findings=(_no_sandbox(error),), broken=True), error.message
    unchecked = (*outturn.unchecked, *(each for unit in units for each in unit.unchecked))
    return replace(outturn, findings=(*notes, *outturn.findings), unchecked=unchecked), line


def _last_releases(units: Iterable[plan.Unit]) -> Iterator[Finding]:
    """Units that are tested with `spec.image`: in a pull request that is not what is being changed (hub.md, Images)."""
    for unit in units:
        if unit.override is None:
            yield conformance_rules.LAST_RELEASE.at(
                unit.image_location, unit.subject, anchor=("spec", "image"), image=unit.template.image
            )


def _no_sandbox(error: SandboxError) -> Finding:
    return error.finding(Location("."), Subject("sandbox", "sandbox"))


def _graded(findings: Iterable[Finding], config: Config) -> tuple[Finding, ...]:
    """With the severities of the configuration, each finding once, in reading order."""
    graded: dict[str, Finding] = {}
    for finding in findings:
        severity = config.severities.get(finding.rule.code, finding.severity)
        if severity is not None:
            graded.setdefault(f"{finding.fingerprint} {finding.location}", replace(finding, severity=severity))
    return tuple(sorted(graded.values(), key=lambda finding: finding.sort_key))
