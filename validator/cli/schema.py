"""`engram-validate schema`: one instance against a schema, or one schema against another."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from validator.cli.arguments import NearestCommand

COMMANDS = {
    "validate": "Tell whether a document is an instance of a schema, as the platform judges it.",
    "compare": "Tell whether everything that one schema allows is accepted by another.",
    "config": "Print the JSON Schema of engram-validate.yaml, for editors.",
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
        command: click.Command = getattr(importlib.import_module(f"validator.cli.schema_{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def refuse_whole_manifest(file: Path, document: object, option: str) -> None:
    """Refuse a manifest where a schema belongs: as a schema it has no keywords and allows everything.

    Raises click.UsageError, which names the option that points into the manifest.
    """
    if isinstance(document, dict) and isinstance(document.get("kind"), str) and isinstance(document.get("spec"), dict):
        kind = document["kind"]
        raise click.UsageError(f"{file} is a manifest ({kind}) and no schema: name the schema in it, `{option} PATH`")


@click.group(cls=LazyGroup, name="schema")
def command() -> None:
    """Work with schemas: validate one instance, compare two schemas, or print that of the configuration."""
