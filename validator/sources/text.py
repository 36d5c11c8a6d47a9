"""The text of one file, and where its characters stand."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from validator.findings import Location

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, eq=False)
class SourceText:
    """A decoded file without its byte order mark. Offsets count code points from 0.

    Not slotted: the line table is computed once, when the first location is asked for.
    """

    path: str
    """Relative to the workspace root, with forward slashes."""
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> Sequence[int]:
        """The offset of the first character of each line. Lines end as editors and GitHub count them: LF, CRLF, CR."""
        # Four bytes a line: a tuple of numbers takes forty, and a repository has a table for each file with a finding.
        return array("I", (0, *(match.end() for match in _LINE_BREAK.finditer(self.text))))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset."""
        if not 0 <= offset <= len(self.text):
            offset = 0 if offset < 0 else len(self.text)
        starts = self.line_starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def location(self, start: int, end: int) -> Location:
        """The characters [start:end)."""
        return Location(self.path, *self.position(start), *self.position(max(start, end)))

    @property
    def lines(self) -> list[str]:
        """All lines without their line breaks."""
        return [self.line(number) for number in range(1, len(self.line_starts) + 1)]

    def line(self, number: int) -> str:
        """The text of a line (from 1) without its line break; empty beyond the end."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[self.line_starts[number - 1] : end].rstrip("\r\n")
