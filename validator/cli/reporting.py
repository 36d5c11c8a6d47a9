"""The options that say where a report goes, and the one way in which `run` and `check` end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from validator.engine.options import Options

F = TypeVar("F", bound=Callable[..., Any])


def report_options(function: F) -> F:
    """Where the report goes."""
    for option in reversed(
        (
            click.option("--format", "form", type=click.Choice(["console", "json", "github"]), default="console"),
            click.option("--junit", metavar="FILE", help="Write a JUnit XML report."),
            click.option("--json", "json_file", metavar="FILE", help="Write the JSON report."),
            click.option("--summary", metavar="FILE", help="Append a job summary in Markdown."),
            click.option("-v", "--verbose", is_flag=True, help="Show every case and every log."),
            click.option("-q", "--quiet", is_flag=True, help="Show findings and the verdict only."),
        )
    ):
        function = option(function)
    return function


def reported(options: Options, arguments: Mapping[str, Any]) -> None:
    """Run, report and exit."""
    raise NotImplementedError
