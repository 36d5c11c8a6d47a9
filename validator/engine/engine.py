"""The run: read what there is, check what can be read, run what can be run, and say it all in one Report."""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from validator.engine.grading import grade, judged_by, threshold, write_baseline
from validator.engine.graphs import story_graphs
from validator.engine.options import DYNAMIC, STATIC, Options, UsageError
from validator.findings import Finding, Subject, Unchecked
from validator.rules.manifests import UNUSABLE
from validator.sources.files import load_file
from validator.sources.limits import Limits
from validator.sources.workspace import Workspace, load
from validator.suite import config as configuration
from validator.suite.config import Config
from validator.suite.config_mistakes import repeated_keys
from validator.suite.events import Observer, ignore
from validator.suite.results import CaseResult, Outcome, Outturn, Report
from validator.suite.targets import unknown_targets

SHOWN: dict[str, tuple[str, ...]] = {"manifests": (), "resolution": ("story",), "pairwise": ("story",)}
"""Which kinds of subjects each static check looks at; none means all."""


def run(options: Options, observer: Observer = ignore) -> Report:
    """Do what was asked. Raises UsageError when it makes no sense; every other trouble is in the Report."""
    started = time.monotonic()
    options = replace(options, root=options.root.resolve())
    config, mistakes = _configured(options)
    baseline = _baseline(options, config)
    workspace = load(
        options.root,
        manifests=[*options.paths, *options.manifests] or _from(config, config.manifests),
        templates=[*options.templates, *_from(config, [*config.templates, *_built_with(config)])],
    )
    targets = tuple(unknown_targets(workspace, config))
    with _frozen():
        static = _static(workspace, options.checks)
    dynamic, sandbox = _dynamic(workspace, options, config, observer)
    unreadable = (*mistakes, *targets, *workspace.problems)
    everything = (*unreadable, *static.findings, *dynamic.findings)
    if options.update_baseline and baseline is not None:
        write_baseline(baseline, grade(everything, workspace, config, None, lambda rule: False).findings)
    graded = grade(
        everything,
        workspace,
        config,
        baseline,
        judged_by(options.checks, broken=dynamic.broken or bool(dynamic.interrupted)),
    )
    unchecked = tuple(dict.fromkeys((*static.unchecked, *dynamic.unchecked)))
    return Report(
        findings=graded.findings,
        suppressed=graded.suppressed,
        unchecked=unchecked,
        cases=(*static.results, *dynamic.results),
        images=dynamic.images,
        stories=story_graphs(workspace, options.checks, graded.findings, unchecked),
        fail_on=threshold(options.fail_on or config.fail_on),
        sandbox=sandbox,
        usage_errors=bool(unreadable) or any(finding.rule in UNUSABLE for finding in graded.findings),
        sandbox_errors=dynamic.broken,
        interrupted=dynamic.interrupted,
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
    document = loaded.documents[0]
    config, mistakes = configuration.parse(document.root, path.parent)
    wrong = (*loaded.problems, *repeated_keys(document), *mistakes)
    return replace(config, images=(*config.images, *options.images)), wrong


def _baseline(options: Options, config: Config) -> Path | None:
    """The baseline's path: the argument's, below the root, else the configuration's, beside it.

    Raises UsageError where one is needed and there is none: that all findings are new would be a surprise.
    """
    path = options.root / options.baseline if options.baseline else None
    if path is None and config.baseline:
        path = config.base / config.baseline
    if path is None and options.update_baseline:
        raise UsageError("--update-baseline needs --baseline FILE, or `baseline:` in the configuration")
    if path is not None and not options.update_baseline and not path.is_file():
        shown = options.baseline or config.baseline
        raise UsageError(f"there is no baseline {shown}; --update-baseline writes one with all present findings")
    return path


def _built_with(config: Config) -> list[str]:
    """The templates that overrides name for their images."""
    return [override.template for override in config.images if override.template]


def _from(config: Config, patterns: Sequence[str]) -> list[str]:
    return [str(config.base / pattern) for pattern in patterns]


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


@contextmanager
def _frozen() -> Iterator[None]:
    """What was loaded lives as long as the run and forms no cycles: looking through it would triple the time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


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
    """Run what can be run. A static run must not pay for the sandbox, so it is imported here."""
    if not any(check in DYNAMIC for check in options.checks):
        return Outturn(), ""
    from validator.engine.dynamic import run_units

    return run_units(workspace, options, config, observer)
