"""`engram-validate story`: a whole story without a cluster, in virtual time."""

from __future__ import annotations

import click

from validator.cli.subcommands import Subcommands

COMMANDS = {
    "graph": "Draw which way packets and values go, and what validates them: Mermaid or JSON.",
    "run": "Run a batch or realtime story as the platform would; time is virtual where no image runs.",
    "simulate": "Answer recorded questions about how the platform executes a story, one JSON object a line.",
}


@click.group(cls=Subcommands, name="story", summaries=COMMANDS)
def command() -> None:
    """Draw a story, or simulate it as the platform would execute it, in virtual time."""
