"""The options that say what to check and how to run it, shared by `run` and `check`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from validator.cli.arguments import did_you_mean, duration, exploration, templates, unisolated_option
from validator.cli.reporting import TOKEN, earlier_report
from validator.engine.options import CHECKS, STORIES, Options
from validator.platform.releases import current, versions
from validator.sandbox import credentials
from validator.sandbox.credentials import Credentials
from validator.sources.limits import Limits
from validator.suite import shards
from validator.suite.cases import Search
from validator.suite.durations import Durations
from validator.suite.environment import VARIABLE as ALLOWED
from validator.suite.environment import Allowance
from validator.suite.overrides import from_argument
from validator.suite.results import Outcome

F = TypeVar("F", bound=Callable[..., Any])


def selection_options(function: F) -> F:
    """What to look at."""
    for option in reversed(
        (
            click.option("--root", type=click.Path(exists=True, file_okay=False), default=".", help="Workspace root."),
            click.option(
                "--config",
                metavar="FILE",
                type=click.Path(),
                help="Configuration; else engram-validate.yaml of the root.",
            ),
            click.option(
                "--stories",
                metavar="GLOB",
                type=click.Path(),
                multiple=True,
                help="Manifests to check; may be repeated.",
            ),
            click.option(
                "--templates",
                metavar="GLOB",
                type=click.Path(),
                multiple=True,
                help="EngramTemplates of other repositories.",
            ),
            click.option(
                "--allow-env",
                "allowed",
                metavar="NAME",
                multiple=True,
                help="A variable of the environment that the configuration may name as `${{ env.NAME }}`; "
                f"may be repeated. Else {ALLOWED} names them.",
            ),
            click.option("--checks", metavar="LIST", help=f"Comma-separated: {', '.join(CHECKS)}."),
            click.option("--no-story-cases", is_flag=True, help="Leave the cases of stories out (`stories:`)."),
            click.option(
                "--platform-version",
                type=click.Choice(versions()),
                help=f"The version of the platform whose gaps are reported (default: {current()}).",
            ),
            click.option("--fail-on", type=click.Choice(["error", "warning", "note", "never"]), help="Default: error."),
            click.option(
                "--baseline", metavar="FILE", type=click.Path(), help="Known findings, which are not reported again."
            ),
            click.option("--update-baseline", is_flag=True, help="Write all present findings to the baseline."),
            click.option(
                "--changed-since",
                metavar="REV",
                help="Look only at what can be affected by what has changed since a git revision, such as origin/main.",
            ),
        )
    ):
        function = option(function)
    return function


def sandbox_options(function: F) -> F:
    """How to run images."""
    for option in reversed(
        (
            click.option(
                "--template",
                "wanted",
                metavar="NAME",
                multiple=True,
                shell_complete=templates,
                help="Run this template only.",
            ),
            click.option(
                "--case",
                "cases",
                metavar="NAME",
                multiple=True,
                help="Run cases of this name only; `*` stands for any characters.",
            ),
            click.option(
                "--last-failed",
                metavar="FILE",
                type=click.Path(),
                help="Run only what failed in this JSON report of an earlier run.",
            ),
            click.option(
                "--image",
                "images",
                metavar="NAME=REF",
                multiple=True,
                help="The image for a template, engram/NAMESPACE/NAME or step/STORY/STEP: a reference, "
                "build:DIR, load:FILE.tar or process:PROGRAM.",
            ),
            click.option(
                "--pull",
                type=click.Choice(["never", "missing", "always"]),
                help="When a registry is asked for an image (default: missing).",
            ),
            click.option("--platform", metavar="OS/ARCH", help="What images are pulled and built for."),
            click.option(
                "--build-network", is_flag=True, help="Let builds of `--image NAME=build:DIR` use the network."
            ),
            click.option(
                "--buildkit",
                is_flag=True,
                envvar="ENGRAM_VALIDATE_BUILDKIT",
                help="Use BuildKit where a Dockerfile needs it. Such a build has no limit of memory and CPUs.",
            ),
            click.option(
                "--sandbox",
                type=click.Choice(["auto", "docker", "dind", "process"]),
                envvar="ENGRAM_VALIDATE_SANDBOX",
                help="Default: what the configuration says, else auto.",
            ),
            unisolated_option,
            click.option(
                "--timeout", metavar="DURATION", callback=duration, help="The longest a case may take, such as 30s."
            ),
            click.option("--workers", type=click.IntRange(min=1), help="Cases at a time."),
            click.option(
                "--explore",
                metavar="off|quick|N|DURATION",
                callback=exploration,
                help="Search for inputs that reveal a fault: up to N, or for a duration (default: quick, 50 or 3 s).",
            ),
            click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same inputs."),
            click.option(
                "--corpus",
                metavar="DIR",
                type=click.Path(file_okay=False),
                help="A folder of interesting inputs from earlier runs: start with them, and add new ones.",
            ),
            click.option("--save-cases", is_flag=True, help="Add what --explore finds to the configuration, as cases."),
            click.option(
                "--transcripts",
                metavar="DIR",
                type=click.Path(file_okay=False),
                help="Write what went over the wire in each streaming run to DIR, as JSON lines.",
            ),
        )
    ):
        function = option(function)
    return function


def shard_options(function: F) -> F:
    """Which part of a run is done here, and what earlier ones have left."""
    for option in reversed(
        (
            click.option("--shard", metavar="I/N", help="Run one part of N, as `plan --shards N` splits them."),
            durations_option,
            click.option("--cache", metavar="DIR", help="Keep results here, and run no unchanged image again."),
        )
    ):
        function = option(function)
    return function


def durations_option(function: F) -> F:
    """How long cases took before."""
    return click.option(
        "--durations",
        metavar="FILE",
        multiple=True,
        help="A JSON report of an earlier run, to balance shards by how long cases took. May be repeated.",
    )(function)


def _durations(files: Sequence[str]) -> Durations:
    """What earlier reports tell. One that is not there tells nothing: the first night has no night before."""
    reports = (earlier_report("--durations", file) for file in files)
    return Durations.of([case for report in reports if report is not None for case in report.cases])


def _failed(file: str) -> frozenset[tuple[str, str]] | None:
    """What failed in an earlier report; None without one. Raises click.UsageError for what is no report."""
    if not file:
        return None
    report = earlier_report("--last-failed", file)
    if report is None:
        raise click.UsageError(f"--last-failed {file}: No such file or directory")
    unsuccessful = {Outcome.FAILED, Outcome.ERROR}
    return frozenset((case.subject.name, case.subject.case) for case in report.cases if case.outcome in unsuccessful)


def options_from(paths: Sequence[str], arguments: Mapping[str, Any], possible: Sequence[str] = CHECKS) -> Options:
    """The run that the arguments ask for. Raises click.UsageError for one that cannot be meant."""
    try:
        images = tuple(map(from_argument, arguments.get("images") or ()))
        shard = shards.parse(arguments["shard"]) if arguments.get("shard") else None
        environment = Allowance.of(os.environ, arguments.get("allowed") or ())
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return Options(
        root=Path(arguments["root"]).resolve(),
        paths=tuple(path for path in paths if path != "-"),
        standard_input=_standard_input() if "-" in paths else None,
        config=arguments.get("config") or "",
        manifests=tuple(arguments["stories"]),
        templates=tuple(arguments["templates"]),
        wanted=tuple(arguments.get("wanted") or ()),
        cases=tuple(arguments.get("cases") or ()),
        failed=_failed(arguments.get("last_failed") or ""),
        exit_first=bool(arguments.get("exit_first")),
        images=images,
        checks=_checks(arguments.get("checks"), possible, without_stories=bool(arguments.get("no_story_cases"))),
        sandbox=arguments.get("sandbox") or "",
        unisolated=bool(arguments.get("unisolated")),
        pull=arguments.get("pull") or "",
        platform=arguments.get("platform") or "",
        platform_version=arguments.get("platform_version") or "",
        build_network=bool(arguments.get("build_network")),
        buildkit=bool(arguments.get("buildkit")),
        credentials=_credentials(),
        environment=environment,
        fail_on=arguments.get("fail_on") or "",
        timeout=arguments.get("timeout") or 0.0,
        workers=arguments.get("workers") or 0,
        baseline=arguments.get("baseline") or "",
        update_baseline=arguments["update_baseline"],
        explore=_search(arguments),
        corpus=Path(arguments["corpus"]) if arguments.get("corpus") else None,
        transcripts=arguments.get("transcripts") or "",
        shard=shard,
        durations=_durations(arguments.get("durations") or ()),
        changed_since=arguments.get("changed_since") or "",
        cache=Path(arguments["cache"]) if arguments.get("cache") else None,
    )


def _standard_input() -> bytes:
    """What standard input holds, and a byte more than the most that is read of a manifest."""
    return sys.stdin.buffer.read(Limits().file_bytes + 1)


def _search(arguments: Mapping[str, Any]) -> Search | None:
    """How to explore."""
    wanted: Search | None = arguments.get("explore")
    return replace(wanted, seed=arguments["seed"]) if wanted is not None else None


def _credentials() -> Credentials:
    """What the environment has for registries; it is taken out of there, where an engram might find it."""
    found = credentials.from_environment(os.environ, os.environ.get(TOKEN, ""))
    for name in credentials.SECRETS:
        os.environ.pop(name, None)
    return found


def _checks(text: str | None, possible: Sequence[str], *, without_stories: bool) -> tuple[str, ...]:
    if without_stories:
        possible = [name for name in possible if name != STORIES]
    names = [name.strip() for name in (text or "").split(",") if name.strip()] or list(possible)
    unknown = [name for name in names if name not in possible]
    dynamic = [name for name in unknown if name in CHECKS]
    if dynamic:
        run = "runs images" if len(dynamic) == 1 else "run images"
        raise click.UsageError(f"{' and '.join(dynamic)} {run}: use `engram-validate run --checks {text}`")
    if unknown:
        guess = did_you_mean(unknown[0], possible)
        raise click.UsageError(f"no such check: {', '.join(unknown)}; there are {', '.join(possible)}{guess}")
    return tuple(name for name in possible if name in names)
