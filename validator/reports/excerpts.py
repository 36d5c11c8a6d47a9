"""The lines of a source that a finding is about, with marks under the exact characters.

Locations count code points; a terminal counts cells: a tab is several, a wide character two, a combining one none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from validator.findings import Location, Suggestion
from validator.reports.escapes import visible

Lines = Callable[[str], Sequence[str]]
"""The lines of a file by its workspace path, without line ends; empty when it cannot be read."""

TAB = 4
MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an excerpt: its number (0 for lines left out), its text, and the cells to underline."""

    number: int
    text: str
    start: int = 0
    length: int = 0


def last_line(location: Location) -> tuple[int, int]:
    """The last line with a character of the location, and the exclusive column there (0: up to the line's end)."""
    if location.end_line > location.line and location.end_column <= 1:
        return location.end_line - 1, 0
    if location.end_line < location.line:
        return location.line, location.column
    return location.end_line, location.end_column


def excerpt(location: Location, lines: Lines, width: int) -> tuple[Row, ...]:
    """The rows to show for a location, at most `MOST_LINES` and a gap; empty when the file has no such line.

    `width` is how many cells a row may take; longer lines are cut around what is marked.
    """
    source = lines(location.file)
    if not 1 <= location.line <= len(source):
        return ()
    last, end_column = last_line(location)
    last = min(last, len(source))
    rows = []
    for number in _numbers(location.line, last):
        if not number:
            rows.append(Row(0, f"… {last - location.line + 1 - MOST_LINES:,} lines"))
            continue
        text = source[number - 1]
        start = location.column - 1 if number == location.line else len(text) - len(text.lstrip())
        end = end_column - 1 if number == last and end_column else len(text.rstrip())
        rows.append(_row(number, text, start, end, width))
    return tuple(rows)


def _numbers(first: int, last: int) -> list[int]:
    if last - first <= MOST_LINES:  # a gap would stand for one line only
        return list(range(first, last + 1))
    return [*range(first, first + MOST_LINES - 1), 0, last]


def _row(number: int, text: str, start: int, end: int, width: int) -> Row:
    """A line with code points `start` to `end` marked, in cells, cut to `width` around the mark."""
    start = min(max(start, 0), len(text))
    before, after = max(0, start - 2 * width), start + 2 * width  # a line may be megabytes: look only near the mark
    near = text[before:after]
    shown, offsets = _cells(near)
    mark, stop = offsets[start - before], offsets[min(max(end, start) - before, len(near))]
    total = offsets[-1]
    if total <= width and len(near) == len(text):
        return Row(number, "".join(shown).rstrip(), mark, max(1, stop - mark))
    room = width - 2
    left = min(max(0, mark - room // 3), max(0, total - room))
    if stop - left < room * 2 // 3:
        left = max(0, min(left, stop - room * 2 // 3))
    keep = [index for index in range(len(near)) if left <= offsets[index] and offsets[index + 1] <= left + room]
    if not keep:
        return Row(number, "…", 0, 1)
    head = "…" if before + keep[0] > 0 else ""
    foot = "…" if before + keep[-1] + 1 < len(text) else ""
    shift = offsets[keep[0]] - len(head)
    right = offsets[keep[-1] + 1]
    return Row(
        number,
        head + "".join(shown[index] for index in keep).rstrip() + foot,
        mark - shift,
        max(1, min(stop, right) - mark),
    )


def _cells(text: str) -> tuple[list[str], list[int]]:
    """What is shown for each code point, and at which cell each begins (one more: where the last ends)."""
    shown: list[str] = []
    offsets = [0]
    for character in text:
        piece = " " * (TAB - offsets[-1] % TAB) if character == "\t" else visible(character)
        shown.append(piece)
        offsets.append(offsets[-1] + (1 if piece == character and character.isascii() else cell_len(piece)))
    return shown, offsets


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit as whole lines: those before and those after."""

    location: Location
    before: tuple[str, ...]
    after: tuple[str, ...]


def edit(suggestion: Suggestion, lines: Lines) -> Edit | None:
    """The lines that a suggestion's edit changes, blank ones left out; None when it has no edit or changes no line."""
    change, place = edited(suggestion, lines), suggestion.location
    if change is None or place is None:
        return None
    before, after = list(change[0]), list(change[1])
    same = 0
    while before and after and before[0] == after[0]:
        del before[0], after[0]
        same += 1
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    after = [line for line in after if line.strip()]
    return Edit(replace(place, line=place.line + same), tuple(before), tuple(after)) if before or after else None


def edited(suggestion: Suggestion, lines: Lines) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The whole lines that an edit changes, and what it makes of them; None when it has no edit or no such lines."""
    place, replacement = suggestion.location, suggestion.replacement
    if place is None or replacement is None:
        return None
    source = lines(place.file)
    if not 1 <= place.line <= place.end_line <= len(source):
        return None
    first, last = source[place.line - 1], source[place.end_line - 1]
    text = first[: place.column - 1] + replacement.replace("\r\n", "\n") + last[place.end_column - 1 :]
    return tuple(source[place.line - 1 : place.end_line]), tuple(text.split("\n"))
