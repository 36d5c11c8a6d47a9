"""The matrix of a catalogue for people: a page of its own, and the same on a terminal.

Takes the JSON document of the matrix (`validator/checks/pairwise/matrix.py`), so that a page can be made later, too.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from validator.findings import Json
from validator.reports.escapes import inline, script_data, visible
from validator.suite.results import PairVerdict

SIGNS = {"accepted": "✓", "can-fail": "!", "never": "✕", "unknown": "?"}
"""A sign for each outcome: colours alone tell nothing to many."""
WORDS = {
    "accepted": "everything is accepted",
    "can-fail": "can fail",
    "never": "never accepted",
    "unknown": "cannot be told",
}
TOLD = ("path", "problem", "witness", "producer", "consumer")
"""What is told of each problem."""
WIDE = 40
"""More columns than this are counted on a terminal, not shown."""


def render(document: Mapping[str, Any]) -> str:
    """The page: one file without anything from elsewhere; all that comes from manifests is escaped."""
    code = script()
    checksum = base64.b64encode(hashlib.sha256(code.encode("utf-8")).digest()).decode("ascii")
    parts = {
        "checksum": checksum,
        "style": _asset("matrix.css") + style(),
        "summary": _summary(document),
        "table": table(document),
        "script": code,
    }
    return _filled("matrix.html", parts)


def table(document: Mapping[str, Any]) -> str:
    """The table with what chooses and tells among its cells, for a page that has `style()` and `script()`."""
    names = [inline(_label(template)) for template in document["templates"]]
    size = len(names)
    outcomes = [cell["outcome"] for cell in document["cells"]]
    head = "".join(f'<th scope="col"><div><span>{_escaped(name)}</span></div></th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{_escaped(name)}</th>{_row(outcomes[index * size : (index + 1) * size], index)}</tr>'
        for index, name in enumerate(names)
    )
    parts = {"legend": _legend(document["outcomes"]), "head": head, "body": body, "data": _data(document)}
    return _filled("matrix_table.html", parts)


def style() -> str:
    """The style sheet of the table; it uses the page's `--back`, `--fore`, `--soft`, `--line`, `--panel`, `--focus`."""
    return _asset("matrix_table.css")


def script() -> str:
    """The script of the table; it does nothing on a page that has none."""
    return _asset("matrix.js")


def of_pairs(pairs: Iterable[PairVerdict]) -> dict[str, Any]:
    """The document of the matrix, from the pairs of a report; a pair that is not there could not be told."""
    known = {(pair.producer, pair.consumer): pair for pair in pairs}
    names = sorted({name for pair in known for name in pair})
    cells = [
        _cell(known.get((producer, consumer)) or PairVerdict(producer, consumer, "unknown", unknown=("not compared",)))
        for producer in names
        for consumer in names
    ]
    counts = Counter(str(cell["outcome"]) for cell in cells)
    return {"templates": [{"name": name} for name in names], "outcomes": counts, "cells": cells}


def _label(template: Mapping[str, Any]) -> str:
    """What a template is called in the table; documents of earlier versions give its name alone."""
    return str(template.get("label") or template["name"])


def _cell(pair: PairVerdict) -> dict[str, Any]:
    cell: dict[str, Any] = {"outcome": pair.outcome}
    if pair.misfits:
        cell["problems"] = [{name: getattr(misfit, name) for name in TOLD} for misfit in pair.misfits]
    if pair.unknown:
        cell["unknown"] = pair.unknown
    return cell


def _filled(name: str, parts: Mapping[str, str]) -> str:
    """A file of ours with its places filled, in one pass: nothing in a part is taken for a place of another."""
    before, *rest = _asset(name).split("{{")
    pieces = [before]
    for piece in rest:
        place, _, after = piece.partition("}}")
        pieces += [parts[place], after]
    return "".join(pieces)


def _row(outcomes: Sequence[str], row: int) -> str:
    """The cells of a producer. Only one cell of the table can be reached with Tab, the others with the arrow keys."""
    cells = []
    for column, outcome in enumerate(outcomes):
        reached = "0" if row == column == 0 else "-1"
        own = " own" if row == column else ""
        attributes = f'class="{outcome}{own}" tabindex="{reached}" aria-label="{WORDS[outcome]}"'
        cells.append(f"<td {attributes}>{SIGNS[outcome]}</td>")
    return "".join(cells)


def _legend(counts: Mapping[str, int]) -> str:
    return "".join(
        f'<label class="{name}"><input type="checkbox" checked value="{name}"><b>{SIGNS[name]}</b> '
        f"{WORDS[name]} <i>{counts.get(name, 0):,}</i></label>"
        for name in SIGNS
    )


def _summary(document: Mapping[str, Any]) -> str:
    size = len(document["templates"])
    shown = f"{size} template{'' if size == 1 else 's'}, {size * size:,} pairs: rows emit, columns accept"
    return f"{shown}. {verdict(document)}" if size else shown


def verdict(document: Mapping[str, Any]) -> str:
    """How many pairs hold: of the newest version of each template, where there are several, and of all."""
    templates = document["templates"]
    newest = {template["name"]: index for index, template in enumerate(templates)}  # versions come oldest first
    every = range(len(templates))
    told = [_holding("newest with newest", document, [*newest.values()])] if len(newest) < len(templates) else []
    return "; ".join([*told, _holding("each with each", document, every)])


def _holding(which: str, document: Mapping[str, Any], chosen: Sequence[int]) -> str:
    size = len(document["templates"])
    outcomes = Counter(document["cells"][row * size + column]["outcome"] for row in chosen for column in chosen)
    others = [f"{outcomes[name]:,} {WORDS[name]}" for name in SIGNS if name != "accepted" and outcomes[name]]
    return ", ".join([f"{which}: {outcomes['accepted']:,} of {len(chosen) ** 2:,} pairs hold", *others])


def _data(document: Mapping[str, Any]) -> str:
    """The details as JSON that no parser takes for markup. Each text stands once; cells name it by its number."""
    texts: dict[str, int] = {}

    def number(value: Json) -> int:
        text = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
        return texts.setdefault(visible(text), len(texts))

    cells = {
        index: {
            "problems": [[number(problem[key]) for key in TOLD] for problem in cell.get("problems", ())],
            "unknown": [number(reason) for reason in cell.get("unknown", ())],
        }
        for index, cell in enumerate(document["cells"])
        if "problems" in cell or "unknown" in cell
    }
    names = [visible(_label(template)) for template in document["templates"]]
    value: dict[str, Any] = {"names": names, "told": TOLD, "cells": cells, "texts": list(texts)}
    return script_data(value)


def _escaped(text: str) -> str:
    return html.escape(text, quote=True)


def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def overview(document: Mapping[str, Any]) -> str:
    """The matrix on a terminal: a grid of signs, or counts where it would be too wide."""
    names = [inline(_label(template)) for template in document["templates"]]
    size = len(names)
    outcomes = [cell["outcome"] for cell in document["cells"]]
    lines = [_summary(document), ""]
    width = max(map(len, names), default=0)
    number = len(str(size))
    if size <= WIDE:
        lines.append(" " * (number + width + 2) + " ".join(f"{index + 1:>{number}}" for index in range(size)))
    for index, name in enumerate(names):
        row = outcomes[index * size : (index + 1) * size]
        if size <= WIDE:
            told = " ".join(f"{SIGNS[outcome]:>{number}}" for outcome in row)
        else:
            told = "  ".join(f"{SIGNS[outcome]} {row.count(outcome):>{len(str(size))}}" for outcome in SIGNS)
        lines.append(f"{index + 1:>{number}} {name:<{width}} {told}")
    counts = document["outcomes"]
    lines += ["", ", ".join(f"{SIGNS[name]} {WORDS[name]}: {counts.get(name, 0):,}" for name in SIGNS)]
    return "\n".join(lines) + "\n"
