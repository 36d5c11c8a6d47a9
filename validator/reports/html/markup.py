"""Elements out of text that is always escaped: markup cannot come from anywhere but here."""

from __future__ import annotations

import html
from collections.abc import Iterable

from validator.reports.escapes import visible

VOID = {"input"}
"""Elements without an end."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(element: str, /, *children: str, **attributes: str | int | float | bool) -> Markup:
    """An element. A child that is no Markup is text; `class_` is `class`, `data_rule` is `data-rule`.

    An attribute that is False or empty text is left out, True stands alone.
    """
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(str(value))}"')
        for key, value in attributes.items()
        if value is not False and value != ""
    )
    return Markup(f"<{element}{given}>" + ("" if element in VOID else f"{join(children)}</{element}>"))


def join(children: Iterable[str]) -> Markup:
    """Children one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else text(child) for child in children))


def text(content: str) -> Markup:
    """Text in which nothing is markup and nothing is invisible."""
    return Markup(html.escape(visible(content), quote=True))


def message(content: str) -> Markup:
    """A message: what it sets between backticks becomes code."""
    parts = content.split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner belongs to what is quoted
        return text(content)
    return join(tag("code", part) if index % 2 else part for index, part in enumerate(parts))


def table(heads: Iterable[str], rows: Iterable[Markup]) -> Markup:
    """A table that scrolls by itself when it is wide; reached with Tab for that."""
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in heads)))
    return tag("div", tag("table", head, tag("tbody", *rows)), class_="wide", tabindex=0)


def row(*cells: str) -> Markup:
    """A row whose first cell names it."""
    first, *rest = cells
    return tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in rest))


def folded(summary: str, *children: str, **attributes: str | bool) -> Markup:
    """What is shown when its summary is chosen."""
    return tag("details", tag("summary", summary), *children, **attributes)
