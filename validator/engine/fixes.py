"""The edits that findings carry, applied to the texts that they are about; conflicts are left out. Pure.

Every edit replaces characters of the file as it was read, so all of a file are applied together, from its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from validator.findings import Finding
from validator.sources.text import SourceText


@dataclass(frozen=True, slots=True)
class FixedFile:
    """One file with its edits."""

    path: str
    """Relative to the workspace root."""
    before: str
    after: str
    applied: tuple[Finding, ...]
    """One finding for each edit that was made."""
    conflicts: tuple[Finding, ...]
    """Findings whose edit touches characters that another edit changes."""


def fixes(findings: Iterable[Finding], text_of: Callable[[str], str | None]) -> Iterator[FixedFile]:
    """Each file that edits change. `text_of` gives the text of a file; None for one that must not be changed."""
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        suggestion = finding.suggestion
        if suggestion is not None and suggestion.location is not None and suggestion.replacement is not None:
            by_file[suggestion.location.file].append(finding)
    for path in sorted(by_file):
        text = text_of(path)
        if text is None:
            continue
        fixed = _fixed(path, text, by_file[path])
        if fixed.after != fixed.before or fixed.conflicts:
            yield fixed


@dataclass(frozen=True, slots=True, order=True)
class _Edit:
    start: int
    end: int
    replacement: str


def _fixed(path: str, text: str, findings: Iterable[Finding]) -> FixedFile:
    source = SourceText(path, text)
    edits: dict[_Edit, Finding] = {}
    conflicts: list[Finding] = []
    for edit, finding in sorted(_edits(source, findings), key=lambda pair: pair[0]):
        if edit in edits:
            continue  # two findings, one edit
        if any(_touch(edit, other) for other in edits):
            conflicts.append(finding)
        else:
            edits[edit] = finding
    after = text
    for edit in sorted(edits, reverse=True):
        after = after[: edit.start] + edit.replacement + after[edit.end :]
    return FixedFile(path, text, after, tuple(edits.values()), tuple(conflicts))


def _edits(source: SourceText, findings: Iterable[Finding]) -> Iterator[tuple[_Edit, Finding]]:
    """Edits as offsets, with the line ends of the file."""
    line_end = "\r\n" if "\r\n" in source.text else "\n"
    starts = source.line_starts
    for finding in findings:
        assert finding.suggestion is not None
        place, replacement = finding.suggestion.location, finding.suggestion.replacement
        assert place is not None
        assert replacement is not None
        if not 1 <= place.line <= place.end_line <= len(starts):
            continue  # the file is another one by now
        start, end = starts[place.line - 1] + place.column - 1, starts[place.end_line - 1] + place.end_column - 1
        if start <= end <= len(source.text):
            yield _Edit(start, end, replacement.replace("\r\n", "\n").replace("\n", line_end)), finding


def _touch(one: _Edit, other: _Edit) -> bool:
    """Whether two edits change the same characters, or insert at one place."""
    return (one.start < other.end and other.start < one.end) or one.start == other.start
