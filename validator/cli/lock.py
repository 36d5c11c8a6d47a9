"""`engram-validate lock`: the digests of all images from registries, written down."""

from __future__ import annotations

import sys
from typing import Any

import click

from validator.cli.selection import options_from, sandbox_options, selection_options

EXAMPLES = """
\b
Examples:
  engram-validate lock                  tell which tags have moved, and write
  engram-validate lock --pull missing   of images that are here

Commit the file: from then on `run` takes these very images. Exit status 3 when an image cannot be had.
"""


@click.command(name="lock", epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path())
@selection_options
@sandbox_options
def command(paths: tuple[str, ...], **arguments: Any) -> None:
    """Pull every image that a run takes from a registry, and write its digest into engram-validate.lock."""
    from validator.engine.locking import locked
    from validator.engine.options import UsageError
    from validator.reports.escapes import inline
    from validator.sandbox.model import SandboxError

    def progress(line: str) -> None:
        click.echo(inline(line), err=True)

    try:
        result = locked(options_from(paths, arguments), progress)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    except SandboxError as error:
        click.echo(f"engram-validate: {inline(error.message)}", err=True)
        sys.exit(3)
    for line in result.changes or ["nothing has changed"]:
        click.echo(inline(line))
    for line in result.problems:
        click.echo(f"engram-validate: {inline(line)}", err=True)
    sys.exit(3 if result.problems else 0)
