"""What commands print for people: on a terminal, lines are folded between words; a pipe gets them whole."""

from __future__ import annotations

import sys

import click


def say(text: str, *, err: bool = False) -> None:
    """Print lines for people, with a line feed at their end."""
    from validator.reports.folding import fitted
    from validator.reports.writers import width_of

    stream = sys.stderr if err else sys.stdout
    shown = fitted(text, width_of(stream)) if stream.isatty() else text
    click.echo(shown, err=err)
