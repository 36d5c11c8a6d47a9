"""The same checks from Python. What stands here keeps its meaning within a major version; everything else may change.

    from validator import api

    report = api.check("stories/")
    assert report.result == "passed", api.explained(report)

Results are frozen dataclasses. Nothing is printed, and nothing ends the process.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from validator.engine.options import CHECKS, STATIC, Options, UsageError
from validator.findings import Finding, Location, Rule, Severity, Subject, Unchecked
from validator.suite.environment import Allowance
from validator.suite.results import CaseResult, Outcome, Report, Status, TestedImage

if TYPE_CHECKING:
    from validator.suite.config import ImageOverride
    from validator.suite.story_results import StoryRan

__all__ = [
    "CaseResult", "Finding", "Location", "Outcome", "Report", "Rule", "Severity", "Status", "Subject", "TestedImage",
    "Unchecked", "UsageError", "check", "explained", "run", "run_stories",
]  # fmt: skip

PathLike = str | os.PathLike[str]


def check(
    *paths: PathLike,
    root: PathLike = ".",
    config: PathLike = "",
    templates: Iterable[str] = (),
    checks: Iterable[str] = STATIC,
    fail_on: str = "",
) -> Report:
    """Check manifests and stories without running anything, as `engram-validate check` does.

    `paths` are manifests, folders or globs; without one, all of `root` is looked at. `templates` are paths or globs of
    EngramTemplates of other repositories, `checks` some of `manifests`, `resolution` and `pairwise`, and `fail_on` is
    `error`, `warning`, `note` or `never` (else what the configuration says).

    Raises UsageError for what cannot be meant.
    """
    return _ran(_options(paths, root, config, templates, fail_on), checks, STATIC)


def run(
    *paths: PathLike,
    root: PathLike = ".",
    config: PathLike = "",
    templates: Iterable[str] = (),
    images: Mapping[str, str] | None = None,
    only: Iterable[str] = (),
    sandbox: str = "",
    allow_unisolated: bool = False,
    allow_env: Iterable[str] = (),
    timeout: float = 0.0,
    workers: int = 0,
    checks: Iterable[str] = CHECKS,
    fail_on: str = "",
) -> Report:
    """Check manifests and stories, then run every engram that has an image, as `engram-validate run` does.

    `images` is what `--image NAME=REF` says, by name; `only` names the templates to run (all when empty); `sandbox` is
    `auto`, `docker`, `dind` or `process`; `allow_env` names variables that the configuration may use; `timeout` is in
    seconds a case, and `workers` how many cases run at a time (0 for as many as pay off). The other arguments are those
    of `check`. Raises UsageError for what cannot be meant.
    """
    options = replace(
        _options(paths, root, config, templates, fail_on),
        images=_images(images or {}),
        wanted=tuple(only),
        sandbox=sandbox,
        unisolated=allow_unisolated,
        environment=_allowance(allow_env),
        timeout=timeout,
        workers=workers,
    )
    return _ran(options, checks, CHECKS)


def run_stories(
    *names: str,
    root: PathLike = ".",
    config: PathLike = "",
    templates: Iterable[str] = (),
    images: Mapping[str, str] | None = None,
    sandbox: str = "",
    allow_unisolated: bool = False,
    allow_env: Iterable[str] = (),
    profile: str = "",
) -> tuple[tuple[StoryRan, ...], Report]:
    """Run batch stories in virtual time, as `engram-validate story run` does: what each case did, and the verdict.

    `names` are stories; without one, every batch story that has cases. `profile` is `documented` (default) or
    `implemented`. The other arguments are those of `run`. Raises UsageError for what cannot be meant.
    """
    from validator.engine.preparation import prepare
    from validator.engine.stories.reporting import report_of
    from validator.engine.stories.running import Wishes, ran
    from validator.engine.stories.selection import tasks_of

    options = replace(
        _options((), root, config, templates, ""),
        images=_images(images or {}),
        sandbox=sandbox,
        unisolated=allow_unisolated,
        environment=_allowance(allow_env),
    )
    prepared = prepare(options)
    results, used = ran(prepared, tasks_of(prepared.workspace, prepared.config, names, profile), Wishes())
    return tuple(results), report_of(prepared, results, sandbox=used)


def explained(report: Report) -> str:
    """The findings and the verdict as people read them, a line each: the message of an assertion."""
    lines = [f"{one.location}: {one.severity.value}[{one.rule.code}] {one.message}" for one in report.findings]
    ran = [case for case in report.cases if case.check not in STATIC]
    failed = [one for one in ran if one.outcome in {Outcome.FAILED, Outcome.ERROR}]
    lines += [f"{one.subject}: {one.outcome.words}{': ' if one.message else ''}{one.message}" for one in failed]
    return "\n".join([*lines, report.result])


def _options(
    paths: Iterable[PathLike], root: PathLike, config: PathLike, templates: Iterable[str], fail_on: str
) -> Options:
    return Options(
        root=Path(root).resolve(),
        paths=tuple(os.fspath(path) for path in paths),
        config=os.fspath(config),
        templates=tuple(templates),
        fail_on=fail_on,
    )


def _ran(options: Options, checks: Iterable[str], possible: tuple[str, ...]) -> Report:
    from validator.engine.engine import run as engine_run

    wanted = set(checks)
    if unknown := sorted(wanted - set(possible)):
        raise UsageError(f"no such check: {', '.join(unknown)}; there are {', '.join(possible)}")
    return engine_run(replace(options, checks=tuple(name for name in possible if name in wanted)))


def _images(images: Mapping[str, str]) -> tuple[ImageOverride, ...]:
    from validator.suite.overrides import from_argument

    try:
        return tuple(from_argument(f"{name}={reference}") for name, reference in images.items())
    except ValueError as error:
        raise UsageError(str(error)) from error


def _allowance(names: Iterable[str]) -> Allowance:
    try:
        return Allowance.of(os.environ, tuple(names))
    except ValueError as error:
        raise UsageError(str(error)) from error
