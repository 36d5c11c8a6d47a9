"""Every template of a catalogue as producer against every one as consumer."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from validator.checks.pairwise.direct import Comparison, compare
from validator.checks.pairwise.pairs import Disagreement, Judgement, Outcome, Pairs, dotted
from validator.checks.pairwise.wording import point, what
from validator.findings import Json
from validator.sources.manifests import EngramTemplate
from validator.sources.versions import label, rank

SHARE = 5_000
"""Pairs that are worth a process of their own."""
VERSION = 1
"""Raised when a reader of the old form of the document could be misled."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """All comparisons, row by row: `cells[i][j]` joins the output of template i to the input of template j."""

    templates: tuple[EngramTemplate, ...]
    cells: tuple[tuple[Comparison, ...], ...]


def matrix(templates: Iterable[EngramTemplate], *, workers: int = 0) -> Matrix:
    """Compare all with all; `workers` processes at a time, 0 for as many as pay off."""
    known = tuple(sorted(templates, key=lambda template: (template.name, rank(template.version), template.file)))
    workers = min(workers or os.cpu_count() or 1, len(known) ** 2 // SHARE or 1)
    if workers == 1:
        pairs = Pairs()
        rows = [_judgements(index, known, pairs) for index in range(len(known))]
    else:
        rows = _shared_out(known, workers)
    return Matrix(
        known,
        tuple(
            tuple(Comparison(producer, consumer, found) for consumer, found in zip(known, row, strict=True))
            for producer, row in zip(known, rows, strict=True)
        ),
    )


def _judgements(index: int, known: Sequence[EngramTemplate], pairs: Pairs) -> list[Judgement]:
    """One row."""
    return [compare(known[index], consumer, pairs, strict=False, most=1).judgement for consumer in known]


def _shared_out(known: Sequence[EngramTemplate], workers: int) -> list[list[Judgement]]:
    """The rows, each made by one of several processes. These read the templates anew: nodes do not travel."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    texts = [json.dumps(template.node.value) for template in known]
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (texts,)) as pool:
        return list(pool.map(_row, range(len(known)), chunksize=max(1, len(known) // (workers * 4))))


_OWN: list[tuple[list[EngramTemplate], Pairs]] = []
"""What a worker process has read; always empty in the process that started it."""


def _begin(texts: list[str]) -> None:
    from validator.sources.reader import read
    from validator.sources.text import SourceText

    roots = [read(SourceText("template.json", text)).documents[0].root for text in texts]
    _OWN.append(([EngramTemplate.of(root) for root in roots], Pairs()))


def _row(index: int) -> list[Judgement]:
    known, pairs = _OWN[0]
    return _judgements(index, known, pairs)


def document(found: Matrix) -> dict[str, Json]:
    """The matrix as a JSON object."""
    counts = Counter(cell.outcome for row in found.cells for cell in row)
    labels = [label(template, found.templates) for template in found.templates]
    return {
        "version": VERSION,
        "templates": [_template(*each) for each in zip(found.templates, labels, strict=True)],
        "outcomes": {outcome.value: counts[outcome] for outcome in Outcome},
        "cells": [
            _cell(cell, producer, consumer)
            for producer, row in zip(labels, found.cells, strict=True)
            for consumer, cell in zip(labels, row, strict=True)
        ],
    }


def _template(template: EngramTemplate, called: str) -> Json:
    at = template.name_location
    return {"name": template.name, "label": called, "version": template.version, "file": at.file, "line": at.line}


def _cell(cell: Comparison, producer: str, consumer: str) -> Json:
    members: dict[str, Json] = {
        "producer": producer,
        "consumer": consumer,
        "outcome": cell.outcome.value,
    }
    if cell.judgement.disagreements:
        members["problems"] = [problem(cell, found) for found in cell.judgement.disagreements]
    if cell.judgement.unknown:
        members["unknown"] = [*cell.judgement.unknown]
    return members


def problem(cell: Comparison, found: Disagreement) -> dict[str, Json]:
    """What is told of one thing that a consumer does not take."""
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
