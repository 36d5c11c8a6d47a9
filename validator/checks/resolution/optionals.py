"""EV212 as notes: the optional fields that a step reads are one note, not one a field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from validator.findings import Finding, Json, Related, Severity, Subject, Unchecked
from validator.rules import resolution as rules
from validator.rules.names import listed


def one_note_a_step(verdicts: Iterable[Finding | Unchecked]) -> Iterator[Finding | Unchecked]:
    """The verdicts, with the notes about the optional fields of one step as one, where the first of them stood."""
    known = list(verdicts)
    notes: dict[Subject, list[Finding]] = defaultdict(list)
    for verdict in known:
        if isinstance(verdict, Finding) and _is_note(verdict):
            notes[verdict.subject].append(verdict)
    for verdict in known:
        if not isinstance(verdict, Finding) or not _is_note(verdict):
            yield verdict
        elif group := notes.pop(verdict.subject, None):
            yield _joined(group)


def _is_note(finding: Finding) -> bool:
    return finding.rule is rules.OPTIONAL_FIELD and finding.severity is Severity.NOTE


def _joined(group: list[Finding]) -> Finding:
    """The first, with the other fields, and for each a document that lacks it."""
    first, *others = group
    if not others:
        return first
    expressions = dict.fromkeys(str(one.evidence.get("expression")) for one in group)
    read = [expression for expression in expressions if expression != first.evidence.get("expression")]
    beside = f"; {listed(read)} {'is' if len(read) == 1 else 'are'} optional as well" if read else ""
    lacking: list[Json] = [
        {"expression": one.evidence.get("expression"), "witness": one.evidence.get("witness")} for one in group
    ]
    return replace(
        first,
        message=f"{first.message}{beside}",
        evidence={**first.evidence, "fields": lacking},
        related=(*first.related, *(Related(one.location, "it is optional as well") for one in others)),
    )
