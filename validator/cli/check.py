"""`engram-validate check`: static checks only."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from validator.cli.reporting import report_once, report_options, reported
from validator.cli.selection import options_from, selection_options
from validator.engine.options import STATIC, STORIES

if TYPE_CHECKING:
    from validator.engine.options import Options

EXAMPLES = """
\b
Examples:
  engram-validate check
  engram-validate check stories/triage.yaml --templates 'catalog/*.yaml'
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
@click.option("--fix", is_flag=True, help="Make the edits that findings carry, then check what is left.")
@click.option("--diff", is_flag=True, help="Print these edits as a diff, and change nothing.")
def command(paths: tuple[str, ...], processes: int, watch: bool, fix: bool, diff: bool, **arguments: Any) -> None:
    """Check manifests and stories without running anything: no Docker, no network.

    PATH names manifests, folders or globs; without one, all of the repository is looked at.
    """
    options = replace(options_from(paths, arguments, possible=(*STATIC, STORIES)), processes=processes, stand_ins=True)
    if watch + fix + diff > 1:
        raise click.UsageError("--watch, --fix and --diff exclude each other")
    if fix or diff:
        _fixed(options, diff=diff)
    if not watch:
        reported(options, arguments)
    if options.update_baseline:
        raise click.UsageError("--watch and --update-baseline exclude each other: every change would be accepted")
    from validator.cli.watch import keep_checking, watched

    named = [*options.paths, *options.manifests, *options.templates, *([options.config] if options.config else [])]
    reports = [arguments[name] for name in ("junit", "json", "sarif", "html", "summary")]
    keep_checking(watched(options.root, named, reports), lambda: report_once(options, arguments))


def _fixed(options: Options, *, diff: bool) -> None:
    """Make the edits, or show them and exit. Raises click.UsageError where a file cannot be written."""
    from validator.cli.fix import show_fixes, write_fixes
    from validator.engine.options import UsageError

    try:
        if diff:
            sys.exit(show_fixes(options, sys.stdout, sys.stderr))
        write_fixes(options, sys.stderr)
    except (UsageError, OSError) as error:
        raise click.UsageError(str(error)) from error
