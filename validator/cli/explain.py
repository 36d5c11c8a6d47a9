"""`engram-validate explain`: the page of a rule, or the catalogue."""

from __future__ import annotations

import difflib
import json
import os
import sys

import click

from validator import rules
from validator.cli import arguments
from validator.cli.terminal import say
from validator.findings import Json, Rule

EXAMPLES = """
\b
Examples:
  engram-validate explain                     every rule, a line each
  engram-validate explain EV3                 those whose code begins so
  engram-validate explain EV301               what a rule means, with examples
  engram-validate explain incompatible-input  the same, by name
  engram-validate explain --format json       for programs
"""

WIDEST = 122
"""Columns: code of 120 characters a line, with a blank on each side."""


@click.command(name="explain", epilog=EXAMPLES)
@click.argument("rule", required=False, metavar="[RULE]", shell_complete=arguments.rules)
@click.option(
    "--format", "form", type=click.Choice(["console", "json"]), default="console", help="For people or programs."
)
def command(rule: str | None, form: str) -> None:
    """Show the page of a rule: why it is there, an example that fails, one that passes, and what to do.

    RULE is a code (EV301) or a name (incompatible-input); with the beginning of a code (EV3) those rules are listed,
    and without one all.
    """
    wanted = rule or ""
    found = rules.find(wanted)
    if found is None:
        begun = [each for each in rules.catalogue().values() if each.code.startswith(wanted.upper())]
        if not begun:
            raise click.UsageError(_unknown(wanted))
        if form == "json":
            click.echo(_json([_facts(each) for each in begun]), nl=False)
        else:
            say(_table(begun))
        return
    page = rules.page(found)
    click.echo(_json({**_facts(found), "page": page}) if form == "json" else _page(page), nl=False, color=True)


def _unknown(wanted: str) -> str:
    names = [name for each in rules.catalogue().values() for name in (each.code, each.name)]
    nearest = difflib.get_close_matches(wanted, names, 5, 0.5) or difflib.get_close_matches(
        wanted.upper(), names, 5, 0.5
    )
    hint = f"; the nearest are {', '.join(nearest)}" if nearest else ""
    return f"there is no rule {wanted!r}{hint} ('engram-validate explain' lists all)"


def _facts(rule: Rule) -> dict[str, Json]:
    return {"code": rule.code, "name": rule.name, "severity": rule.severity.value, "summary": rule.summary}


def _json(value: Json) -> str:
    return json.dumps(value, indent=2) + "\n"


def _table(catalogue: list[Rule]) -> str:
    """A line for each rule, grouped by family; plain, so that it can be searched and cut into fields."""
    width = max(len(rule.name) for rule in catalogue)
    lines = []
    family = ""
    for rule in catalogue:
        if family and rule.code[:3] != family:
            lines.append("")
        family = rule.code[:3]
        lines.append(f"{rule.code}  {rule.name:<{width}}  {rule.severity.value:<7}  {rule.summary}")
    return "\n".join(lines)


def _page(page: str) -> str:
    """The page as it is, or set for a terminal."""
    from validator.reports.writers import wants_color, width_of

    color = wants_color(sys.stdout, os.environ)
    if not color and not sys.stdout.isatty():
        return page
    import io

    from rich.console import Console
    from rich.markdown import Markdown

    out = io.StringIO()
    width = min(width_of(sys.stdout), WIDEST)
    console = Console(file=out, force_terminal=color, color_system="standard" if color else None, width=width)
    # The terminal's own colours, on its own background.
    console.print(Markdown(rules.labelled(page), code_theme="ansi_dark"))
    return out.getvalue()
