"""What arguments of several commands mean, and the nearest right word for one that means nothing."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from validator.suite.cases import Search

F = TypeVar("F", bound=Callable[..., Any])

SHORTEST = 0.1
MOST_INPUTS = 100_000
"""Inputs that one exploration tries at most."""
MOST_FILES = 300
"""How many files a shell waits for."""


def duration(ctx: click.Context, param: click.Parameter, text: str | None) -> float:
    """The callback of an option for the time of a case: seconds or a duration, as `30`, `1.5`, `30s`, `1m30s`.

    Without the option it is 0. Raises click.BadParameter for anything else, for less than a tenth of a second, and for
    more than any job may take.
    """
    from validator.suite.quantities import LONGEST_CASE

    length = 0.0 if text is None else _seconds(ctx, param, text)
    if length > LONGEST_CASE:
        raise click.BadParameter(f"{text!r} is too long; a case may take {LONGEST_CASE / 3600:g}h at most", ctx, param)
    return length


def _seconds(ctx: click.Context, param: click.Parameter, text: str) -> float:
    from validator.suite.quantities import seconds

    try:
        length = seconds(float(text) if text.replace(".", "", 1).isdecimal() else text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error
    if length < SHORTEST:
        raise click.BadParameter(f"{text!r} is too short; give a case at least {SHORTEST} s", ctx, param)
    return length


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean `check`?`, or nothing when no known word is near."""
    nearest = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean `{nearest[0]}`?" if nearest else ""


def rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes of rules for a shell, or names where a name was begun."""
    from click.shell_completion import CompletionItem

    from validator.rules import catalogue

    every = [(word, rule.summary) for rule in catalogue().values() for word in (rule.code, rule.name)]
    begun = incomplete or "EV"
    return [CompletionItem(word, help=summary) for word, summary in every if word.startswith(begun)]


def templates(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the workspace's EngramTemplates for a shell; none where it would take long to look."""
    from click.shell_completion import CompletionItem

    from validator.sources.discovery import files_below
    from validator.sources.workspace import load

    root = Path(ctx.params.get("root") or ".").resolve()
    files = [str(file) for file in islice(files_below(root), MOST_FILES + 1)]
    if len(files) > MOST_FILES:
        return []
    names = [(template.name, template.file) for template in load(root).templates]
    return [CompletionItem(name, help=file) for name, file in names if name.startswith(incomplete)]


class NearestCommand(click.Group):
    """A group that names the nearest command when there is none of a name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises click.UsageError when there is no such command."""
        word, names = args[0], self.list_commands(ctx)
        if word in names or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise click.UsageError(
            f"no such command `{word}`; there are {', '.join(names)}{did_you_mean(word, names)}", ctx
        )


def unisolated_option(function: F) -> F:
    """The caller's consent to run engrams that nothing confines."""
    return click.option(
        "--allow-unisolated",
        "unisolated",
        is_flag=True,
        envvar="ENGRAM_VALIDATE_ALLOW_UNISOLATED",
        help="Run engrams even where nothing confines them: they can then do all that you can.",
    )(function)


def exploration(ctx: click.Context, param: click.Parameter, text: str | None) -> Search | None:
    """The callback of `--explore`: None for `off`. Raises click.BadParameter for no number and no duration."""
    from validator.suite.cases import QUICK, Search

    if text == "off":
        return None
    if text is None or text == "quick":
        return replace(QUICK, warns=text is None)
    if text.isdecimal():
        if not 0 < int(text) <= MOST_INPUTS:
            raise click.BadParameter(f"between 1 and {MOST_INPUTS} inputs can be tried", ctx, param)
        return Search(inputs=int(text), seconds=math.inf)
    return Search(inputs=MOST_INPUTS, seconds=_seconds(ctx, param, text))
