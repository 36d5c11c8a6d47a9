"""`engram-validate check`: static checks only."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from validator.cli.reporting import report_options, reported, wanted, watch_reports
from validator.cli.selection import options_from, selection_options
from validator.engine.options import STATIC, STORIES

if TYPE_CHECKING:
    from validator.engine.options import Options
    from validator.suite.results import Report

EXAMPLES = """
\b
Examples:
  engram-validate check
  engram-validate check stories/triage.yaml --templates 'catalog/*.yaml'
  helm template chart | engram-validate check - --templates 'catalog/*.yaml'
  engram-validate check --checks resolution --format json
  engram-validate check --watch --quiet   while you write
  engram-validate check --fix             make the edits of the findings
"""


@click.command(name="check", epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path())
@selection_options
@report_options
@click.option(
    "--workers", "processes", default=1, type=click.IntRange(min=1), help="Processes that look at stories (default: 1)."
)
@click.option("--watch", is_flag=True, help="Check again whenever a manifest changes, until Ctrl-C.")
@click.option("--fix", is_flag=True, help="Apply the edits that findings come with, then check what is left.")
@click.option("--diff", is_flag=True, help="Print these edits as a diff, and change nothing.")
def command(paths: tuple[str, ...], processes: int, watch: bool, fix: bool, diff: bool, **arguments: Any) -> None:
    """Check manifests and stories without running anything: no Docker, no network.

    PATH names manifests, folders or globs, and `-` standard input; without one, all of the repository is checked.
    """
    options = replace(options_from(paths, arguments, possible=(*STATIC, STORIES)), processes=processes, stand_ins=True)
    if options.given and (watch or fix or diff):
        raise click.UsageError("--watch, --fix and --diff need files: standard input has none")
    if watch + fix + diff > 1:
        raise click.UsageError("--watch, --fix and --diff exclude each other")
    existing = _fixed(wanted(options, arguments), diff=diff) if fix or diff else None
    if not watch:
        reported(options, arguments, existing)
    watch_reports(options, arguments)


def _fixed(options: Options, *, diff: bool) -> Report | None:
    """Make the edits, or show them and exit; what is left. Raises click.UsageError where a file cannot be written."""
    from validator.cli.fix import show_fixes, write_fixes
    from validator.engine.options import UsageError

    try:
        if diff:
            sys.exit(show_fixes(options, sys.stdout, sys.stderr))
        return write_fixes(options, sys.stderr)
    except (UsageError, OSError) as error:
        raise click.UsageError(str(error)) from error
