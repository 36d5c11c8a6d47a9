"""`engram-validate schema config`: the JSON Schema of engram-validate.yaml, for editors."""

from __future__ import annotations

import json

import click

EXAMPLES = """
\b
Example:
  engram-validate schema config > .engram-validate.schema.json
"""


@click.command(name="config", epilog=EXAMPLES)
def config() -> None:
    """Print the JSON Schema of engram-validate.yaml, so that an editor can complete it and show what a key means."""
    from validator.suite.config import schema

    click.echo(json.dumps(schema(), indent=2))
