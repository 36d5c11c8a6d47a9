"""`engram-validate plan`: a run cut into shards of even length, as the matrix of a workflow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from validator.cli.selection import (
    durations_option,
    options_from,
    sandbox_options,
    selection_options,
)

if TYPE_CHECKING:
    from validator.engine.planning import Plan

EXAMPLES = """
\b
Examples:
  engram-validate plan --shards 4
  engram-validate plan --target-minutes 10 --durations last-night.json
  echo "matrix=$(engram-validate plan --shards 4 --format github)" \\
      >> "$GITHUB_OUTPUT"

Each shard is then one job: engram-validate run --shard I/N, with the same options and the same --durations.
"""


@click.command(name="plan", epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path())
@selection_options
@sandbox_options
@durations_option
@click.option("--shards", type=click.IntRange(min=1), help="How many shards (default: 1).")
@click.option(
    "--target-minutes", type=click.FloatRange(min=0, min_open=True), help="As many shards as keep each short."
)
@click.option("--format", "form", type=click.Choice(["console", "json", "github"]), help="github: JSON in one line.")
def command(paths: tuple[str, ...], **arguments: Any) -> None:
    """Cut what `run` would do into shards, and print the matrix. Nothing is run, and no Docker is needed."""
    from validator.engine.options import UsageError
    from validator.engine.planning import plan

    if arguments["shards"] and arguments["target_minutes"]:
        raise click.UsageError("--shards and --target-minutes exclude each other")
    options = options_from(paths, arguments)
    try:
        shards = plan(options, arguments["shards"] or 0, 60 * (arguments["target_minutes"] or 0.0))
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    click.echo(_rendered(shards, arguments["form"] or "console"), nl=False)


def _rendered(plan: Plan, form: str) -> str:
    from validator.reports.tallies import counted

    matrix = {
        "include": [
            {
                "shard": str(part.shard),
                "number": part.shard.number,
                "name": part.name,
                "seconds": round(part.seconds, 1),
                "cases": part.cases,
                "engrams": list(part.engrams),
            }
            for part in plan.parts
        ]
    }
    if form == "github":
        return json.dumps(matrix) + "\n"
    if form == "json":
        return json.dumps(matrix, indent=2) + "\n"
    rows = [
        f"shard {part.shard}  {part.seconds:7.0f} s  {counted(part.cases, 'case'):>11}  {part.name}"
        for part in plan.parts
    ]
    known = f"{plan.recorded:,} of {counted(plan.cases, 'case')} with a recorded duration"
    return "\n".join([*rows, f"{plan.seconds:.0f} s in all; {known}", ""])
