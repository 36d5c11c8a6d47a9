"""A finding as lines of styled text: what and where, the excerpt, the evidence, other places, what to change.

The console colours the lines; JUnit, the job summary and GitHub's log take them plain.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from validator.findings import REPRODUCE, Finding, Json, Location
from validator.reports.escapes import brief, cut, tail, visible
from validator.reports.excerpts import Edit, Lines, Row, edit, excerpt
from validator.reports.tallies import counted
from validator.reports.values import evidence_text

Span = tuple[str, str]
"""Text and the name of its style (a key of `console.STYLES`, or empty)."""

Line = tuple[Span, ...]

TAIL_LINES = 12
MOST_RELATED = 8
MOST_EDITED = 12
PATCH = "patch"
"""The evidence that is a suggestion's edit as a diff."""
COMMAND = "command"
"""The style of a command to paste: a line that has it is never folded."""
LONGEST = 2_000
"""Characters of a message or of a help. Of a megabyte its size is told, or the summary had no room for the others."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a panel is laid out."""

    width: int = 100
    """Cells a line of source may take, with its gutter."""
    related: bool = True
    """Whether to show the excerpts of related places, or only name them."""
    folder: str = ""
    """Where the commands of a finding are to be called; empty for the current folder."""


def plain(lines: Iterable[Line]) -> str:
    """The lines without styles."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def panel(finding: Finding, lines: Lines, layout: Layout | None = None) -> list[Line]:
    """All lines of a finding, headline first."""
    return [headline(finding), *body(finding, lines, layout)]


def headline(finding: Finding) -> Line:
    """`error[EV201 unknown-field]: message`."""
    severity = finding.severity.value
    return (
        (f"{severity}[{finding.rule.code} {finding.rule.name}]", severity),
        (": ", ""),
        (cut(visible(finding.message), LONGEST).replace("\n", "\n  "), "message"),
    )


def body(finding: Finding, lines: Lines, layout: Layout | None = None) -> list[Line]:
    """Everything below the headline."""
    layout = layout or Layout()
    places = [finding.location, *(related.location for related in finding.related[:MOST_RELATED])]
    if finding.suggestion and finding.suggestion.location:
        places.append(finding.suggestion.location)
    gutter = len(str(max(max(place.line, place.end_line) for place in places)))
    mark = f"mark-{finding.severity.value}"
    return [
        *_place("-->", finding.location, f"  ({brief(str(finding.subject))}{also(finding)})", gutter),
        *_excerpt(finding.location, lines, layout, gutter, mark),
        *_evidence(_rows(finding, lines), gutter, layout),
        *_related(finding, lines, layout, gutter),
        *_help(finding, lines, gutter, layout),
    ]


def also(finding: Finding) -> str:
    """How many cases more show it; empty when none does."""
    more = len(finding.cases) - 1
    return f" and {counted(more, 'more case')}" if more > 0 else ""


def _rows(finding: Finding, lines: Lines) -> list[tuple[str, Json]]:
    """The evidence, without the patch where the edit is shown: it is the same once more."""
    shown = finding.suggestion is not None and edit(finding.suggestion, lines) is not None
    return [(name, value) for name, value in finding.evidence.items() if not (shown and name == PATCH)]


def _margin(gutter: int, sign: str = "|") -> Span:
    return (f"{' ' * gutter} {sign} ", "gutter")


def _place(arrow: str, location: Location, remark: str, gutter: int) -> Iterator[Line]:
    yield ((f"{' ' * gutter}{arrow} ", "gutter"), (brief(str(location)), "place"), (remark, "dim"))


def _excerpt(location: Location, lines: Lines, layout: Layout, gutter: int, mark: str) -> Iterator[Line]:
    rows = excerpt(location, lines, max(20, layout.width - gutter - 3))
    if rows:
        yield (_margin(gutter),)
    for row in rows:
        yield from _row(row, gutter, mark)


def _row(row: Row, gutter: int, mark: str) -> Iterator[Line]:
    if not row.number:
        yield (_margin(gutter, ":"), (row.text, "dim"))
        return
    yield ((f"{row.number:>{gutter}} | ", "gutter"), (row.text, ""))
    yield (_margin(gutter), (" " * row.start + "^" * row.length, mark))


def _evidence(evidence: Iterable[tuple[str, Json]], gutter: int, layout: Layout) -> Iterator[Line]:
    for name, value in evidence:
        label = (f"{brief(name)}: ", "evidence")
        if isinstance(value, str) and "\n" in value.strip("\n"):
            yield (_margin(gutter, "="), label)
            for line in tail(value, TAIL_LINES):
                yield (_margin(gutter), ("  | ", "dim"), (line.expandtabs(), "log"))
        else:
            text = evidence_text(name, value, 4 * layout.width)
            if name == REPRODUCE and layout.folder:
                text = f"(cd {visible(shlex.quote(layout.folder))} && {text})"
            yield (_margin(gutter, "="), label, (text, COMMAND if name == REPRODUCE else ""))


def _related(finding: Finding, lines: Lines, layout: Layout, gutter: int) -> Iterator[Line]:
    for related in finding.related[:MOST_RELATED]:
        yield from _place(":::", related.location, f"  {cut(visible(related.message), LONGEST)}", gutter)
        if layout.related:
            yield from _excerpt(related.location, lines, layout, gutter, "mark-related")
    if len(finding.related) > MOST_RELATED:
        yield (_margin(gutter, "="), (f"… {len(finding.related) - MOST_RELATED} other places", "dim"))


def _help(finding: Finding, lines: Lines, gutter: int, layout: Layout) -> Iterator[Line]:
    suggestion = finding.suggestion
    if suggestion is None:
        return
    change = edit(suggestion, lines)
    advice = suggestion.text if change is None else suggestion.text.split("\n", 1)[0]  # the rest is the edit's text
    text = cut(visible(advice), LONGEST).replace("\n", "\n    ")
    yield (_margin(gutter, "="), ("help", "help"), (f": {text}", ""))
    if change is not None:
        yield from _edit(change, finding.location.file, gutter, layout)


def _edit(change: Edit, file: str, gutter: int, layout: Layout) -> Iterator[Line]:
    if change.location.file != file:
        yield from _place("-->", change.location, "", gutter)
    signed = [("-", line, "remove") for line in change.before] + [("+", line, "add") for line in change.after]
    for index, (sign, line, style) in enumerate(signed[:MOST_EDITED]):
        number = change.location.line + index - (len(change.before) if sign == "+" else 0)
        shown = cut(visible(line.expandtabs(4)), 4 * layout.width)
        yield ((f"{number:>{gutter}} ", "gutter"), (f"{sign} {shown}", style))
    if len(signed) > MOST_EDITED:
        yield (_margin(gutter, "="), (f"… {counted(len(signed) - MOST_EDITED, 'more line')}", "dim"))
