"""`engram-validate story simulate`: questions about the execution of stories, answered line by line."""

from __future__ import annotations

import sys

import click


@click.command(name="simulate")
@click.option("--jsonl", is_flag=True, help="Read one JSON object a line from standard input, answer one a line.")
def simulate(jsonl: bool) -> None:
    """Say how the platform executes each story that standard input describes; nothing runs, time is virtual.

    A line is one object: `id`, `kind` (batch, hand, steprun or topology), `story` and what else its kind takes. Its
    answer has the same `id`, and `unsupported` with the reason where the answer is not known exactly.

    Exit status: 0 every line was answered, 2 wrong usage.

    \b
    Example:
      engram-validate story simulate --jsonl < stories.jsonl
    """
    from validator.stories.simulation import simulate_lines

    if not jsonl:
        raise click.UsageError("Stories come line by line: give --jsonl.")
    output = sys.stdout.buffer
    for reply in simulate_lines(sys.stdin.buffer):
        output.write(reply.encode() + b"\n")
        output.flush()
