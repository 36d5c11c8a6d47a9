"""`engram-validate story`: a whole story without a cluster, in virtual time."""

from __future__ import annotations

import importlib

import click

from validator.cli.arguments import NearestCommand

COMMANDS = {
    "graph": "Draw which way packets and values go, and what validates them: Mermaid or JSON.",
    "run": "Run a batch story in virtual time, with stand-ins for its engrams.",
    "simulate": "Answer recorded questions about how the platform executes a story, one JSON object a line.",
}


class LazyGroup(NearestCommand):
    """Each command is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which a reader meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and take the function of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"validator.cli.story_{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, name="story")
def command() -> None:
    """Draw a story, or simulate it as the platform would execute it, in virtual time."""
