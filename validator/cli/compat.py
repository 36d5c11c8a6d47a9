"""`engram-validate compat`: what one engram emits against what another accepts, a catalogue, or a new version."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from validator.checks.pairwise.direct import Comparison
    from validator.findings import Finding, Unchecked
    from validator.suite.results import Report

EXAMPLES = """
\b
Examples:
  engram-validate compat fetch chat      does `chat` take what `fetch` emits?
  engram-validate compat --matrix 'catalog/*.yaml' --html matrix.html
  engram-validate compat --baseline v0.1.2:Engram.yaml Engram.yaml
  engram-validate compat --baseline released/ --format json

Exit status: 0 everything that is declared is accepted, 1 it is not, 2 wrong usage, 4 it could not be decided
or there was nothing to compare. A matrix ends with 0: no story joins its pairs.
"""


@click.command(name="compat", epilog=EXAMPLES)
@click.argument("things", metavar="[A B | PATH…]", nargs=-1)
@click.option("--matrix", "as_matrix", is_flag=True, help="Compare every template with every other.")
@click.option("--html", metavar="FILE", default="", help="With --matrix: write the table as a page of its own.")
@click.option(
    "--baseline",
    metavar="FILE|DIR|REV:PATH",
    default="",
    help="Compare with the released version: a file, a folder, or a path of a git revision.",
)
@click.option("--root", type=click.Path(exists=True, file_okay=False), default=".", help="Workspace root.")
@click.option("--templates", metavar="GLOB", multiple=True, help="EngramTemplates of other repositories.")
@click.option("--format", "form", type=click.Choice(["console", "json"]), default="console", show_default=True)
def command(
    things: tuple[str, ...],
    as_matrix: bool,
    html: str,
    baseline: str,
    root: str,
    templates: tuple[str, ...],
    form: str,
) -> None:
    """Compare what one engram emits with what another accepts: without a story, without running anything.

    A and B are files with an EngramTemplate, or the names of templates in the workspace. A's output is taken for B's
    input as it is.

    With --baseline, the templates of the workspace (or of PATH) are compared with their released versions: does the
    new one accept all that the old one did, does it emit only what the old one declared, and which stories break?
    """
    if as_matrix and baseline:
        raise click.UsageError("--matrix and --baseline are two different questions")
    if html and not as_matrix:
        raise click.UsageError("--html needs --matrix")
    place = Path(root).resolve()
    if as_matrix:
        _matrix(place, things, templates, html, form)
    if baseline:
        _evolution(place, things, templates, baseline, form)
    if len(things) != 2:
        raise click.UsageError("name two templates, A and B; or use --matrix, or --baseline")
    _pair(place, things, templates, form)


def _pair(root: Path, things: Sequence[str], templates: Sequence[str], form: str) -> NoReturn:
    from validator.checks.pairwise.direct import compare
    from validator.checks.pairwise.pairs import Outcome, Pairs
    from validator.cli.compat_sources import chosen

    producer, consumer = chosen(root, things, templates)
    found = compare(producer, consumer, Pairs())
    status = {Outcome.ACCEPTED: 0, Outcome.UNKNOWN: 4}.get(found.outcome, 1)
    verdicts = list(found.verdicts())
    if form == "json":
        from validator.reports.document import document

        pair = {"producer": producer.name, "consumer": consumer.name, "outcome": found.outcome.value}
        _print_json({**document(_report(verdicts)), "exit_status": status, "pair": pair})
    else:
        _show(verdict_of(found), "passed" if not status else "failed", verdicts, root, {})
    sys.exit(status)


def verdict_of(found: Comparison) -> str:
    """One line: the verdict about a pair."""
    from validator.checks.pairwise.pairs import Outcome
    from validator.sources.versions import label

    both = [found.producer, found.consumer]
    alike = found.producer is not found.consumer and found.producer.version != found.consumer.version
    producer, consumer = (label(one, both) if alike else one.name for one in both)
    return {
        Outcome.ACCEPTED: f"accepted: `{consumer}` accepts everything that `{producer}` declares",
        Outcome.CAN_FAIL: f"can fail: `{consumer}` does not accept everything that `{producer}` declares",
        Outcome.NEVER: f"never accepted: `{consumer}` accepts nothing that `{producer}` declares",
        Outcome.UNKNOWN: f"unknown: cannot decide whether `{consumer}` accepts what `{producer}` declares",
    }[found.outcome]


def _matrix(root: Path, things: Sequence[str], templates: Sequence[str], html: str, form: str) -> NoReturn:
    from validator.checks.pairwise.matrix import document, matrix
    from validator.cli.compat_sources import catalogue
    from validator.reports.html.matrix import render
    from validator.reports.matrix import overview

    known = catalogue(root, things, templates)
    if not known:
        click.echo("there are no EngramTemplates to compare", err=True)
        sys.exit(4)
    found = document(matrix(known))
    if html:
        try:
            Path(html).write_text(render(found), encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise click.UsageError(f"{html} cannot be written: {error.strerror}") from error
    if form == "json":
        _print_json(found)
    else:
        click.echo(overview(found), nl=False)
        if html:
            click.echo(f"\nwritten to {html}")
    sys.exit(0)


def _evolution(root: Path, things: Sequence[str], templates: Sequence[str], baseline: str, form: str) -> NoReturn:
    from validator.checks.pairwise.promotion import promote
    from validator.cli.compat_sources import about, newest, released, without, workspace_of

    chosen = workspace_of(root, things, templates)
    old, texts = released(root, baseline, chosen)
    if things:
        named = {template.file for template in chosen.templates}
        old = [template for template in old if template.file not in named]
    workspace = about(root, chosen, templates) if things else chosen
    found = promote(without(workspace, old), newest(old))
    if not found.changes:
        click.echo(f"no EngramTemplate of the workspace is in {baseline}", err=True)
        sys.exit(4)
    verdicts = [*found.verdicts()]
    if form == "json":
        from validator.reports.document import document

        _print_json({**document(_report(verdicts)), "exit_status": found.status, "promotion": found.document()})
    else:
        lines = [change.sentence() for change in found.changes]
        _show("\n".join(lines), "failed" if found.status else "passed", verdicts, root, texts)
    sys.exit(found.status)


def _show(
    headline: str, style: str, verdicts: Sequence[Finding | Unchecked], root: Path, texts: dict[str, Sequence[str]]
) -> None:
    """The verdict first, then why."""
    from validator.findings import Finding
    from validator.reports.console import Look, paint
    from validator.reports.escapes import inline, visible
    from validator.reports.panels import Layout, Line, panel
    from validator.reports.writers import file_lines, wants_color, width_of

    files = file_lines(root)

    def lines(file: str) -> Sequence[str]:
        return texts[file] if file in texts else files(file)

    look = Look(width=width_of(sys.stdout), color=wants_color(sys.stdout, os.environ), fold=sys.stdout.isatty())
    shown: list[Line] = [((visible(headline), style),)]
    for verdict in verdicts:
        shown.append(())
        if isinstance(verdict, Finding):
            shown += panel(verdict, lines, Layout(width=look.width))
        else:
            shown.append((("could not be checked: ", "heading"), (inline(verdict.reason), "")))
    click.echo(paint(shown, look), nl=False)


def _report(verdicts: Sequence[Finding | Unchecked]) -> Report:
    from validator.findings import Finding, Unchecked
    from validator.suite.results import Report

    return Report(
        findings=tuple(verdict for verdict in verdicts if isinstance(verdict, Finding)),
        unchecked=tuple(verdict for verdict in verdicts if isinstance(verdict, Unchecked)),
        checked=1,
    )


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))
