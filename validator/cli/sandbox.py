"""`engram-validate sandbox`: one case of one image by hand."""

from __future__ import annotations

import importlib
import importlib.util

import click

from validator.cli.arguments import NearestCommand

COMMANDS = {
    "run": "Run one batch case: its status, its output, its logs and its exit.",
    "stream": "Run one streaming case: what was sent, what came back, and its receipts.",
}


class LazyGroup(NearestCommand):
    """Each command is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands that this installation has."""
        return [name for name in COMMANDS if importlib.util.find_spec(f"validator.cli.sandbox_{name}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and take the function of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(importlib.import_module(f"validator.cli.sandbox_{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, name="sandbox")
def command() -> None:
    """Run one case of one image by hand, its output and log shown."""
