"""`engram-validate merge`: the reports of shards, joined into one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from validator.cli.reporting import outputs_from, report_options, write_reports

EXAMPLES = """
\b
Examples:
  engram-validate merge shard-*.json
  engram-validate merge reports/*.json --summary "$GITHUB_STEP_SUMMARY"

Exit status: as `run` would have given it; 3 also when a shard is missing.
"""


@click.command(name="merge", epilog=EXAMPLES)
@click.argument("reports", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--root", type=click.Path(exists=True, file_okay=False), default=".", help="Workspace root, for excerpts."
)
@click.option("--fail-on", type=click.Choice(["error", "warning", "note", "never"]), help="Default: as the shards did.")
@report_options
def command(reports: tuple[Path, ...], **arguments: Any) -> None:
    """Join JSON REPORTS into the report that one run would have given.

    A missing shard is reported, and is no pass. Reports of other runs may be among them.
    """
    from validator.engine.merging import Part, merged
    from validator.engine.options import UsageError
    from validator.reports.document import InvalidDocument, parse

    parts = []
    for file in reports:
        try:
            parts.append(Part(str(file), parse(file.read_text(encoding="utf-8"))))
        except (OSError, UnicodeDecodeError, InvalidDocument) as error:
            raise click.UsageError(f"{file}: {error}; expected what `run --json FILE` writes") from error
    try:
        report = merged(parts, arguments["fail_on"] or "")
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    sys.exit(write_reports(report, outputs_from(arguments), _discreet(Path(arguments["root"]))))


def _discreet(root: Path) -> Any:
    """The lines of manifests, for excerpts. Cases may hold secrets, which only a run knows: they are not shown."""
    from validator.reports.writers import file_lines

    lines = file_lines(root)

    def without_cases(file: str) -> Sequence[str]:
        found = lines(file)
        return () if any(line.startswith("cases:") for line in found) else found

    return without_cases
