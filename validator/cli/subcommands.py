"""The commands of a group such as `schema`, each in a module of its own: `schema_compare` has `schema compare`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from validator.cli.arguments import NearestCommand


class Subcommands(NearestCommand):
    """Each command is imported when it is called."""

    def __init__(self, *args: Any, summaries: Mapping[str, str], **extra: Any) -> None:
        """Take the line of help by the name of each command, in the order in which a reader meets them."""
        super().__init__(*args, **extra)
        self.summaries = summaries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of the table."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and take the function of that name."""
        if cmd_name not in self.summaries:
            return None
        module = importlib.import_module(f"validator.cli.{self.name}_{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))
