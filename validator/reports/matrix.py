"""The matrix of a catalogue in words, and on a terminal; `html/matrix.py` has the page.

Takes the JSON document of the matrix (`validator/checks/pairwise/matrix.py`), so that a page can be made later, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from validator.reports.escapes import inline
from validator.reports.tallies import counted
from validator.suite.results import PairVerdict

SIGNS = {"accepted": "✓", "can-fail": "!", "never": "✕", "unknown": "?"}
"""A sign for each outcome: colours alone tell nothing to many."""
WORDS = {
    "accepted": "everything is accepted",
    "can-fail": "can fail",
    "never": "never accepted",
    "unknown": "unknown",
}
PROBLEM_KEYS = ("path", "problem", "witness", "producer", "consumer")
"""What is told of each problem."""
WIDE = 40
"""More columns than this are counted on a terminal, not shown."""


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


def label(template: Mapping[str, Any]) -> str:
    """What a template is called in the table; documents of earlier versions give its name alone."""
    return str(template.get("label") or template["name"])


def _cell(pair: PairVerdict) -> dict[str, Any]:
    cell: dict[str, Any] = {"outcome": pair.outcome}
    if pair.misfits:
        cell["problems"] = [{name: getattr(misfit, name) for name in PROBLEM_KEYS} for misfit in pair.misfits]
    if pair.unknown:
        cell["unknown"] = pair.unknown
    return cell


def summary(document: Mapping[str, Any]) -> str:
    """How many templates and pairs there are, and the verdict."""
    size = len(document["templates"])
    shown = f"{counted(size, 'template')}, {counted(size * size, 'pair')}: rows emit, columns accept"
    text = verdict(document)
    return f"{shown}. {text[:1].upper()}{text[1:]}" if size else shown


def verdict(document: Mapping[str, Any]) -> str:
    """How many pairs hold: of the newest version of each template, where there are several, and of all."""
    templates = document["templates"]
    newest = {template["name"]: index for index, template in enumerate(templates)}  # versions come oldest first
    every = range(len(templates))
    parts = [_holding("newest with newest", document, [*newest.values()])] if len(newest) < len(templates) else []
    return "; ".join([*parts, _holding("each with each", document, every)])


def _pairs_hold(pairs: int) -> str:
    return f"{counted(pairs, 'pair')} {'holds' if pairs == 1 else 'hold'}"


def _holding(which: str, document: Mapping[str, Any], chosen: Sequence[int]) -> str:
    size = len(document["templates"])
    outcomes = Counter(document["cells"][row * size + column]["outcome"] for row in chosen for column in chosen)
    others = [f"{outcomes[name]:,} {WORDS[name]}" for name in SIGNS if name != "accepted" and outcomes[name]]
    return ", ".join([f"{which}: {outcomes['accepted']:,} of {_pairs_hold(len(chosen) ** 2)}", *others])


def overview(document: Mapping[str, Any]) -> str:
    """The matrix on a terminal: a grid of signs, or counts where it would be too wide."""
    names = [inline(label(template)) for template in document["templates"]]
    size = len(names)
    outcomes = [cell["outcome"] for cell in document["cells"]]
    lines = [summary(document), ""]
    width = max(map(len, names), default=0)
    number = len(str(size))
    if size <= WIDE:
        lines.append(" " * (number + width + 2) + " ".join(f"{index + 1:>{number}}" for index in range(size)))
    for index, name in enumerate(names):
        row = outcomes[index * size : (index + 1) * size]
        if size <= WIDE:
            cells = " ".join(f"{SIGNS[outcome]:>{number}}" for outcome in row)
        else:
            cells = "  ".join(f"{SIGNS[outcome]} {row.count(outcome):>{len(str(size))}}" for outcome in SIGNS)
        lines.append(f"{index + 1:>{number}} {name:<{width}} {cells}")
    counts = document["outcomes"]
    lines += ["", ", ".join(f"{SIGNS[name]} {WORDS[name]}: {counts.get(name, 0):,}" for name in SIGNS)]
    return "\n".join(lines) + "\n"
