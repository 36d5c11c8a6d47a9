"""`engram-validate check`: static checks only."""

from __future__ import annotations

from typing import Any

import click

from validator.cli.reporting import report_options, reported
from validator.cli.selection import options_from, selection_options
from validator.engine.options import STATIC

EXAMPLES = """
\b
Examples:
  engram-validate check
  engram-validate check stories/triage.yaml --templates 'catalog/*.yaml'
  engram-validate check --checks resolution --format json
"""


@click.command(name="check", epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path())
@selection_options
@report_options
def command(paths: tuple[str, ...], **arguments: Any) -> None:
    """Check manifests and stories without running anything: no Docker, no network.

    PATH names manifests, folders or globs; without one, all of the repository is looked at.
    """
    reported(options_from(paths, arguments, possible=STATIC), arguments)
