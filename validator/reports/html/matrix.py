"""The matrix of a catalogue as a table: on a page of its own, and on the page of a report.

Takes the JSON document of the matrix (`validator/checks/pairwise/matrix.py`), so that a page can be made later, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from validator.findings import Json
from validator.reports.escapes import inline, visible
from validator.reports.html.environment import asset, checksum, data, environment
from validator.reports.matrix import PROBLEM_KEYS, SIGNS, WORDS, label, summary

DENSE = 28
"""More columns than this are narrow, so that forty stand side by side on a laptop."""


def render(document: Mapping[str, Any]) -> str:
    """The page: one file without anything from elsewhere; all that comes from manifests is escaped."""
    code = script()
    return (
        environment()
        .get_template("matrix.html")
        .render(
            checksum=checksum(code),
            style=asset("matrix.css") + style(),
            summary=summary(document),
            table=table(document),
            script=code,
        )
    )


def table(document: Mapping[str, Any]) -> Markup:
    """The table with what chooses and tells among its cells, for a page that has `style()` and `script()`."""
    names = [inline(label(template)) for template in document["templates"]]
    size = len(names)
    outcomes = [cell["outcome"] for cell in document["cells"]]
    text = (
        environment()
        .get_template("matrix_table.html")
        .render(
            names=names,
            outcomes=[outcomes[row * size : (row + 1) * size] for row in range(size)],
            counts=document["outcomes"],
            signs=SIGNS,
            words=WORDS,
            dense=DENSE,
            data=data(_details(document)),
        )
    )
    return Markup(text)  # noqa: S704 - escaped by the template


def style() -> Markup:
    """The style sheet of the table; it uses the page's `--back`, `--fore`, `--soft`, `--line`, `--panel`, `--focus`."""
    return asset("matrix_table.css")


def script() -> Markup:
    """The script of the table; it does nothing on a page that has none."""
    return asset("matrix.js")


def _details(document: Mapping[str, Any]) -> Json:
    """Why cells are what they are. Each text stands once; cells name it by its number."""
    texts: dict[str, int] = {}

    def number(value: Json) -> int:
        text = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
        return texts.setdefault(visible(text), len(texts))

    cells: dict[str, Json] = {
        str(index): {
            "problems": [[number(problem[key]) for key in PROBLEM_KEYS] for problem in cell.get("problems", ())],
            "unknown": [number(reason) for reason in cell.get("unknown", ())],
        }
        for index, cell in enumerate(document["cells"])
        if "problems" in cell or "unknown" in cell
    }
    names = [visible(label(template)) for template in document["templates"]]
    return {"names": [*names], "told": [*PROBLEM_KEYS], "cells": cells, "texts": [*texts]}
