"""`engram-validate run`: static checks, then the real images in the sandbox."""

from __future__ import annotations

from typing import Any

import click

from validator.cli.process_environment import conceal
from validator.cli.reporting import report_options, reported, watch_reports
from validator.cli.selection import options_from, sandbox_options, selection_options, shard_options

EXAMPLES = """
\b
Examples:
  engram-validate                     everything in this repository
  engram-validate run --image json-filter=json-filter:pr-12
  engram-validate run --image json-filter=build:. --junit junit.xml
  engram-validate run stories/ --templates 'catalog/*.yaml' --sandbox process
  engram-validate run --changed-since origin/main --cache .cache/checks
  engram-validate run --shard 2/4 --json shard-2.json

\b
Exit status:
  0  nothing at or above --fail-on     3  sandbox error: contract not tested
  1  findings                          4  nothing to check
  2  wrong usage, unreadable file     70  engram-validate itself failed
"""


@click.command(name="run", epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path())
@selection_options
@sandbox_options
@shard_options
@report_options
@click.option("-x", "--exitfirst", "exit_first", is_flag=True, help="Start no case after one has failed.")
@click.option("--watch", is_flag=True, help="Run again whenever a file changes, until Ctrl-C.")
def command(paths: tuple[str, ...], watch: bool, **arguments: Any) -> None:
    """Check manifests and stories, then run every engram that has an image and judge its outputs.

    PATH names manifests, folders or globs; without one, all of the repository is checked.
    """
    options = options_from(paths, arguments)
    if watch and options.given:
        raise click.UsageError("--watch needs files: standard input has none")
    conceal()
    if not watch:
        reported(options, arguments)
    watch_reports(options, arguments, programs=True)
