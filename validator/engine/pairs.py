"""Every template with every other, for the reports that show the table."""

from __future__ import annotations

from validator.checks.pairwise import matrix
from validator.checks.pairwise.direct import Comparison
from validator.sources.versions import label
from validator.sources.workspace import Workspace
from validator.suite.results import Misfit, PairVerdict

MOST = 60
"""Templates: more take long, and a table of more is a page of its own (`compat --matrix --html`)."""


def all_pairs(workspace: Workspace) -> tuple[tuple[PairVerdict, ...], str]:
    """The verdict on each pair of the templates that have a name, of several with one name and version the first.

    Where there are more than `MOST`, nothing, and why. One template alone makes no table, which needs no word.
    """
    known = {
        (template.name, template.version): template
        for template in reversed(workspace.templates)
        if template.name and template.spec
    }
    if len(known) > MOST:
        return (), (
            f"The table of {len(known)} templates is not here: one of more than {MOST} is a page of its own, which"
            " `engram-validate compat --matrix --html pairs.html` writes."
        )
    if len(known) < 2:
        return (), ""
    found = matrix.matrix(known.values(), workers=1)
    labels = [label(template, found.templates) for template in found.templates]
    return tuple(
        _verdict(cell, producer, consumer)
        for producer, row in zip(labels, found.cells, strict=True)
        for consumer, cell in zip(labels, row, strict=True)
    ), ""


def _verdict(cell: Comparison, producer: str, consumer: str) -> PairVerdict:
    problems = (matrix.problem(cell, found) for found in cell.judgement.disagreements)
    return PairVerdict(
        producer,
        consumer,
        cell.outcome.value,
        tuple(
            Misfit(
                path=str(each["path"]),
                problem=str(each["problem"]),
                witness=each["witness"],
                producer=str(each["producer"]),
                consumer=str(each["consumer"]),
            )
            for each in problems
        ),
        tuple(cell.judgement.unknown),
    )
