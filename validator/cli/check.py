"""`engram-validate check`: static checks only."""

from __future__ import annotations

from typing import Any

import click

from validator.cli.reporting import report_once, report_options, reported
from validator.cli.selection import options_from, selection_options
from validator.engine.options import STATIC

EXAMPLES = """
\b
Examples:
  engram-validate check
  engram-validate check stories/triage.yaml --templates 'catalog/*.yaml'
  engram-validate check --checks resolution --format json
  engram-validate check --watch --quiet      while you write
"""


@click.command(name="check", epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path())
@selection_options
@report_options
@click.option("--watch", is_flag=True, help="Check again whenever a manifest changes, until Ctrl-C.")
def command(paths: tuple[str, ...], watch: bool, **arguments: Any) -> None:
    """Check manifests and stories without running anything: no Docker, no network.

    PATH names manifests, folders or globs; without one, all of the repository is looked at.
    """
    options = options_from(paths, arguments, possible=STATIC)
    if not watch:
        reported(options, arguments)
    if options.update_baseline:
        raise click.UsageError("--watch and --update-baseline exclude each other: every change would be accepted")
    from validator.cli.watch import keep_checking, watched

    named = [*options.paths, *options.manifests, *options.templates, *([options.config] if options.config else [])]
    reports = [arguments[name] for name in ("junit", "json", "sarif", "html", "summary")]
    keep_checking(watched(options.root, named, reports), lambda: report_once(options, arguments))
