"""`engram-validate schema`: one instance against a schema, or one schema against another."""

from __future__ import annotations

from pathlib import Path

import click

from validator.cli.subcommands import Subcommands

COMMANDS = {
    "validate": "Tell whether a document is an instance of a schema, as the platform judges it.",
    "compare": "Tell whether everything that one schema allows is accepted by another.",
    "config": "Print the JSON Schema of engram-validate.yaml, for editors.",
}


def refuse_whole_manifest(file: Path, document: object, option: str) -> None:
    """Refuse a manifest where a schema belongs: as a schema it has no keywords and allows everything.

    Raises click.UsageError, which names the option that points into the manifest.
    """
    if isinstance(document, dict) and isinstance(document.get("kind"), str) and isinstance(document.get("spec"), dict):
        kind = document["kind"]
        raise click.UsageError(f"{file} is a manifest ({kind}) and no schema: name the schema in it, `{option} PATH`")


@click.group(cls=Subcommands, name="schema", summaries=COMMANDS)
def command() -> None:
    """Work with schemas: validate one instance, compare two schemas, or print that of the configuration."""
