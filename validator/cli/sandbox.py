"""`engram-validate sandbox`: one case of one image by hand."""

from __future__ import annotations

import click

from validator.cli.subcommands import Subcommands

COMMANDS = {
    "run": "Run one batch case: its status, its output, its logs and its exit.",
    "stream": "Run one streaming case: what was sent, what came back, and its receipts.",
}


@click.group(cls=Subcommands, name="sandbox", summaries=COMMANDS)
def command() -> None:
    """Run one case of one image by hand, and show its output and log."""
