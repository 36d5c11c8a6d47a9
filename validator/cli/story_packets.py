"""`engram-validate story run` of a realtime story: its engrams in pods, and where every packet went."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from validator.cli.arguments import unisolated_option
from validator.cli.process_environment import conceal
from validator.cli.terminal import say

if TYPE_CHECKING:
    from validator.engine.preparation import Prepared
    from validator.sources.manifests import Story
    from validator.sources.workspace import Workspace
    from validator.suite.realtime.cases import Case
    from validator.suite.realtime.running import Ran
    from validator.suite.results import Report

F = TypeVar("F", bound=Callable[..., Any])
BROKEN = 3
"""Exit status when the sandbox could not do its work."""


def packet_options(function: F) -> F:
    """The options that only a realtime story has."""
    for option in reversed(
        (
            click.option("--packets", metavar="FILE", help="Realtime: what is sent and expected, as YAML or JSON."),
            click.option(
                "--image",
                "images",
                metavar="NAME=REF",
                multiple=True,
                help="The image for a template, engram/NAMESPACE/NAME or step/STORY/STEP.",
            ),
            click.option(
                "--sandbox",
                type=click.Choice(["auto", "docker", "dind", "process"]),
                envvar="ENGRAM_VALIDATE_SANDBOX",
                help="Where images run.",
            ),
            unisolated_option,
            click.option(
                "--html",
                "page",
                metavar="FILE",
                help="Write a page: each step on a timeline with its inputs; realtime: each packet as an arrow.",
            ),
            click.option("--verbose", is_flag=True, help="Realtime: show payloads and notes, too."),
        )
    ):
        function = option(function)
    return function


def run_packets(prepared: Prepared, story: Story, arguments: Mapping[str, Any]) -> int:
    """Run the cases of a realtime story and show them; the exit status."""
    from validator.engine.realtime import run_cases
    from validator.engine.stories.packets import case_outcome
    from validator.engine.stories.reporting import report_from
    from validator.engine.stories.running import mask_of
    from validator.reports.packets import document
    from validator.sandbox.model import SandboxError
    from validator.suite.realtime.cases import CaseError

    conceal()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        replay, record = (Path(arguments[name]) if arguments.get(name) else None for name in ("replay", "record"))
        ran = list(run_cases(prepared, story, _cases(prepared, story, arguments), replay, record))
    except CaseError as error:
        raise click.UsageError(str(error)) from None
    except SandboxError as error:
        click.echo(f"engram-validate: {error.message}", err=True)
        return BROKEN
    reports = [case_outcome(prepared, story, one) for one in ran]
    report = report_from(prepared, [one.row for one in reports], [found for one in reports for found in one.findings])
    mask = mask_of(prepared).text
    if arguments.get("page"):
        _write_page(Path(arguments["page"]), ran, mask)
    if arguments.get("junit"):
        write_junit(Path(arguments["junit"]), report, prepared, mask)
    if arguments["style"] == "json":
        cases = [document(one.row, one.ran) for one in reports if one.ran is not None]
        text = json.dumps({"result": report.result, "cases": cases}, ensure_ascii=False, indent=2)
        click.echo(mask(text))
    else:
        _show(ran, prepared.workspace, arguments["style"], mask, verbose=bool(arguments.get("verbose")))
    for broken in (error for one in ran for error in one.errors):
        click.echo(f"engram-validate: {broken.message}", err=True)
    return int(report.status)


def write_junit(path: Path, report: Report, prepared: Prepared, mask: Callable[[str], str]) -> None:
    """A test for each case. Raises click.UsageError when it cannot be written."""
    from validator.reports.junit import render
    from validator.reports.writers import file_lines

    try:
        path.write_text(mask(render(report, file_lines(prepared.options.root))), encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--junit {path}: {error}") from None


def _cases(prepared: Prepared, story: Story, arguments: Mapping[str, Any]) -> list[Case]:
    """What is to be played. Raises click.UsageError and CaseError."""
    from validator.cli.rehearse import object_of
    from validator.engine.realtime import cases_of
    from validator.suite.realtime.cases import case

    file = arguments.get("packets")
    if file is not None:
        steps = [step.name for step in story.steps if step.name]
        return [case(object_of(file), steps, Path(file).parent, Path(file).stem)]
    found = cases_of(prepared, story, arguments.get("cases") or ())
    if not found:
        raise click.UsageError(
            f"The story {story.name} has no such case: write one below `stories:` of engram-validate.yaml, or name its "
            "packets by --packets FILE"
        )
    return found


def _write_page(file: Path, ran: Sequence[Ran], mask: Callable[[str], str]) -> None:
    """Raises click.UsageError when it cannot be written."""
    from validator.reports.files import replace
    from validator.reports.packets_page import render

    try:
        replace(file, mask(render(ran)))
    except OSError as error:
        raise click.UsageError(f"--html {file}: {error}") from error


def _show(ran: Sequence[Ran], workspace: Workspace, style: str, mask: Callable[[str], str], *, verbose: bool) -> None:
    from validator.reports import packets
    from validator.suite.realtime.conversation import conversation

    if style == "markdown":
        click.echo(mask(packets.markdown([conversation("", one) for one in ran])))
    else:
        _console(ran, workspace, mask, verbose=verbose)


def _console(ran: Sequence[Ran], workspace: Workspace, mask: Callable[[str], str], *, verbose: bool) -> None:
    from validator.findings import Severity
    from validator.reports.console import Look, paint
    from validator.reports.packets import text
    from validator.reports.panels import Layout, panel
    from validator.reports.writers import wants_color, width_of

    def lines(file: str) -> Sequence[str]:
        found = workspace.text_of(file)
        return found.text.splitlines() if found is not None else ()

    look = Look(width=width_of(sys.stdout), color=wants_color(sys.stdout, os.environ), fold=sys.stdout.isatty())
    for one in ran:
        for finding in one.findings:
            if verbose or finding.severity is not Severity.NOTE:
                click.echo(mask(paint([*panel(finding, lines, Layout(width=look.width)), ()], look)), nl=False)
        say(mask(text(one, verbose=verbose)))
