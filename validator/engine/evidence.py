"""Findings at a length that reports can bear: evidence whole where it is short, cut where it is long, and saying so.

An engram chooses how much it puts out and how many findings that makes. Were the whole output told with each of them,
reports would grow with the product of both; so the row of the case has it, and each finding as much as a reader needs.
Secrets are masked before, for a cut through the middle of one would hide it from the masker.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from validator.findings import Finding, Json
from validator.suite.results import CaseResult

EVIDENCE = 4_000
"""Characters of one value in the evidence of a finding, as the JSON report writes it."""
MESSAGE = 4_000
NAME = 300
"""Characters of a name: of a member in evidence, of a step of an anchor."""
DEEPEST = 100
"""Levels of a value that are shown: more than the SDK follows."""
OUTPUT = 2_000_000
"""Characters of an output in the row of its case: more than the platform takes, unless it is deeply nested."""


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each cut where it is too long."""
    return tuple(map(_finding, findings))


def row(case: CaseResult) -> CaseResult:
    """The row of a case with its output, which indentation multiplies where it is deeply nested."""
    output = shortened(case.output, OUTPUT)
    return case if output is case.output else replace(case, output=output)


def shortened(value: Json, limit: int = EVIDENCE) -> Json:
    """The value itself when it takes at most `limit` characters, else one of its form with its ends cut off."""
    return value if _fits(value, limit) else _Cut(limit).of(value, 0)


def _finding(finding: Finding) -> Finding:
    evidence = {name: shortened(value) for name, value in finding.evidence.items()}
    message = _text(finding.message, MESSAGE)
    anchor = tuple(_name(part) if isinstance(part, str) else part for part in finding.anchor)
    if message is finding.message and anchor == finding.anchor and _same(evidence, finding.evidence):
        return finding
    return replace(finding, message=message, anchor=anchor, evidence=evidence)


def _same(evidence: Mapping[str, Json], whole: Mapping[str, Json]) -> bool:
    return all(value is whole[name] for name, value in evidence.items())


def _fits(value: Json, limit: int) -> bool:
    """Whether the value, set with two spaces a level, takes no more characters than this."""
    waiting: list[tuple[Json, int]] = [(value, 0)]
    while waiting and limit >= 0:
        item, depth = waiting.pop()
        limit -= _line(item, depth)
        if item and isinstance(item, dict | list) and depth >= DEEPEST:
            return False
        if isinstance(item, dict):
            limit -= sum(len(name) + 4 for name in item)
            waiting += ((member, depth + 1) for member in item.values())
        elif isinstance(item, list):
            waiting += ((member, depth + 1) for member in item)
    return limit >= 0


def _line(value: Json, depth: int) -> int:
    """Characters of the line that a value begins on, and of the one that closes it."""
    own = len(value) + 2 if isinstance(value, str) else 2 if isinstance(value, dict | list) else _number(value)
    return own + 2 * depth + 2


def _number(value: Json) -> int:
    """Characters of a number, a boolean or null. Of a whole number `json.dumps` makes the very text of `str`."""
    return len(str(value) if type(value) is int else json.dumps(value))


class _Cut:
    """Takes of a value what there is room for, from its beginning."""

    def __init__(self, room: int) -> None:
        self.room = room

    def of(self, value: Json, depth: int) -> Json:
        """As much of the value as fits."""
        if isinstance(value, str):
            text = _text(value, max(NAME, self.room - 2 * depth))
            self.room -= _line(text, depth)
            return text
        self.room -= _line(value, depth)
        if value and isinstance(value, dict | list) and depth >= DEEPEST:
            return f"… {len(value):,} more, too deep to be shown"
        if isinstance(value, list):
            items: list[Json] = []
            for item in value:
                if self.room <= 0:
                    return [*items, f"… {len(value) - len(items):,} more"]
                items.append(self.of(item, depth + 1))
            return items
        if isinstance(value, dict):
            members: dict[str, Json] = {}
            for count, (name, member) in enumerate(value.items()):
                if self.room <= 0:
                    return {**members, "…": f"{len(value) - count:,} more"}
                shown = _name(name)
                self.room -= len(shown) + 4
                members[shown] = self.of(member, depth + 1)
            return members
        return value


def _text(text: str, limit: int) -> str:
    """The text cut: of a log its end, where it says why; of anything else its beginning."""
    if len(text) <= limit:
        return text
    missing = f"… {len(text) - limit:,} characters"
    return f"{missing} before\n{text[-limit:]}" if "\n" in text.strip("\n") else f"{text[:limit]}{missing} more"


def _name(name: str) -> str:
    """The name, or its beginning with a checksum, which keeps it apart from others with the same beginning."""
    if len(name) <= NAME:
        return name
    return f"{name[:NAME]}…#{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
