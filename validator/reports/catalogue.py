"""Every report that is written to a file, and every form of standard output: a line each, with how it is made.

A renderer is imported when its report is wanted: the command line asks this table for its options.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from validator.reports.comparison import Comparison
    from validator.reports.excerpts import Lines
    from validator.suite.results import Report


@dataclass(frozen=True, slots=True)
class Source:
    """What reports are made from."""

    report: Report
    lines: Lines
    changes: Comparison | None
    """What differs from an earlier report, where there is one."""
    environ: Mapping[str, str]
    root: Path
    prefix: str
    """The path from the repository's root to the workspace root."""
    room: int = 0
    """Bytes that the file still has room for, where it is shared."""


Renderer = Callable[[Source], str]


@dataclass(frozen=True, slots=True)
class FileReport:
    """A report that goes to the file which its option names."""

    option: str
    name: str
    """What people call it."""
    help: str
    render: Renderer
    needs_pairs: bool = False
    """It shows which steps fit together, and the graphs of stories."""
    needs_graphs: bool = False
    """It shows the graphs of stories."""
    is_shared: bool = False
    """Others write to the file as well: it is appended to."""


def _html(source: Source) -> str:
    origin = _module("links").origin(source.environ, source.root, source.prefix, datetime.now(UTC))
    return str(_module("html").render(source.report, source.lines, origin, source.changes))


def _summary(source: Source) -> str:
    module = _module("summary")
    return str(module.render(source.report, source.lines, limit=source.room, changes=source.changes))


def _json(source: Source) -> str:
    return str(_module("document").render(source.report))


def _module(name: str) -> Any:
    return import_module(f"validator.reports.{name}")


# fmt: off
REPORTS = (
    FileReport("junit", "JUnit", "Write a JUnit XML report.", lambda it: _module("junit").render(it.report, it.lines)),
    FileReport("json", "JSON", "Write the JSON report.", _json, needs_pairs=True),
    FileReport("sarif", "SARIF", "Write a SARIF 2.1.0 report for code scanning.",
               lambda it: _module("sarif").render(it.report, prefix=it.prefix)),
    FileReport("html", "HTML", "Write a report as one HTML page.", _html, needs_pairs=True),
    FileReport("badge", "badge", "Write the verdict as JSON for a badge.",
               lambda it: _module("badge").render(it.report)),
    FileReport("summary", "summary", "Append a job summary in Markdown.", _summary, needs_graphs=True, is_shared=True),
)
# fmt: on

FOR_PROGRAMS: Mapping[str, Renderer] = {
    "json": _json,
    "gitlab": lambda it: _module("gitlab").render(it.report, prefix=it.prefix),
}
"""Forms of standard output that hold nothing else."""
SHORT: Mapping[str, Callable[[Report], Any]] = {
    "concise": lambda report: _module("concise").concise(report),
    "grouped": lambda report: _module("concise").grouped(report),
}
"""Forms for people with a line for each finding, in place of the console's."""
FORMATS = ("console", *SHORT, "github", *sorted(FOR_PROGRAMS))
"""What standard output can get."""
