"""The options that say where a report goes, and the one way in which `run` and `check` end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from validator.reports.catalogue import FORMATS, REPORTS

if TYPE_CHECKING:
    from validator.engine.options import Options
    from validator.reports.excerpts import Lines
    from validator.reports.writers import Outputs
    from validator.suite.results import Report

TOKEN = "ENGRAM_VALIDATE_TOKEN"  # noqa: S105  # the name of a variable
F = TypeVar("F", bound=Callable[..., Any])


def report_options(function: F) -> F:
    """Where the report goes."""
    for option in reversed(
        (
            click.option(
                "--format",
                "--output-format",
                "form",
                type=click.Choice(FORMATS),
                help="What standard output gets (default: console; github adds annotations).",
            ),
            click.option("--statistics", is_flag=True, help="Print how often each rule was broken, not each finding."),
            click.option(
                "--compare-with",
                metavar="FILE",
                type=click.Path(),
                default="",
                help="An earlier JSON report: show what is new and what is fixed.",
            ),
            *(
                click.option(f"--{one.option}", metavar="FILE", type=click.Path(), default="", help=one.help)
                for one in REPORTS
            ),
            click.option(
                "--check-run",
                is_flag=True,
                help=f"In a workflow, write a check run with the token in {TOKEN} (checks: write).",
            ),
            click.option(
                "--suggestions",
                is_flag=True,
                help="For a pull request, offer edits as suggestions in a review (pull-requests: write).",
            ),
            click.option(
                "--comment", is_flag=True, help="For a pull request, keep one comment with the summary up to date."
            ),
            click.option("--prefix", metavar="DIR", default="", help="Path from the repository to the workspace root."),
            click.option("-v", "--verbose", is_flag=True, help="Show every case and every log."),
            click.option("-q", "--quiet", is_flag=True, help="Show findings and the verdict only."),
        )
    ):
        function = option(function)
    return function


def reported(options: Options, arguments: Mapping[str, Any], existing: Report | None = None) -> NoReturn:
    """Run, write every report that was asked for, and exit with its status (docs/ARCHITECTURE.md, Exit statuses)."""
    sys.exit(report_once(options, arguments, existing))


def watch_reports(options: Options, arguments: Mapping[str, Any], *, programs: bool = False) -> None:
    """Run now and after every change, each time with what is new since the last; `programs` are watched, too.

    Raises click.UsageError.
    """
    from validator.cli.watch import keep_checking, watched

    if options.update_baseline:
        raise click.UsageError("--watch and --update-baseline exclude each other: every change would be accepted")
    named = [*options.paths, *options.manifests, *options.templates, *([options.config] if options.config else [])]
    written = [arguments[one.option] for one in REPORTS]
    last: list[Report] = []

    def again() -> int:
        return report_once(options, arguments, last=last)

    keep_checking(watched(options.root, named, written, programs=programs), again)


def wanted(options: Options, arguments: Mapping[str, Any]) -> Options:
    """The run with what its reports need."""
    paired = arguments["form"] == "json" or any(arguments[one.option] for one in REPORTS if one.needs_pairs)
    graphs = [one.option for one in REPORTS if one.needs_graphs]
    summarised = any(arguments[name] for name in (*graphs, "check_run", "suggestions", "comment"))
    return replace(options, pairs=paired, graphs=paired or summarised)


def report_once(
    options: Options, arguments: Mapping[str, Any], existing: Report | None = None, last: list[Report] | None = None
) -> int:
    """Run and write every report that was asked for; the exit status. `existing` is a run that has been made already.

    `last` holds the report to compare with, if any, and gets this one in its place.

    Raises click.UsageError.
    """
    from validator.cli.interrupts import Interrupts
    from validator.cli.log_masking import LogMasking
    from validator.engine.engine import run
    from validator.engine.options import UsageError
    from validator.reports.progress import progress
    from validator.reports.writers import file_lines, is_live, wants_color
    from validator.suite.events import AllRun, Event

    outputs = outputs_from(arguments)
    log_masking = LogMasking(github=os.environ.get("GITHUB_ACTIONS") == "true")
    interrupts = Interrupts()
    live, color = is_live(sys.stderr, os.environ), wants_color(sys.stderr, os.environ)
    with interrupts.handled():
        try:
            with progress(sys.stderr, live=live, quiet=outputs.quiet, color=color) as observer:
                telling = log_masking.observing(observer)

                def observe(event: Event) -> None:
                    if isinstance(event, AllRun):
                        interrupts.be_patient()
                    telling(event)

                report = existing or run(wanted(options, arguments), observe)
                interrupts.be_patient()
        except UsageError as error:
            raise click.UsageError(str(error)) from error
        if last is not None:
            outputs = replace(outputs, before=last[0] if last else outputs.before)
            last[:] = [report]
        status = write_reports(report, outputs, log_masking.masked(file_lines(options.root, options.given)))
        if arguments.get("save_cases"):
            saved(report, options)
    return 128 + interrupts.came if interrupts.came else status


def outputs_from(arguments: Mapping[str, Any]) -> Outputs:
    """Where the reports go. Takes the token out of the environment: no engram must find it."""
    from validator.reports.writers import Outputs

    same = ("prefix", "check_run", "suggestions", "comment", "statistics", "verbose", "quiet")
    return Outputs(
        form=arguments["form"] or "console",
        before=_before(arguments["compare_with"]),
        root=Path(arguments.get("root") or "."),
        token=os.environ.pop(TOKEN, ""),
        files={one.option: arguments[one.option] for one in REPORTS},
        **{name: arguments[name] for name in same},
    )


def earlier_report(option: str, file: str) -> Report | None:
    """The JSON report that an option names; None where there is no such file yet.

    Raises click.UsageError for what is no report.
    """
    from validator.reports.document import InvalidDocument, parse

    try:
        return parse(Path(file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, InvalidDocument) as error:
        raise click.UsageError(f"{option} {file}: {error}") from error


def _before(file: str) -> Report | None:
    """The report to compare with; None without one, which is said."""
    if not file:
        return None
    before = earlier_report("--compare-with", file)
    if before is None:
        click.echo(f"engram-validate: no report {file} yet: nothing to compare with", err=True)
    return before


def write_reports(report: Report, outputs: Outputs, lines: Lines) -> int:
    """Write every report that was asked for; the exit status (docs/ARCHITECTURE.md, Exit statuses)."""
    from validator.reports.writers import write

    written = write(report, outputs, lines, out=sys.stdout, err=sys.stderr, environ=os.environ)
    if report.interrupted:
        return 128 + report.interrupted
    return int(report.status) or (0 if written else 2)


def saved(report: Report, options: Options) -> None:
    """Add what exploring found to the configuration. Raises click.UsageError when that cannot be written."""
    from validator.cli.save import save_cases

    try:
        save_cases(report.findings, options, sys.stderr)
    except OSError as error:
        raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}") from error
