"""Every template of a catalogue as producer against every one as consumer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from validator.checks.pairwise.direct import Comparison, compare
from validator.checks.pairwise.pairs import Disagreement, Outcome, Pairs, dotted
from validator.checks.pairwise.wording import point, what
from validator.findings import Json
from validator.sources.manifests import EngramTemplate

VERSION = 1
"""Raised when a reader of the old form of the document could be misled."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """All comparisons, row by row: `cells[i][j]` joins the output of template i to the input of template j."""

    templates: tuple[EngramTemplate, ...]
    cells: tuple[tuple[Comparison, ...], ...]


def matrix(
    templates: Iterable[EngramTemplate], pairs: Pairs | None = None, told: Callable[[int, int], None] | None = None
) -> Matrix:
    """Compare all with all; `told` hears how many of how many producers are done."""
    known = tuple(sorted(templates, key=lambda template: (template.name, template.file)))
    pairs = pairs or Pairs()
    rows: list[tuple[Comparison, ...]] = []
    for producer in known:
        rows.append(tuple(compare(producer, consumer, pairs, strict=False, most=1) for consumer in known))
        if told is not None:
            told(len(rows), len(known))
    return Matrix(known, tuple(rows))


def document(found: Matrix) -> dict[str, Json]:
    """The matrix as a JSON object."""
    counts = Counter(cell.outcome for row in found.cells for cell in row)
    return {
        "version": VERSION,
        "templates": [_template(template) for template in found.templates],
        "outcomes": {outcome.value: counts[outcome] for outcome in Outcome},
        "cells": [_cell(cell) for row in found.cells for cell in row],
    }


def _template(template: EngramTemplate) -> Json:
    at = template.name_location
    return {"name": template.name, "version": template.version, "file": at.file, "line": at.line}


def _cell(cell: Comparison) -> Json:
    members: dict[str, Json] = {
        "producer": cell.producer.name,
        "consumer": cell.consumer.name,
        "outcome": cell.outcome.value,
    }
    if cell.judgement.disagreements:
        members["problems"] = [_problem(cell, found) for found in cell.judgement.disagreements]
    if cell.judgement.unknown:
        members["unknown"] = [*cell.judgement.unknown]
    return members


def _problem(cell: Comparison, found: Disagreement) -> Json:
    given, taken = cell.producer.spec, cell.consumer.spec
    assert given is not None
    assert taken is not None
    return {
        "path": dotted(found.path),
        "what": what(found),
        "problem": found.message,
        "witness": found.witness,
        "producer": str(point(given, ("outputSchema", *found.producer))),
        "consumer": str(point(taken, ("inputSchema", *found.consumer))),
    }
